// node scripts/check-floors.mjs [project folder]
//
// The law of the house, checked: a room of src/ imports lower floors only, through their index.js, and its own
// files by relative path. Files directly in src/ are doors to the outside and hold re-exports only. Pure rooms
// know no clock, no timer, no randomness, no Buffer, no node:*. Each room says in a short README.md what it is for.
// Prints one line per violation and exits with 1 if there is one.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, posix, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { readSource } from "./source-file.mjs";

// `siblings` are the rooms of the same floor that a room may import all the same.
const rooms = {
  protocol: { floor: 0, isPure: true },
  deflate: { floor: 0, isPure: true, siblings: ["protocol"] },
  handshake: { floor: 0, isPure: true, siblings: ["protocol"] },
  endpoint: { floor: 0.5, isPure: true },
  transport: { floor: 1, hasNode: true, siblings: ["host"] },
  host: { floor: 1, hasNode: true },
  uring: { floor: 1, hasNode: true, siblings: ["transport", "host"] },
  ktls: { floor: 1, hasNode: true, siblings: ["transport", "host", "uring"] },
  carrier: { floor: 1.5, hasNode: true },
  connection: { floor: 2 },
  client: { floor: 3, hasNode: true },
  server: { floor: 3, hasNode: true },
  streams: { floor: 3, hasNode: true },
  web: { floor: 4 },
  proxy: { floor: 4, hasNode: true },
  testing: { floor: 4 },
  compat: { floor: 5, hasNode: true },
  register: { floor: 5 },
  cli: { floor: 5, hasNode: true },
};

const impureNames = new Set([
  ...["setTimeout", "setInterval", "setImmediate", "clearTimeout", "clearInterval", "clearImmediate"],
  ...["queueMicrotask", "process", "Buffer", "Date", "performance", "Math.random", "crypto", "console"],
  ...["require", "globalThis", "global", "TextDecoder", "TextEncoder"],
]);

/** Files that load modules of the user's, which belong to no room. */
const userModuleLoaders = new Set(["cli/serve/handler-module.ts"]);

const maxSourceLines = 300;
const maxReadmeLines = 40;
const readmeHeadings = ["Charter", "Doors", "Laws", "Start reading at"];

/** Every violation below `root`, as "path:line: what is wrong". */
export function checkFloors(root) {
  const source = join(root, "src");
  const paths = readdirSync(source, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(source.length + 1)
        .replaceAll("\\", "/"),
    )
    .sort();
  const used = new Set(paths.filter((path) => path.includes("/")).map(roomOf));
  return [
    ...[...used].flatMap((room) => checkRoom(source, room)),
    ...paths.filter((path) => path.endsWith(".ts")).flatMap((path) => checkFile(source, path)),
  ];
}

function roomOf(path) {
  return path.includes("/") ? path.slice(0, path.indexOf("/")) : undefined;
}

function checkRoom(source, room) {
  if (rooms[room] === undefined) return [`src/${room}: is not a room of the house`];
  const readme = join(source, room, "README.md");
  if (!existsSync(readme)) return [`src/${room}: has no README.md`];
  const text = readFileSync(readme, "utf8").trimEnd();
  const headings = text.split("\n").flatMap((line) => /^#+\s+(.*?)\s*$/.exec(line)?.[1] ?? []);
  const found = readmeHeadings
    .filter((heading) => !headings.includes(heading))
    .map((heading) => `src/${room}/README.md: has no heading "${heading}"`);
  const lines = text.split("\n").length;
  if (lines > maxReadmeLines) {
    found.push(`src/${room}/README.md: has ${lines} lines, ${maxReadmeLines} are allowed`);
  }
  return found;
}

function checkFile(source, path) {
  const { imports, names, otherStatements, lines } = readSource(
    path,
    readFileSync(join(source, path), "utf8"),
  );
  const room = roomOf(path);
  const found = [];
  if (lines > maxSourceLines) {
    found.push([lines, `the file has ${lines} lines, ${maxSourceLines} are allowed`]);
  }
  if (room === undefined) {
    for (const line of otherStatements) found.push([line, "an entry holds re-exports only"]);
  }
  for (const { specifier, line } of imports) {
    const fault = specifier === undefined ? judgeComputed(path) : judgeImport(path, room, specifier);
    if (fault !== undefined) found.push([line, fault]);
  }
  if (rooms[room]?.isPure) {
    for (const { name, line } of names) {
      if (impureNames.has(name)) found.push([line, `a pure room names ${name}`]);
    }
  }
  found.sort(([one], [other]) => one - other);
  return [...new Set(found.map(([line, fault]) => `src/${path}:${line}: ${fault}`))];
}

function judgeComputed(path) {
  return userModuleLoaders.has(path) ? undefined : "the import is computed";
}

// Undefined when the import is lawful.
function judgeImport(path, room, specifier) {
  if (specifier.startsWith("node:")) {
    return rooms[room]?.hasNode ? undefined : `${room ?? "an entry"} may not import ${specifier}`;
  }
  if (!specifier.startsWith(".")) return `${specifier} is neither a relative path nor a node: module`;
  const target = posix.join(posix.dirname(path), specifier);
  if (target.startsWith("../")) return `${specifier} leaves src`;
  const targetRoom = roomOf(target);
  if (targetRoom === undefined) return `${specifier} is an entry; entries are for users`;
  if (targetRoom === room) return undefined;
  if (target !== `${targetRoom}/index.js`) return `${specifier} enters ${targetRoom} beside its index.js`;
  return room === undefined ? undefined : judgeFloors(room, targetRoom);
}

function judgeFloors(room, targetRoom) {
  const from = rooms[room];
  const to = rooms[targetRoom];
  if (from === undefined || to === undefined) return undefined;
  if (to.floor < from.floor || from.siblings?.includes(targetRoom)) return undefined;
  return `${room} (floor ${from.floor}) may not import ${targetRoom} (floor ${to.floor})`;
}

if (process.argv[1] !== undefined && fileURLToPath(import.meta.url) === resolve(process.argv[1])) {
  const root = process.argv[2] ?? fileURLToPath(new URL("..", import.meta.url));
  const violations = checkFloors(resolve(root));
  for (const violation of violations) console.log(violation);
  if (violations.length > 0) process.exitCode = 1;
}
