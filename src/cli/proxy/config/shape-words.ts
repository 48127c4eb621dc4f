// Shapes in words, for messages and for the page.

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
      return shape.min > 0
        ? `a list [ … ], with at least ${shape.min}, of ${describeShape(shape.of)}`
        : `a list [ … ] of ${describeShape(shape.of)}`;
    case "map":
      return shape.what;
    case "null":
      return "null";
    case "object":
      return `${shape.called}, { ${namesOf(shape.fields)} }`;
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

const MAX_NAMES = 4;

function namesOf(fields: object): string {
  const names = Object.keys(fields);
  return names.length <= MAX_NAMES ? names.join(", ") : `${names.slice(0, MAX_NAMES).join(", ")}, …`;
}

function joined(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
