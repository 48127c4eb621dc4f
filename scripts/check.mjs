// node scripts/check.mjs [name of a step]...
//
// Everything that can be judged without running a test. Every step runs, so that one visit shows all there is to
// mend; the names of those that failed come last.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const modules = join(root, "node_modules");

const compiler = join(modules, "typescript/bin/tsc");
const biome = join(modules, "@biomejs/biome/bin/biome");
const attw = join(modules, "@arethetypeswrong/cli/dist/index.js");

const colors = process.stdout.isTTY ? "force" : "off";

const steps = [
  { name: "build", why: "everything compiles", run: ["scripts/build.mjs", "src", "examples", "test"] },
  { name: "pure", why: "floor 0 compiles without Node's types", run: [compiler, "-p", "tsconfig.pure.json"] },
  { name: "floors", why: "imports go down only", run: ["scripts/check-floors.mjs"] },
  {
    name: "lint",
    why: "Biome's rules and its format",
    run: [biome, "ci", "--error-on-warnings", `--colors=${colors}`, "."],
  },
  {
    name: "wasm",
    why: "the carried WebAssembly is its source's",
    run: ["scripts/assemble-unmask.mjs", "--check"],
  },
  { name: "text", why: "nothing unfinished or private", run: ["scripts/check-text.mjs"] },
  { name: "package", why: "what is published works", run: ["scripts/check-package.mjs"] },
  // The package is ESM only: what a CommonJS importer of an old Node would see is not a fault. What `require("sluice/ws")` loads is
  // a file that hands out that very module, so its types are those of the module.
  {
    name: "types",
    why: "what is published has its types",
    run: [attw, "--pack", ".", "--profile", "esm-only", "--ignore-rules", "false-esm"],
  },
];

function isPassing({ name, why, run }) {
  console.log(`\ncheck ${name}: ${why}`);
  const result = spawnSync(process.execPath, run, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
  if (result.error) throw result.error;
  return result.status === 0;
}

const wanted = process.argv.slice(2);
const chosen = steps.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
if (chosen.length < Math.max(1, wanted.length)) {
  console.error(`check: the steps are ${steps.map(({ name }) => name).join(", ")}`);
  process.exit(2);
}
const failed = chosen.filter((step) => !isPassing(step)).map(({ name }) => name);
console.log(failed.length === 0 ? "\ncheck: all passed" : `\ncheck: failed: ${failed.join(", ")}`);
process.exitCode = failed.length === 0 ? 0 : 1;
