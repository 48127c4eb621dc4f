import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { projectPath } from "../../../support/paths.js";

const WebSocket = createRequire(import.meta.url)("sluice/ws");

/** What a CommonJS file exports, for somebody whose `require` is this one. */
function load(path: string, require: (name: string) => unknown): unknown {
  const names = ["module", "exports", "require", "__filename", "__dirname"];
  const module: { exports: unknown } = { exports: {} };
  new Function(...names, readFileSync(path, "utf8"))(module, module.exports, require, path, dirname(path));
  return module.exports;
}

/** The file that a bundler takes for `require` of the package in the folder. */
function bundled(folder: string, entry: string): string {
  const { exports } = JSON.parse(readFileSync(projectPath(folder, "package.json"), "utf8"));
  const conditions = Object.keys(exports[entry]);
  const first = conditions.find((condition) => ["node", "module", "require", "default"].includes(condition));
  assert.ok(first !== undefined);
  return projectPath(folder, exports[entry][first]);
}

test("require and import answer the same class", async () => {
  assert.equal((await import("sluice/ws")).WebSocket, WebSocket);
});

test("a test runner whose require takes no ES modules gets the same class", () => {
  const refuse = (name: string): never => {
    throw new SyntaxError(`Unexpected token 'export' in ${name}`);
  };
  assert.equal(load(projectPath("compat/ws.cjs"), refuse), WebSocket);
});

test("a test runner whose require knows no exports finds the class under the name ws", (t) => {
  const project = mkdtempSync(join(tmpdir(), "sluice-required-"));
  t.after(() => rmSync(project, { recursive: true }));
  mkdirSync(join(project, "node_modules"));
  symlinkSync(projectPath(), join(project, "node_modules/sluice"));
  cpSync(projectPath("compat/ws"), join(project, "vendor/ws"), { recursive: true });
  const refuse = (name: string): never => {
    throw new Error(`Cannot find module '${name}'`);
  };
  assert.equal(load(join(project, "vendor/ws/index.cjs"), refuse), WebSocket);
});

async function assertAsksForTheModules(path: string): Promise<void> {
  const asked: string[] = [];
  const namespace = await import("sluice/ws");
  const take = (name: string): unknown => {
    asked.push(name);
    return namespace;
  };
  assert.equal(load(path, take), WebSocket);
  assert.deepEqual(asked, ["../dist/ws.js"]);
}

function assertAsksForThePackage(path: string): void {
  const asked: string[] = [];
  const take = (name: string): unknown => {
    asked.push(name);
    return WebSocket;
  };
  assert.equal(load(path, take), WebSocket);
  assert.deepEqual(asked, ["sluice/ws"]);
}

test("a bundle whose parts require the package has the class in it", async () => {
  await assertAsksForTheModules(bundled(".", "./ws"));
});

test("a bundle whose parts require the name ws has what sluice/ws is in it", () => {
  assertAsksForThePackage(bundled("compat/ws", "."));
});

test("a tool that collects the files of a deployment sees what is required", async () => {
  await assertAsksForTheModules(projectPath("compat/ws.cjs"));
  assertAsksForThePackage(projectPath("compat/ws/index.cjs"));
});
