// Real users of `ws`, each in a conversation that it has twice: with `ws`, and with our package of that name in its place. What
// happens has to be the same, entry for entry. The packages are installed for it, beside the build, once for each lock file.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { before, describe, type TestContext, test } from "node:test";
import { promisify } from "node:util";
import { projectPath } from "../support/paths.js";

const run = promisify(execFile);
const users = projectPath("test/interop/ws-users");
const conversations = readdirSync(join(users, "conversations")).map((file) => basename(file, ".mjs"));

const INSTALL_TIMEOUT_MS = 300_000;
/** Chromium and webpack take seconds to start, on a machine that does other things too. */
const CONVERSATION_TIMEOUT_MS = 120_000;

async function npm(folder: string, ...args: string[]): Promise<string> {
  const { stdout } = await run("npm", [...args, "--no-audit", "--no-fund", "--ignore-scripts"], {
    cwd: folder,
  });
  return stdout;
}

/** Has the packages of the lock file, with the real `ws`. */
async function installReal(folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const file of ["package.json", "package-lock.json"]) cpSync(join(users, file), join(folder, file));
  await npm(folder, "ci");
}

/** Has the same packages, but for `ws`: as a project does it that wants ours in its place, with what the package carries. */
async function installOurs(folder: string, real: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const report = await npm(projectPath(""), "pack", "--json", "--pack-destination", folder);
  const [{ filename }] = JSON.parse(report) as [{ filename: string }];
  await run("tar", ["-xzf", filename, "--strip-components=1", "package/compat/ws"], { cwd: folder });
  const project = JSON.parse(readFileSync(join(users, "package.json"), "utf8"));
  project.dependencies.sluice = `file:${filename}`;
  project.dependencies.ws = "file:./compat/ws";
  cpSync(join(real, "node_modules"), join(folder, "node_modules"), { recursive: true });
  cpSync(join(users, "package-lock.json"), join(folder, "package-lock.json"));
  writeFileSync(join(folder, "package.json"), JSON.stringify(project));
  await npm(folder, "install", "--prefer-offline");
}

/** Installs both, and answers why that cannot be done where there is no registry. */
async function install(): Promise<{ real: string; ours: string }> {
  const lock = readFileSync(join(users, "package-lock.json"));
  const root = projectPath("build/ws-users", createHash("sha256").update(lock).digest("hex").slice(0, 16));
  const [real, ours] = [join(root, "real"), join(root, "ours")];
  const mark = join(root, "installed");
  if (!existsSync(mark)) {
    await installReal(real);
    writeFileSync(mark, "");
  }
  await installOurs(ours, real);
  for (const folder of [real, ours]) {
    cpSync(join(users, "conversations"), join(folder, "conversations"), { recursive: true });
    cpSync(join(users, "run.mjs"), join(folder, "run.mjs"));
  }
  return { real, ours };
}

/** Every `ws` that the project's packages could load. */
function versionsOf(folder: string): string[] {
  const modules = join(folder, "node_modules");
  const found = readdirSync(modules, { recursive: true, withFileTypes: true }).filter(
    ({ name, parentPath }) => name === "ws" && basename(parentPath) === "node_modules",
  );
  return found.map(({ parentPath, name }) => {
    const { version, description } = JSON.parse(readFileSync(join(parentPath, name, "package.json"), "utf8"));
    return `${version} ${/stands in/i.test(description) ? "ours" : "real"}`;
  });
}

describe("users of ws", () => {
  let folders: { real: string; ours: string } | undefined;
  let failure = "";

  before(
    async () => {
      try {
        folders = await install();
      } catch (error) {
        failure = `the packages could not be installed: ${(error as Error).message}`;
        if (process.env.CI) throw error;
      }
    },
    { timeout: INSTALL_TIMEOUT_MS },
  );

  function installed(t: TestContext): { real: string; ours: string } | undefined {
    if (folders === undefined) t.skip(failure);
    return folders;
  }

  test("are given our package instead, all of them", (t) => {
    const folders = installed(t);
    if (folders === undefined) return;
    assert.deepEqual(versionsOf(folders.real), ["8.23.0 real"]);
    assert.deepEqual(versionsOf(folders.ours), ["8.23.0 ours"]);
  });

  test("get the same class by import and by require, and an error in browsers", async (t) => {
    const folders = installed(t);
    if (folders === undefined) return;
    const script = `
      import WebSocket, * as ws from "ws";
      import { createRequire } from "node:module";
      const required = createRequire(import.meta.url)("ws");
      console.log(required === WebSocket, required.Server === ws.WebSocketServer, Object.keys(ws).sort().join());
      try { createRequire(import.meta.url)("./node_modules/ws/browser" + ".cjs")(); } catch (error) { console.log(error.message); }
    `;
    const outputs = [];
    for (const folder of [folders.real, folders.ours]) {
      const path = join(folder, "classes.mjs");
      writeFileSync(path, folder === folders.real ? script.replace('".cjs"', '".js"') : script);
      outputs.push((await run(process.execPath, [path], { cwd: folder })).stdout.split("\n"));
    }
    const [real, ours] = outputs;
    assert.equal(ours[0].replace(",module.exports", ""), real[0]);
    assert.match(ours[1], /browser/i);
  });

  for (const name of conversations) {
    test(`${name} says the same with either`, { timeout: CONVERSATION_TIMEOUT_MS }, async (t) => {
      const folders = installed(t);
      if (folders === undefined) return;
      const hold = async (folder: string) => {
        const { stdout, stderr } = await run(process.execPath, ["run.mjs", name], {
          cwd: folder,
          maxBuffer: 2 ** 24,
          signal: t.signal,
        });
        return { lines: stdout.trimEnd().split("\n"), stderr: stderr.replaceAll(folder, "") };
      };
      const real = await hold(folders.real);
      const ours = await hold(folders.ours);
      assert.ok(real.lines.length > 2, "the conversation says too little");
      assert.deepEqual(ours, real);
    });
  }
});
