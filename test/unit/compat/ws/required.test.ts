import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { projectPath } from "../../../support/paths.js";

test("a test runner whose require takes no ES modules gets the same class", async () => {
  const path = projectPath("compat/ws.cjs");
  const names = ["module", "exports", "require", "__filename", "__dirname"];
  const load = new Function(...names, readFileSync(path, "utf8"));
  const module: { exports: unknown } = { exports: {} };
  const require = (name: string): never => {
    throw new SyntaxError(`Unexpected token 'export' in ${name}`);
  };
  load(module, module.exports, require, path, projectPath("compat"));
  const { WebSocket } = await import("sluice/ws");
  assert.equal(module.exports, WebSocket);
  assert.equal(createRequire(import.meta.url)("sluice/ws"), WebSocket);
});
