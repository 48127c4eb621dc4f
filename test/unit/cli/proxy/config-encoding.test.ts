import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { ConfigError, readConfig } from "#src/cli/proxy/config/config-file.js";
import { newFolder } from "./config-folder.js";

describe("a config file that is no UTF-8", () => {
  for (const [what, bytes, place] of [
    ["Latin-1", Buffer.from('{ "listen": 1,\n "to": "ws://a/\xe9" }', "latin1"), "2:16"],
    [
      "a wrong byte behind a right replacement",
      Buffer.from('"\xef\xbf\xbd\n\xef\xbf\xbd\xff"', "latin1"),
      "2:2",
    ],
    ["UTF-16", Buffer.from("\ufeff{}", "utf16le"), "1:1"],
    ["a character that is cut at the end", Buffer.from("{}\xe2\x82", "latin1"), "1:3"],
  ] as const) {
    test(`is refused with the place of what is none: ${what}`, (t) => {
      const file = join(newFolder(t, {}), "proxy.json");
      writeFileSync(file, bytes);
      assert.throws(
        () => readConfig(file),
        (error) => {
          assert.ok(error instanceof ConfigError);
          const text = "what stands here is no UTF-8, in which JSON is written; save the file as UTF-8";
          assert.deepEqual(error.lines, [`${file}:${place}: ${text}`]);
          return true;
        },
      );
    });
  }
});
