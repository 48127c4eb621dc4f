// JSON laid out anew, token by token. Nothing is parsed into values and written again, since that would change numbers that
// JavaScript cannot hold, and drop names that come twice: who looks at messages wants to see what was sent.

import { type Color, noPaint, type Paint } from "../palette.js";

// One step of the expression for a run of characters: a step for each would exhaust its stack on a long string.
const token = /"[^"\\]*(?:\\.[^"\\]*)*"|[-+.\w]+|[{}[\],:]/g;
const INDENT = "  ";

export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** In one line, without blanks. The text has to be JSON. */
export function compactJson(text: string): string {
  return (text.match(token) ?? []).join("");
}

/** Over several lines, with colours. The text has to be JSON. */
export function prettyJson(text: string, paint: Paint = noPaint): string {
  const tokens = text.match(token) ?? [];
  let depth = 0;
  let result = "";
  const newLine = (): string => `\n${INDENT.repeat(depth)}`;
  tokens.forEach((part, i) => {
    const next = tokens[i + 1];
    if (part === "{" || part === "[") {
      const isEmpty = next === "}" || next === "]";
      depth++;
      result += isEmpty ? part : part + newLine();
    } else if (part === "}" || part === "]") {
      depth--;
      const isEmpty = tokens[i - 1] === "{" || tokens[i - 1] === "[";
      result += isEmpty ? part : newLine() + part;
    } else if (part === ",") result += part + newLine();
    else if (part === ":") result += ": ";
    else result += paint(colorOf(part, next), part);
  });
  return result;
}

function colorOf(part: string, next: string | undefined): Color {
  if (next === ":") return "blue";
  if (part.startsWith('"')) return "green";
  return /^[-\d]/.test(part) ? "yellow" : "magenta";
}
