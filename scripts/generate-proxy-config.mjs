// node scripts/generate-proxy-config.mjs [--check]
//
// Writes docs/proxy.schema.json and docs/proxy-configuration.md from the table of shapes that reads the config file of
// `sluice proxy`, so that none of the three can disagree. With --check nothing is written: the exit code is 1 when one of
// them is not what it would be.

import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { configShape } from "../dist/cli/proxy/config/config-table.js";
import { route } from "../dist/cli/proxy/config/route-fields.js";
import { describeShape } from "../dist/cli/proxy/config/shape-words.js";
import { MAX_TIMEOUT_MS } from "../dist/connection/index.js";

const docs = new URL("../docs/", import.meta.url);

/** Objects of the table by name, in the order in which they are met. */
function objectsIn(shape, found = new Map()) {
  if (shape.kind === "object") {
    if (found.has(nameOf(shape))) return found;
    found.set(nameOf(shape), shape);
    for (const field of Object.values(shape.fields)) objectsIn(field.shape, found);
  }
  for (const each of [shape.of ?? []].flat()) objectsIn(each, found);
  return found;
}

function nameOf({ called }) {
  return called.replace(/^(?:an?|the) /, "").replace(/\W+/g, "-");
}

// The schema

function schemaOf(shape) {
  switch (shape.kind) {
    case "text":
    case "content":
    case "path":
      return { type: "string" };
    case "boolean":
      return { type: "boolean" };
    case "null":
      return { type: "null" };
    case "choice":
      return { enum: shape.values };
    case "list":
      return { type: "array", items: schemaOf(shape.of), ...(shape.min > 0 && { minItems: shape.min }) };
    case "map":
      return { type: "object", additionalProperties: schemaOf(shape.of) };
    case "object":
      return { $ref: `#/$defs/${nameOf(shape)}` };
    case "either":
      return { anyOf: shape.of.map(schemaOf) };
    default:
      return numberSchema(shape);
  }
}

function numberSchema({ min, max, isInteger, hasNone }) {
  const type = isInteger ? "integer" : "number";
  const number = { type, minimum: min, ...(max !== undefined && { maximum: max }) };
  return hasNone ? { anyOf: [number, { const: "none" }] } : number;
}

function objectSchema({ fields }) {
  const required = Object.keys(fields).filter((name) => fields[name].isRequired);
  const properties = Object.entries(fields).map(([name, { shape, about, fallback }]) => {
    const text = `${about}${fallback === undefined ? "" : ` Default: ${fallback}.`}`;
    return [name, { description: text.replaceAll("`", ""), ...schemaOf(shape) }];
  });
  return {
    type: "object",
    properties: Object.fromEntries(properties),
    ...(required.length > 0 && { required }),
    additionalProperties: false,
  };
}

function renderSchema() {
  const { config, ...others } = Object.fromEntries(
    [...objectsIn(configShape)].map(([name, shape]) => [name, objectSchema(shape)]),
  );
  const schema = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "The config file of sluice proxy",
    ...config,
    $defs: others,
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

// The page

function headingOf({ called }) {
  return called === configShape.called
    ? "The file"
    : (called[0].toUpperCase() + called.slice(1)).replace(/^Tls/, "TLS");
}

function anchorOf(shape) {
  return headingOf(shape)
    .toLowerCase()
    .replace(/[^\w\s-]/g, "")
    .replaceAll(" ", "-");
}

/** What a value may be, in a cell of a table. */
function cellOf(shape) {
  if (shape.kind === "object") return `[${shape.called.replace(/^\w+\./, "")}](#${anchorOf(shape)})`;
  if (shape.kind === "list") return `a list, each ${cellOf(shape.of)}`;
  if (shape.max === MAX_TIMEOUT_MS) return shape.hasNone ? 'milliseconds, or `"none"`' : "milliseconds";
  if (shape.kind === "choice") return shape.values.map((value) => `\`${JSON.stringify(value)}\``).join(", ");
  if (shape.kind === "map") return "an object of headers";
  if (shape.kind === "either") {
    const [last, ...others] = [...shape.of].reverse();
    const words = others.reverse().map(cellOf);
    const isListOfThem = last.kind === "list" && cellOf(last.of) === words.join(", ");
    return [...words, isListOfThem ? "a list of such" : cellOf(last)].join(", ");
  }
  return describeShape(shape).replace(/"[^"]+"/g, (text) => `\`${text}\``);
}

function tableOf({ fields }) {
  const rows = Object.entries(fields).map(([name, { shape, about, fallback, isRequired }]) => {
    const standing = isRequired ? "**has to be there**" : (fallback ?? "");
    return `| \`${name}\` | ${cellOf(shape)} | ${standing} | ${about} |`;
  });
  return ["| name | takes | default | what it is |", "|---|---|---|---|", ...rows].join("\n");
}

const example = `{
  "$schema": "./node_modules/sluice/docs/proxy.schema.json",
  "listen": [
    8080,
    { "port": 8443, "tls": { "certificates": [{ "cert": "tls/cert.pem", "key": "tls/key.pem" }] } }
  ],
  "trustedProxies": ["10.0.0.0/8"],
  "routes": [
    {
      "name": "chat",
      "host": "chat.example.com",
      "to": ["ws://127.0.0.1:3000", { "url": "ws://127.0.0.1:3001", "weight": 2 }],
      "balance": { "hash": { "cookie": "session" } },
      "health": { "active": { "path": "/health" } }
    },
    { "name": "api", "pathPrefix": "/api", "to": "http://127.0.0.1:4000" }
  ],
  "accessLog": "access.log",
  "admin": "127.0.0.1:9090"
}`;

/** What stands in the file and is no option of a route. */
const fileShape = {
  ...configShape,
  fields: Object.fromEntries(
    Object.entries(configShape.fields).filter(([name]) => !Object.hasOwn(route.fields, name)),
  ),
};

function renderPage() {
  const [file, ...sections] = [...objectsIn(fileShape).values()].map(
    (shape) => `## ${headingOf(shape)}\n\n${tableOf(shape)}`,
  );
  return `<!-- Made by scripts/generate-proxy-config.mjs from the table in src/cli/proxy/config: change it there. -->

# The config file of sluice proxy

\`sluice proxy --config proxy.json\` reads a file in JSON, without comments. \`sluice proxy --config proxy.json --check\` says what
is wrong with it, all mistakes at once, each with its line and what to write instead, and ends with exit code 2; or that nothing is.
What may not be what was meant is a warning, with its line too.
SIGHUP reads it again: with a mistake in it, everything goes on as before.

\`\`\`json
${example}
\`\`\`

Names of files are relative to the config file. Editors that know JSON Schema complete and check it by
[proxy.schema.json](proxy.schema.json), which \`$schema\` names. Limits that \`"none"\` lifts say so.

${file}

Beside these may stand all that [a route](#a-route) has: for the routes that do not say otherwise, or, without routes, for the one
that has every request.

${sections.join("\n\n")}
`;
}

const isCheck = process.argv.includes("--check");
for (const [name, text] of [
  ["proxy.schema.json", renderSchema()],
  ["proxy-configuration.md", renderPage()],
]) {
  const file = fileURLToPath(new URL(name, docs));
  if (!isCheck) writeFileSync(file, text);
  else if (readFileSync(file, "utf8") !== text) {
    console.error(`docs/${name} is not current: run node scripts/generate-proxy-config.mjs`);
    process.exitCode = 1;
  }
}
