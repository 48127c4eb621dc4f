import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { projectPath } from "../../support/paths.js";

function checkFiles(t: TestContext, files: Record<string, string>): string[] {
  const root = mkdtempSync(join(tmpdir(), "sluice-text-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  execFileSync("git", ["init", "--quiet", root]);
  for (const [path, text] of Object.entries(files)) writeFileSync(join(root, path), text);
  const script = projectPath("scripts/check-text.mjs");
  const { stdout, stderr, status } = spawnSync(process.execPath, [script, root], { encoding: "utf8" });
  assert.equal(stderr, "");
  assert.equal(status, stdout === "" ? 0 : 1);
  return stdout.split("\n").filter((line) => line !== "");
}

describe("check-text", () => {
  test("finds unfinished work, switched-off rules and tests", (t) => {
    const code = ["// TO", "DO: later\n// @ts-", "ignore\ntest.", "only();\n"].join("");
    assert.deepEqual(checkFiles(t, { "a.ts": code }), [
      "a.ts:1: work is left undone",
      "a.ts:2: a compiler rule is switched off",
      "a.ts:3: a test is switched off",
    ]);
  });

  test("finds paths of one machine and not parts of a URL", (t) => {
    const home = ["", "home", "somebody"].join("/");
    assert.deepEqual(checkFiles(t, { "a.md": `see ${home}\nsee https://example.com${home}\n` }), [
      "a.md:1: a path of one machine",
    ]);
  });

  test("finds the server a package came from in a lock file, not a link to a folder", (t) => {
    const lock = '"resolved": "https://example.com/a.tgz"\n"resolved": "../folder"\n';
    assert.deepEqual(checkFiles(t, { "package-lock.json": lock, "other.json": lock }), [
      "package-lock.json:1: a lock file names the server a package came from",
    ]);
  });

  test("passes over what git ignores", (t) => {
    const files = { ".gitignore": "ignored.ts\n", "ignored.ts": ["// TO", "DO"].join("") };
    assert.deepEqual(checkFiles(t, files), []);
  });
});
