// Names that mean nothing where they stand, and what to do in their place.

import { type Told, tell } from "../../../proxy/index.js";
import { nearest } from "../../nearest.js";
import { fileWords } from "./file-words.js";
import type { JsonNode } from "./json-document.js";
import { quote } from "./mistakes.js";
import { givenValue, type ObjectShape } from "./shape.js";

/** What to do in place of a name that means nothing. */
export interface Advice {
  readonly text: string;
  /** The names that it speaks of. */
  readonly meant: readonly string[];
}

export function adviceFor(name: string, node: JsonNode, { fields, hints = {} }: ObjectShape): Advice {
  const known = Object.keys(fields);
  if (Object.hasOwn(hints, name)) return hinted(hints[name], node);
  const meant = nearest(name, known) ?? nearest(name.toLowerCase(), known);
  if (meant === undefined) return { text: `it takes ${known.join(", ")}`, meant: [] };
  return { text: `did you mean ${quote(meant)}?`, meant: [meant] };
}

function hinted(hint: Told, node: JsonNode): Advice {
  const meant: string[] = [];
  const text = tell(hint, {
    ...fileWords,
    option: (name) => {
      meant.push(name);
      return fileWords.option(name);
    },
    setting: (name, value) => {
      meant.push(name);
      return fileWords.setting(name, value);
    },
  });
  const value = node.kind === "string" ? node.value : "NAME";
  return { text: text.replace(quote(givenValue), () => quote(value)), meant };
}
