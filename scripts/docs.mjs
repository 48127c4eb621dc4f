// node scripts/docs.mjs [--serve]
//
// Builds the site of the documentation, with the packages of site/, which are installed on first use and when their lock file
// has changed. With --serve it serves what it has built until it is stopped.

import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const site = join(root, "site");

const options = process.argv.slice(2);
const unknown = options.find((option) => option !== "--serve");
if (unknown !== undefined) {
  console.error(`docs: ${unknown} is not known; it takes --serve`);
  process.exit(2);
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: "inherit" });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

/** npm notes in this file what it has installed. */
const installed = join(site, "node_modules/.package-lock.json");
const lock = join(site, "package-lock.json");
if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(lock).mtimeMs) {
  console.log("docs: installing what the site is built with");
  run("npm", ["ci", "--prefix", site, "--no-audit", "--no-fund"]);
}
run(process.execPath, [join(site, "build.mjs")]);
console.log(`docs: the site is in ${join(site, "dist")}; npm run docs -- --serve serves it`);
if (options.includes("--serve"))
  run(process.execPath, [join(site, "node_modules/vitepress/bin/vitepress.js"), "preview", site]);
