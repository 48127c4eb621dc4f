// What an entry of the package says in its declaration files: the names it exports, and the types those speak of.

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parse } from "@babel/parser";

/** A node of the syntax tree, of which only the shape is known. */
type Node = Readonly<Record<string, unknown>> & { readonly type: string };

interface Module {
  readonly declared: Map<string, Node>;
  /** Names from other files, imported or exported onwards. */
  readonly foreign: Map<string, { readonly path: string; readonly name: string }>;
  readonly exported: Set<string>;
  /** Files of which everything is exported onwards. */
  readonly stars: string[];
}

/** A declaration, by file and name. */
interface Place {
  readonly path: string;
  readonly name: string;
}

const modules = new Map<string, Module>();

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && typeof (value as Node).type === "string";
}

function childrenOf(node: Node): Node[] {
  return Object.values(node).flat().filter(isNode);
}

/** Of an identifier, or of the text that stands for one. */
function nameOf(node: unknown): string {
  return isNode(node) ? String(node.name ?? node.value) : "";
}

function readModule(path: string): Module {
  const known = modules.get(path);
  if (known !== undefined) return known;
  const module: Module = { declared: new Map(), foreign: new Map(), exported: new Set(), stars: [] };
  modules.set(path, module);
  const { program } = parse(readFileSync(path, "utf8"), {
    sourceType: "module",
    plugins: [["typescript", { dts: true }]],
  });
  for (const statement of program.body as unknown as Node[]) readStatement(module, path, statement);
  return module;
}

function readStatement(module: Module, path: string, statement: Node): void {
  const isExport = statement.type === "ExportNamedDeclaration";
  const from = nameOf(statement.source);
  const file = from.startsWith(".") ? join(dirname(path), from.replace(/\.js$/, ".d.ts")) : undefined;
  if (statement.type === "ExportAllDeclaration" && file !== undefined) module.stars.push(file);
  for (const specifier of (statement.specifiers ?? []) as Node[]) {
    const here = nameOf(isExport ? specifier.exported : specifier.local);
    const there = nameOf(isExport ? specifier.local : specifier.imported);
    if (file !== undefined) module.foreign.set(here, { path: file, name: there });
    if (isExport) module.exported.add(here);
  }
  const declaration = isExport ? statement.declaration : statement;
  if (!isNode(declaration)) return;
  for (const part of (declaration.declarations as Node[] | undefined) ?? [declaration]) {
    if (!isNode(part.id)) continue;
    module.declared.set(nameOf(part.id), part);
    if (isExport) module.exported.add(nameOf(part.id));
  }
}

/** Undefined for what the language or Node.js declares. */
function placeOf(path: string, name: string): Place | undefined {
  const module = readModule(path);
  if (module.declared.has(name)) return { path, name };
  const foreign = module.foreign.get(name);
  if (foreign !== undefined) return placeOf(foreign.path, foreign.name);
  const star = module.stars.find((file) => exportsOf(file).includes(name));
  return star === undefined ? undefined : placeOf(star, name);
}

/** The types that a user of the declaration meets. What is protected is for the package's own subclasses. */
function typesIn(node: Node): string[] {
  if (node.accessibility === "protected" || node.accessibility === "private") return [];
  const named = { TSTypeReference: node.typeName, TSExpressionWithTypeArguments: node.expression }[node.type];
  const names = [named, node.superClass].filter(isNode).map(nameOf);
  const { implements: _, ...rest } = node;
  return [...names, ...childrenOf(rest as Node).flatMap(typesIn)];
}

/** The names that a declaration file exports. */
export function exportsOf(path: string): string[] {
  const { exported, stars } = readModule(path);
  return [...exported, ...stars.flatMap(exportsOf)];
}

/** The types that an entry's declarations name and that it does not export, each with one declaration that does. */
export function unreachableTypes(entry: string): string[] {
  const names = exportsOf(entry);
  const exported = new Set(names.map((name) => keyOf(placeOf(entry, name))));
  const missing = names.flatMap((name) => {
    const place = placeOf(entry, name);
    const declaration = place && readModule(place.path).declared.get(place.name);
    if (place === undefined || declaration === undefined) return [`${name} is not declared anywhere`];
    return typesIn(declaration)
      .filter((type) => !isExported(placeOf(place.path, type)))
      .map((type) => `${type}, in ${name}`);
  });
  return [...new Set(missing)];

  function isExported(place: Place | undefined): boolean {
    return place === undefined || exported.has(keyOf(place));
  }
}

function keyOf(place: Place | undefined): string {
  return `${place?.path}#${place?.name}`;
}

/** A member of an exported type that may be left out. */
export interface OptionalMember {
  readonly owner: string;
  readonly name: string;
  /** Its type has undefined among its values, as a method has not. */
  readonly takesUndefined: boolean;
}

/** Those of the types that an entry's declarations export. */
export function optionalMembers(entry: string): OptionalMember[] {
  return exportsOf(entry).flatMap((owner) => {
    const place = placeOf(entry, owner);
    const declaration = place && readModule(place.path).declared.get(place.name);
    return declaration === undefined ? [] : optionalIn(declaration).map((member) => ({ owner, ...member }));
  });
}

function optionalIn(node: Node): Omit<OptionalMember, "owner">[] {
  const below = childrenOf(node).flatMap(optionalIn);
  const isMember = node.type === "TSPropertySignature" || node.type === "TSMethodSignature";
  if (!isMember || node.optional !== true) return below;
  return [{ name: nameOf(node.key), takesUndefined: isWithUndefined(node) }, ...below];
}

function isWithUndefined({ typeAnnotation }: Node): boolean {
  const type = isNode(typeAnnotation) ? typeAnnotation.typeAnnotation : undefined;
  if (!isNode(type)) return false;
  const types = Array.isArray(type.types) ? (type.types as Node[]) : [type];
  return types.some((each) => each.type === "TSUndefinedKeyword" || each.type === "TSUnknownKeyword");
}
