// The tree of a config file against the table of shapes: values come out, and mistakes with their places.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describeValue, isRecord } from "../../../protocol/index.js";
import { nearest } from "../../nearest.js";
import type { JsonMember, JsonNode } from "./json-document.js";
import { type Mistake, type Place, quote } from "./mistakes.js";
import type { ObjectShape, Shape } from "./shape.js";
import { describeShape } from "./shape-words.js";

type ObjectNode = JsonNode & { kind: "object" };

export class ConfigReader {
  readonly mistakes: Mistake[] = [];
  readonly #folder: string;
  /** Where each object of the result was read. */
  readonly #origins = new WeakMap<object, JsonNode>();
  /** Objects without a mistake. */
  readonly #whole = new WeakSet<object>();

  /** Names of files are relative to the folder. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** What the value says, as far as it is right; undefined, and noted, where nothing is. `name` is what it is called. */
  read(node: JsonNode, shape: Shape, name: string): unknown {
    const { kind } = node;
    if (kind === "broken") return undefined;
    if (shape.kind === "either") {
      const fitting = shape.of.find((each) => takes(each, node));
      return fitting === undefined ? this.#mismatch(node, shape, name) : this.read(node, fitting, name);
    }
    if (!takes(shape, node)) return this.#mismatch(node, shape, name);
    if (kind === "object") {
      if (shape.kind === "object") return this.#object(node, shape);
      if (shape.kind === "map") return this.#map(node, shape);
    }
    if (kind === "array" && shape.kind === "list") return this.#list(node, node.items, shape, name);
    if (kind === "string") return this.#text(node, node.value, shape, name);
    if (kind === "number" || kind === "boolean") return node.value;
    return null;
  }

  note(place: Place, text: string): undefined {
    this.mistakes.push({ place, text });
  }

  /** Whether something is wrong with this part of the result, or with what is in it. */
  isBroken(value: unknown): boolean {
    if (Array.isArray(value)) return value.some((item) => this.isBroken(item));
    return isRecord(value) && this.#origins.has(value) && !this.#whole.has(value);
  }

  /** Where this object, or a value in it, was read: "to[1].weight" leads from a route to a number. What the path does not lead
   * to has the place of the last that it does. */
  placeOf(value: object, path = ""): Place | undefined {
    let node = this.#origins.get(value);
    let place = node?.place;
    for (const step of path.match(/\w+/g) ?? []) {
      const member: JsonMember | undefined =
        node?.kind === "object" ? node.members.find(({ name }) => name === step) : undefined;
      const item = node?.kind === "array" ? node.items[Number(step)] : undefined;
      node = member?.node ?? item;
      if (node === undefined) break;
      place = node.place;
    }
    return place;
  }

