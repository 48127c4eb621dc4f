// The reference: a page for each thing that an entry of the package exports, made by TypeDoc from the declarations and their
// comments.

import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Application } from "typedoc";
import { pagesFolder, root } from "./pages.mjs";

/** What is imported, the file of src/ behind it, and what it is for. */
const entries = {
  sluice: { file: "index", purpose: "clients, servers, connections, streams, errors" },
  "sluice/protocol": {
    file: "protocol",
    purpose: "the protocol without I/O, for people who bring their own sockets",
  },
  "sluice/testing": { file: "testing", purpose: "connections without a network, for your tests" },
  "sluice/web": { file: "web", purpose: "the browser's classes under their standard names" },
  "sluice/ws": { file: "ws", purpose: "a drop-in for the package ws" },
  "sluice/uring": { file: "uring", purpose: "what this machine offers of io_uring, and why not more" },
};

const apiFolder = join(pagesFolder, "api");

/** TypeDoc names a module by its file, so each entry gets one of its own name. */
function writeEntries(folder) {
  return Object.entries(entries).map(([name, { file }]) => {
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
  const rows = Object.entries(entries).map(
    ([name, { purpose }]) => `| [${name}](./${name}/index.md) | ${purpose} |`,
  );
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
  return Object.keys(entries).map((name) => {
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
