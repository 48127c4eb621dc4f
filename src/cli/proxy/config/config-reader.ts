// The tree of a config file against the table of shapes: values come out, and mistakes with their places.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describeValue } from "../../../protocol/index.js";
import { certificateProblem, keyProblem, type Mistake, type Told, tell } from "../../../proxy/index.js";
import { unreadFileProblem } from "../../unread-file.js";
import { fileWords, placeInFile } from "./file-words.js";
import type { JsonMember, JsonNode } from "./json-document.js";
import { type Place, type PlacedMistake, quote, top } from "./mistakes.js";
import { adviceFor } from "./name-advice.js";
import { numberMeant, secondsWarning } from "./number-words.js";
import { Origins } from "./origins.js";
import type { Holding, ObjectShape, Shape } from "./shape.js";
import { describeShape } from "./shape-words.js";

type ObjectNode = JsonNode & { kind: "object" };

export class ConfigReader {
  readonly mistakes: PlacedMistake[] = [];
  /** What is right, and may not be what was meant. */
  readonly warnings: PlacedMistake[] = [];
  readonly #folder: string;
  readonly #origins = new Origins();
  /** What has been wrong so far, that of the JSON included. */
  #wrongs = 0;

  /** Names of files are relative to the folder. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Whether something has been wrong, with the JSON of a value too. */
  get hasMistakes(): boolean {
    return this.#wrongs > 0;
  }

  /** What the value says, as far as it is right; undefined, and noted, where nothing is. `name` is what it is called. */
  read(node: JsonNode, shape: Shape, name: string): unknown {
    const { kind } = node;
    if (kind === "broken") {
      this.#wrongs++;
      return undefined;
    }
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
    if (kind === "number" && shape.kind === "number") this.#doubt(node.place, node.value, shape, name);
    return kind === "number" || kind === "boolean" ? node.value : null;
  }

  note(place: Place, text: string): undefined {
    this.#wrongs++;
    this.mistakes.push({ place, text });
  }

  /** Notes what is right, and may not be what was meant. */
  warn(place: Place, text: string): void {
    this.warnings.push({ place, text });
  }

  /** Notes what the proxy says of an object that was read. */
  noteIn(value: object, { place, told }: Mistake): void {
    this.note(this.placeOf(value, placeInFile(place)), tell(told, fileWords));
  }

  /** Whether something is wrong with this member of an object that was read, or with what is in it; without a name, with any. */
  isBroken(value: object, name?: string): boolean {
    const broken = this.#origins.brokenIn(value);
    return name === undefined ? broken.length > 0 : broken.includes(name);
  }

  /** Whether it stands in the file, right or wrong. */
  has(value: object, name: string): boolean {
    return this.#origins.has(value, name);
  }

  /** The items of a list as they stand in the file; undefined for those that could not be read. */
  itemsOf<Item>(list: readonly Item[]): readonly (Item | undefined)[] {
    return this.#origins.membersOf(list) as readonly (Item | undefined)[];
  }

  /** Where this object, or a value in it, was read: "to[1].weight" leads from a route to a number. */
  placeOf(value: object, path = ""): Place {
    return this.#origins.placeOf(value, path) ?? top;
  }