  /** What is right of it. */
  #object(node: ObjectNode, shape: ObjectShape): object {
    const { fields, called, check } = shape;
    const mistakesBefore = this.mistakes.length;
    const value: Record<string, unknown> = {};
    this.#origins.set(value, node);
    for (const { name, place, node: given } of node.members) {
      if (!Object.hasOwn(fields, name)) {
        this.note(place, `${quote(name)} means nothing in ${called}; ${advice(name, shape)}`);
        continue;
      }
      const read = this.read(given, fields[name].shape, name);
      if (read !== undefined) value[name] = read;
    }
    for (const [name, { isRequired, shape: wanted }] of Object.entries(fields)) {
      if (isRequired !== true || node.members.some((member) => member.name === name)) continue;
      this.note(node.place, `${called} needs ${quote(name)}; write ${quote(name)}: ${describeShape(wanted)}`);
    }
    if (this.mistakes.length > mistakesBefore) return value;
    const problem = check?.(value);
    if (problem === undefined) this.#whole.add(value);
    else this.note(this.placeOf(value, problem[0]) ?? node.place, problem[1]);
    return value;
  }

  #map(node: ObjectNode, { of, checkName }: Shape & { kind: "map" }): object {
    const entries = node.members.flatMap(({ name, place, node: given }) => {
      const problem = checkName(name);
      if (problem !== undefined) this.note(place, `${quote(name)} ${problem}`);
      const value = this.read(given, of, name);
      return problem === undefined && value !== undefined ? [[name, value] as const] : [];
    });
    return Object.fromEntries(entries);
  }

  #list(
    node: JsonNode,
    items: readonly JsonNode[],
    { of, min }: Shape & { kind: "list" },
    name: string,
  ): unknown[] | undefined {
    if (items.length < min)
      return this.note(node.place, `${name} is an empty list; it takes ${describeShape(of)}`);
    const values = items.map((item) => this.read(item, of, name)).filter((value) => value !== undefined);
    // Of a list whose items are all mistaken, nobody needs to hear that it is empty.
    return values.length === 0 && items.length > 0 ? undefined : values;
  }

  #text(node: JsonNode, value: string, shape: Shape, name: string): unknown {
    switch (shape.kind) {
      case "number":
        return Infinity;
      case "path":
        return value === "-" ? value : resolve(this.#folder, value);
      case "content":
        return this.#content(node, value, shape.isPem, name);
      case "text": {
        const problem = shape.check?.(value);
        return problem === undefined ? value : this.note(node.place, `${name} ${quote(value)} ${problem}`);
      }
      default:
        return value;
    }
  }

  #content(node: JsonNode, file: string, isPem: boolean, name: string): string | undefined {
    try {
      const content = readFileSync(resolve(this.#folder, file), "utf8");
      if (!isPem || content.includes("-----BEGIN")) return content;
      return this.note(
        node.place,
        `${name} ${quote(file)} is no PEM file, for it has no "-----BEGIN"; write the name of one`,
      );
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const text = `${name} ${quote(file)} cannot be read (${code}); write the name of a file, relative to this one or from the root`;
      return this.note(node.place, text);
    }
  }

  #mismatch(node: JsonNode, shape: Shape, name: string): undefined {
    this.note(node.place, `${name} is ${shown(node)}; write ${describeShape(shape)}`);
  }
}

/** Whether a value is of the kind that the shape is, and in its range. */
function takes(shape: Shape, node: JsonNode): boolean {
  switch (node.kind) {
    case "object":
      return shape.kind === "object" || shape.kind === "map";
    case "array":
      return shape.kind === "list";
    case "number":
      return shape.kind === "number" ? isInRange(node.value, shape) : isChoice(shape, node.value);
    case "boolean":
      return shape.kind === "boolean" || isChoice(shape, node.value);
    case "string":
      if (shape.kind === "number") return shape.hasNone === true && node.value === "none";
      return ["text", "path", "content"].includes(shape.kind) || isChoice(shape, node.value);
    default:
      return node.kind === shape.kind;
  }
}

function isInRange(value: number, { min, max = Infinity, isInteger }: Shape & { kind: "number" }): boolean {
  return value >= min && value <= max && (!isInteger || Number.isInteger(value));
}

function isChoice(shape: Shape, value: string | number | boolean): boolean {
  return shape.kind === "choice" && shape.values.includes(value);
}

function shown(node: JsonNode): string {
  if (node.kind === "object") return "an object { … }";
  if (node.kind === "array") return "a list [ … ]";
  return "value" in node ? describeValue(node.value) : "null";
}

function advice(name: string, { fields, hints = {} }: ObjectShape): string {
  // Options of the library stand without quotes in its own hints.
  if (Object.hasOwn(hints, name)) return hints[name].replace(/^use (\w+)$/, 'use "$1"');
  const known = Object.keys(fields);
  const meant = nearest(name, known) ?? nearest(name.toLowerCase(), known);
  return meant === undefined ? `it takes ${known.join(", ")}` : `did you mean ${quote(meant)}?`;
}
