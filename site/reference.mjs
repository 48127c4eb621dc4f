// The reference: a page for each thing that an entry of the package exports, made by TypeDoc from the declarations and their
// comments.

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Application } from "typedoc";
import { pagesFolder, root } from "./pages.mjs";

/** What each entry of the package is for. */
const purposes = {
  sluice: "clients, servers, connections, streams, errors",
  "sluice/protocol": "the protocol without I/O, for people who bring their own sockets",
  "sluice/testing": "connections without a network, for your tests",
  "sluice/web": "the browser's classes under their standard names",
  "sluice/register": "the globals of browsers that a version of Node.js lacks, set on import",
  "sluice/ws": "a drop-in for the package ws",
  "sluice/proxy": "a reverse proxy for WebSockets",
  "sluice/uring": "what this machine offers of io_uring, and why not more",
};

/** What is imported, with the file of src/ behind it, in the order of the purposes. */
const entries = entriesOf(JSON.parse(readFileSync(join(root, "package.json"), "utf8")));

function entriesOf({ exports }) {
  const names = Object.keys(purposes);
  return Object.entries(exports)
    .filter(([path]) => path !== "./package.json")
    .map(([path, { default: file }]) => ({ name: `sluice${path.slice(1)}`, file: basename(file, ".js") }))
    .sort((one, other) => names.indexOf(one.name) - names.indexOf(other.name));
}

const apiFolder = join(pagesFolder, "api");

/** TypeDoc names a module by its file, so each entry gets one of its own name. */
function writeEntries(folder) {
  return entries.map(({ name, file }) => {
    const path = join(folder, `${name.replace("/", "-")}.ts`);
    mkdirSync(dirname(path), { recursive: true });
    const source = join(root, `src/${file}.js`);
    writeFileSync(path, `/** @module ${name} */\nexport * from ${JSON.stringify(source)};\n`);
    return path;
  });
}

export async function makeReference() {
  const folder = fileURLToPath(new URL(".pages/.entries", import.meta.url));
  const entryPoints = writeEntries(folder);
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({
      extends: join(root, "tsconfig.base.json"),
      compilerOptions: { types: ["node"], typeRoots: [join(root, "node_modules/@types")], noEmit: true },
      files: entryPoints,
    }),
  );
  const app = await Application.bootstrapWithPlugins({
    plugin: ["typedoc-plugin-markdown"],
    entryPoints,
    tsconfig: join(folder, "tsconfig.json"),
    name: "Reference",
    readme: "none",
    logLevel: "Error",
    outputs: [{ name: "markdown", path: apiFolder }],
    excludePrivate: true,
    excludeInternal: true,
    excludeExternals: true,
    disableSources: true,
    sort: ["kind", "alphabetical"],
    // What the Markdown plugin adds.
    entryFileName: "index",
    hidePageHeader: true,
    hideBreadcrumbs: true,
    useCodeBlocks: true,
    expandObjects: true,
    parametersFormat: "table",
    interfacePropertiesFormat: "list",
  });
  const project = await app.convert();
  if (project === undefined) throw new Error("TypeDoc could not read the declarations");
  await app.generateOutputs(project);
  writeFileSync(join(apiFolder, "index.md"), overview());
  rmSync(folder, { recursive: true, force: true });
}

/** The first page of the reference. */
function overview() {
  const rows = entries.map(({ name }) => `| [${name}](./${name}/index.md) | ${purposes[name]} |`);
  const intro =
    "Made from the types and their comments: every function, class and type by the entry that exports it.";
  return ["# Reference", intro, ["| import | gives |", "|---|---|", ...rows].join("\n"), ""].join("\n\n");
}

const groups = {
  functions: "Functions",
  classes: "Classes",
  interfaces: "Interfaces",
  "type-aliases": "Types",
  variables: "Constants",
};

function linksOf(folder, base) {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".md"))
    .sort((a, b) => a.localeCompare(b, "en"))
    .map((name) => ({ text: name.slice(0, -3), link: `${base}/${name.slice(0, -3)}` }));
}

/** The sidebar of the reference: the entries, and in each what it exports by kind. */
export function referenceSidebar() {
  return entries.map(({ name }) => {
    const folders = readdirSync(join(apiFolder, name), { withFileTypes: true }).filter((item) =>
      item.isDirectory(),
    );
    const known = new Set(folders.map((item) => item.name));
    const items = Object.entries(groups)
      .filter(([group]) => known.has(group))
      .map(([group, text]) => ({
        text,
        collapsed: true,
        items: linksOf(join(apiFolder, name, group), `/api/${name}/${group}`),
      }));
    return { text: name, link: `/api/${name}/`, items };
  });
}
