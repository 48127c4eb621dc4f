// node scripts/test-versions.mjs [major version]... [part of a test file's path]...
//
// Runs the compiled tests once under each Node version: 22, 24 and 26 unless some are named. The binaries come
// from the npm packages node-<platform>-<arch> into build/node-versions and stay there; they are never a
// dependency. Without a network a version that is not there yet fails, with a message that says so.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const defaultVersions = ["22", "24", "26"];
const root = fileURLToPath(new URL("..", import.meta.url));
const packageName = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;

function binaryOf(version) {
  const executable = process.platform === "win32" ? "node.exe" : "node";
  return join(root, "build/node-versions", version, "node_modules", packageName, "bin", executable);
}

function versionOf(binary) {
  const result = spawnSync(binary, ["--version"], { encoding: "utf8" });
  return result.status === 0 ? result.stdout.trim() : undefined;
}

function install(version) {
  const folder = join(root, "build/node-versions", version);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
  const options = ["--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts"];
  // `npm run` hands its own folder down in npm_config_local_prefix; the install must not land there.
  const { npm_config_local_prefix: _ours, ...env } = process.env;
  const result = spawnSync("npm", ["install", ...options, `${packageName}@${version}`], {
    cwd: folder,
    env,
    stdio: ["ignore", "ignore", "pipe"],
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  if (result.error) return result.error.message;
  return result.status === 0 ? undefined : result.stderr.trim();
}

function prepare(version) {
  const binary = binaryOf(version);
  if (existsSync(binary) && versionOf(binary) !== undefined) return binary;
  console.log(`test:versions: fetching ${packageName}@${version}`);
  const failure = install(version);
  if (failure === undefined && existsSync(binary) && versionOf(binary) !== undefined) return binary;
  console.error(
    `test:versions: Node ${version} is not in build/node-versions and ${packageName}@${version} could not be ` +
      `installed; it has to be fetched once with a network\n${failure ?? "the package holds no binary that runs"}`,
  );
  return undefined;
}

function runSuite(binary, filters) {
  // First on the path, so that a test that starts "node" starts the version under test.
  const env = { ...process.env, PATH: `${dirname(binary)}${delimiter}${process.env.PATH ?? ""}` };
  const script = join(root, "scripts/test.mjs");
  const result = spawnSync(binary, [script, ...filters], { env, stdio: ["ignore", "inherit", "inherit"] });
  if (result.error) throw result.error;
  return result.status === 0;
}

function runVersion(version, filters) {
  const binary = prepare(version);
  if (binary === undefined) return "could not be fetched";
  console.log(`\ntest:versions: Node ${versionOf(binary)}`);
  return runSuite(binary, filters) ? "passed" : "failed";
}

const wanted = process.argv.slice(2);
const named = wanted.filter((argument) => /^\d+$/.test(argument));
const filters = wanted.filter((argument) => !/^\d+$/.test(argument));
const versions = named.length > 0 ? named : defaultVersions;
const results = versions.map((version) => ({ version, result: runVersion(version, filters) }));
console.log("");
for (const { version, result } of results) console.log(`test:versions: Node ${version} ${result}`);
process.exitCode = results.every(({ result }) => result === "passed") ? 0 : 1;