  /** What is right of it. */
  #object(node: ObjectNode, shape: ObjectShape): object {
    const value: Record<string, unknown> = {};
    this.#origins.add(value, node.place);
    for (const member of node.members) this.#member(value, member, shape);
    for (const [name, { isRequired }] of Object.entries(shape.fields)) {
      const isThere = this.has(value, name) || this.isBroken(value, name);
      if (isRequired !== true || isThere) continue;
      this.#origins.addBroken(value, name);
      const example = fileWords.setting(name, shape.example[name]);
      this.note(node.place, `${shape.called} needs ${quote(name)}; write ${example}`);
    }
    const broken = this.#origins.brokenIn(value).map((name) => [name, null]);
    for (const [name, text] of shape.check?.({ ...value, ...Object.fromEntries(broken) }) ?? []) {
      this.note(this.placeOf(value, name), text);
      this.#origins.addBroken(value, name);
    }
    return value;
  }

  #member(value: Record<string, unknown>, { name, place, node }: JsonMember, shape: ObjectShape): void {
    if (!Object.hasOwn(shape.fields, name)) {
      const { text, meant } = adviceFor(name, node, shape);
      this.note(place, `${quote(name)} means nothing in ${shape.called}; ${text}`);
      // Who is told to use others in its place has meant these: that they are missing needs not be said.
      for (const each of [name, ...meant]) this.#origins.addBroken(value, each);
      return;
    }
    const before = this.#wrongs;
    const read = this.read(node, shape.fields[name].shape, name);
    this.#origins.addMember(value, name, { place: node.place, value: read });
    if (this.#wrongs > before) this.#origins.addBroken(value, name);
    if (read !== undefined) value[name] = read;
  }

  #map(node: ObjectNode, { of, checkName }: Shape & { kind: "map" }): object {
    const entries = node.members.flatMap(({ name, place, node: given }) => {
      const problem = checkName(name);
      if (problem !== undefined) this.note(place, `${quote(name)} ${tell(problem, fileWords)}`);
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
    const values: unknown[] = [];
    this.#origins.add(values, node.place);
    for (const [index, item] of items.entries()) {
      const before = this.#wrongs;
      const value = this.read(item, of, name);
      this.#origins.addMember(values, String(index), { place: item.place, value });
      if (this.#wrongs > before) this.#origins.addBroken(values, String(index));
      if (value !== undefined) values.push(value);
    }
    // Of a list whose items are all mistaken, nobody needs to hear that it is empty.
    return values.length === 0 && items.length > 0 ? undefined : values;
  }

  #text(node: JsonNode, value: string, shape: Shape, name: string): unknown {
    switch (shape.kind) {
      case "number":
        return Infinity;
      case "path": {
        const file = value === "-" ? value : resolve(this.#folder, value);
        const problem = file === "-" ? undefined : shape.check?.(file);
        return problem === undefined ? file : this.#wrongText(node, value, problem, name);
      }
      case "content":
        return this.#content(node, value, shape.holds, name);
      case "text": {
        const shown = shape.isShown?.(value) === false ? undefined : value;
        const problem = shape.check?.(value);
        if (problem !== undefined) return this.#wrongText(node, shown, problem, name);
        const warning = shape.warning?.(value, name);
        if (warning !== undefined) this.warnings.push(mistakenText(node, shown, warning, name));
        return value;
      }
      default:
        return value;
    }
  }

  #wrongText(node: JsonNode, shown: string | undefined, problem: Told, name: string): undefined {
    const { place, text } = mistakenText(node, shown, problem, name);
    return this.note(place, text);
  }

  #content(node: JsonNode, file: string, holds: Holding, name: string): string | undefined {
    let content: string;
    try {
      content = readFileSync(resolve(this.#folder, file), "utf8");
    } catch (error) {
      const path = resolve(this.#folder, file);
      const problem = `${unreadFileProblem(path, error)}; write the name of a file, relative to this one or from the root`;
      return this.#wrongText(node, file, problem, name);
    }
    const problem = contentProblem(content, holds);
    return problem === undefined ? content : this.#wrongText(node, file, problem, name);
  }

  /** Zero is no time at all in any unit. */
  #doubt(place: Place, value: number, { secondsBelow = 0 }: Shape & { kind: "number" }, name: string): void {
    if (value > 0 && value < secondsBelow) this.warn(place, `${name} ${secondsWarning(value)}`);
  }

  #mismatch(node: JsonNode, shape: Shape, name: string): undefined {
    const advice = numberFor(node, shape, name) ?? describeShape(shape);
    this.note(node.place, `${name} is ${kindOf(node)}; write ${advice}`);
  }
}

/** `value` is what is shown of it. */
function mistakenText(
  { place }: JsonNode,
  value: string | undefined,
  problem: Told,
  name: string,
): PlacedMistake {
  const called = value === undefined ? name : `${name} ${quote(value)}`;
  return { place, text: `${called} ${tell(problem, fileWords)}` };
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

/** The number to write in the place of a text; undefined where none is meant, or none fits. */
function numberFor(node: JsonNode, shape: Shape, name: string): number | undefined {
  const value = node.kind === "string" ? numberMeant(node.value, name) : undefined;
  if (value === undefined) return undefined;
  const number: JsonNode = { kind: "number", place: node.place, value };
  const shapes = shape.kind === "either" ? shape.of : [shape];
  return shapes.some((each) => takes(each, number)) ? value : undefined;
}

function kindOf(node: JsonNode): string {
  if (node.kind === "object") return "an object { … }";
  if (node.kind === "array") return "a list [ … ]";
  return "value" in node ? describeValue(node.value) : "null";
}

function contentProblem(content: string, holds: Holding): string | undefined {
  if (holds === "a passphrase") return undefined;
  const advice = `write the name of the file with ${files[holds]}`;
  if (!content.includes("-----BEGIN")) return `is no PEM file, for it has no "-----BEGIN"; ${advice}`;
  const problem = (holds === "a key" ? keyProblem : certificateProblem)(content);
  return problem && `${problem}; ${advice}`;
}

const files = {
  "a certificate": "the certificate",
  "a key": "the key of the certificate",
  "an authority": "the certificate of the authority",
} as const;
