// Shapes in words, for messages and for the page. An object is shown as JSON that can be written so.

import { json } from "./file-words.js";
import type { Shape } from "./shape.js";

/** "a number from 1 to 1000", "true or false" */
export function describeShape(shape: Shape): string {
  switch (shape.kind) {
    case "text":
      return shape.what;
    case "number":
      return describeNumber(shape);
    case "boolean":
      return "true or false";
    case "choice":
      return joined(shape.values.map((value) => JSON.stringify(value)));
    case "content":
      return shape.holds === "a passphrase" ? "the name of a file" : "the name of a PEM file";
    case "path":
      return "the name of a file";
    case "list":
      return describeList(shape);
    case "map":
      return shape.what;
    case "null":
      return "null";
    case "object":
      return `an object such as ${json(shape.example)}`;
    case "either":
      return joined(alternatives(shape.of));
  }
}

/** A list of what may stand alone needs no further words. */
function alternatives(shapes: readonly Shape[]): string[] {
  const last = shapes.at(-1);
  const others = shapes.slice(0, -1).map(describeShape);
  const isListOfThem = last?.kind === "list" && describeShape(last.of) === joined(others);
  return isListOfThem ? [...others, "a list [ … ] of such"] : shapes.map(describeShape);
}

function describeNumber({ min, max, isInteger, hasNone }: Shape & { kind: "number" }): string {
  const what = isInteger ? "a whole number" : "a number";
  const range = max === undefined ? `of at least ${min}` : `from ${min} to ${max}`;
  return `${what} ${range}${hasNone === true ? ' or "none"' : ""}`;
}

function describeList({ of, min }: Shape & { kind: "list" }): string {
  if (of.kind === "object") return `a list such as ${json([of.example])}`;
  const range = min > 0 ? `, with at least ${min},` : "";
  return `a list [ … ]${range} of ${describeShape(of)}`;
}

function joined(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
