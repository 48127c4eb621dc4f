// node scripts/build.mjs [src] [examples] [test]
//
// Compiles the named trees, in this order, because each imports what the one before it produced:
//   src -> dist        examples -> build/examples        test -> build/test
// The native addon is made with src. A tree without TypeScript in it is passed over. Outputs whose source is gone are deleted, never the whole
// folder, so that a build beside a running server or test leaves every current file in place.

import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

// What pages hold, put beside the code that writes them: what browsers run, without a bundler, and uPlot, which draws the
// plots, without a dependency. How that looks is one matter for all pages.
const pageFiles = ["cli/bench/report", "proxy/admin/page"].flatMap((folder) => [
  ...readdirSync(join(root, "src", folder)).map((name) => ({
    from: `src/${folder}/${name}`,
    to: `${folder}/${name}`,
  })),
  { from: "node_modules/uplot/dist/uPlot.iife.min.js", to: `${folder}/uplot.js` },
  { from: "node_modules/uplot/dist/uPlot.min.css", to: `${folder}/uplot.css` },
  { from: "node_modules/uplot/LICENSE", to: `${folder}/uplot-license.txt` },
  { from: "src/proxy/admin/page/uplot-theme.css", to: `${folder}/uplot-theme.css` },
]);

const trees = [
  { name: "src", config: "tsconfig.json", output: "dist", hasAssets: false, copies: pageFiles },
  { name: "examples", config: "examples/tsconfig.json", output: "build/examples", hasAssets: true },
  { name: "test", config: "test/tsconfig.json", output: "build/test", hasAssets: false },
];

function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((path) => !path.split(/[\\/]/).includes("node_modules"));
}

function isAsset(path) {
  return !path.endsWith(".ts") && !path.endsWith("tsconfig.json") && !path.endsWith(".md");
}

function hasSource(source, path) {
  const typescript = path.replace(/(?:\.d\.ts|\.js)$/, ".ts");
  return existsSync(join(source, typescript)) || existsSync(join(source, path));
}

function deleteOrphans(source, output, copies) {
  const copied = new Set(copies.map(({ to }) => join(to)));
  for (const path of filesBelow(output)) {
    if (!copied.has(path) && !hasSource(source, path)) rmSync(join(output, path));
  }
}

function copyFiles(output, copies) {
  for (const { from, to } of copies) {
    mkdirSync(dirname(join(output, to)), { recursive: true });
    copyFileSync(join(root, from), join(output, to));
  }
}

function copyAssets(source, output, files) {
  for (const path of files.filter(isAsset)) {
    mkdirSync(dirname(join(output, path)), { recursive: true });
    copyFileSync(join(source, path), join(output, path));
  }
}

function compile(config) {
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const result = spawnSync(process.execPath, [compiler, "-p", join(root, config)], { stdio: "inherit" });
  if (result.error) throw result.error;
  return result.status ?? 1;
}

function build({ name, config, output, hasAssets, copies = [] }) {
  const source = join(root, name);
  const target = join(root, output);
  const files = filesBelow(source);
  if (!files.some((path) => path.endsWith(".ts"))) return 0;
  deleteOrphans(source, target, copies);
  copyFiles(target, copies);
  if (hasAssets) copyAssets(source, target, files);
  return compile(config);
}

const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => !trees.some((tree) => tree.name === name));
if (unknown !== undefined) {
  console.error(
    `build: there is no tree "${unknown}"; known are ${trees.map((tree) => tree.name).join(", ")}`,
  );
  process.exit(2);
}
/** The native addon belongs to src, and is a matter of its own: without it everything but io_uring works. */
function buildNative() {
  const result = spawnSync(process.execPath, [join(root, "scripts/build-native.mjs")], { stdio: "inherit" });
  return result.status ?? 1;
}

for (const tree of trees) {
  if (wanted.length > 0 && !wanted.includes(tree.name)) continue;
  const status = build(tree) || (tree.name === "src" ? buildNative() : 0);
  if (status !== 0) process.exit(status);
}
