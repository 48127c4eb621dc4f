// What check-floors.mjs needs to know of one TypeScript file, read from its syntax tree, so that a comment or a
// string that looks like an import is not one.

import { parse } from "@babel/parser";

// Where an identifier is only a name on something else, not a reference to a variable.
const nameOnly = {
  MemberExpression: ["property"],
  OptionalMemberExpression: ["property"],
  Property: ["key"],
  MethodDefinition: ["key"],
  PropertyDefinition: ["key"],
  AccessorProperty: ["key"],
  TSAbstractMethodDefinition: ["key"],
  TSAbstractPropertyDefinition: ["key"],
  TSPropertySignature: ["key"],
  TSMethodSignature: ["key"],
  TSQualifiedName: ["right"],
  TSImportType: ["qualifier"],
  ImportSpecifier: ["imported"],
  ExportSpecifier: ["exported"],
  ExportAllDeclaration: ["exported"],
  LabeledStatement: ["label"],
  BreakStatement: ["label"],
  ContinueStatement: ["label"],
};

const importSources = {
  ImportDeclaration: "source",
  ExportNamedDeclaration: "source",
  ExportAllDeclaration: "source",
  ImportExpression: "source",
  TSImportType: "argument",
  TSExternalModuleReference: "expression",
};

function isNameOnly(node, key) {
  if (!nameOnly[node.type]?.includes(key)) return false;
  // `{ process }` is a name and a reference at once; `object[process]` is a reference.
  return node.computed !== true && node.shorthand !== true;
}

function children(node) {
  const found = [];
  for (const [key, value] of Object.entries(node)) {
    if (key.endsWith("Comments")) continue;
    for (const child of Array.isArray(value) ? value : [value]) {
      if (child && typeof child.type === "string") found.push({ key, child });
    }
  }
  return found;
}

function constantText(node) {
  if (node.type === "TSLiteralType") return constantText(node.literal);
  if (node.type === "Literal" && typeof node.value === "string") return node.value;
  if (node.type === "TemplateLiteral" && node.expressions.length === 0) return node.quasis[0].value.cooked;
  return undefined;
}

function memberName(node) {
  return node.computed ? constantText(node.property) : node.property.name;
}

function isReexport(node) {
  return node.type === "ExportAllDeclaration" || (node.type === "ExportNamedDeclaration" && node.source);
}

/**
 * Reads one file. `imports` and `names` carry line numbers; `imports[].specifier` is undefined when it is computed.
 * `names` holds every variable that is used or declared, and `object.member` wherever a member of one is used.
 * `otherStatements` are the lines of statements that are not `export … from`.
 */
export function readSource(path, text) {
  const options = { sourceType: "module", sourceFilename: path, plugins: ["typescript", "estree"] };
  const { program } = parse(text, options);
  const imports = [];
  const names = [];

  function visit(node) {
    const { line } = node.loc.start;
    const source = node[importSources[node.type]];
    if (source) imports.push({ specifier: constantText(source), line });
    if (node.type === "Identifier") names.push({ name: node.name, line });
    if (nameOnly[node.type]?.includes("property") && node.object.type === "Identifier") {
      names.push({ name: `${node.object.name}.${memberName(node)}`, line });
    }
    for (const { key, child } of children(node)) {
      if (!isNameOnly(node, key)) visit(child);
    }
  }

  visit(program);
  const otherStatements = program.body.filter((node) => !isReexport(node)).map((node) => node.loc.start.line);
  const lines = text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
  return { imports, names, otherStatements, lines };
}
