import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { UsageError } from "#src/cli/command.js";
import { loadHandlers } from "#src/cli/serve/handler-module.js";

describe("a handler's module that is no JavaScript", () => {
  for (const name of ["handler.mjs", "handler.cjs", "handler.json", "passwd"]) {
    test(`is told as such when it is called ${name}, and not by a line of the command`, async (t) => {
      const folder = mkdtempSync(join(tmpdir(), "sluice-handler-"));
      t.after(() => rmSync(folder, { recursive: true, force: true }));
      const file = join(folder, name);
      writeFileSync(file, "root:x:0:0:root:/root:/bin/bash\n");
      await assert.rejects(loadHandlers(file), (error) => {
        assert.ok(error instanceof UsageError);
        assert.match(error.message, /^cannot load ".*": \P{Cc}+$/u);
        assert.doesNotMatch(error.message, /handler-module/);
        return true;
      });
    });
  }
});
