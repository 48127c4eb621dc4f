// The Forwarded header (RFC 7239 §4): elements of pairs, one element for each proxy on the way.

import { isToken } from "./field.js";

/** Pairs of one element, their names in lower case. */
export type ForwardedElement = ReadonlyMap<string, string>;

/** The elements, first the one of the proxy next to the client; undefined for what does not follow the grammar. */
export function parseForwarded(value: string): ForwardedElement[] | undefined {
  const pair =
    /\s*([!#$%&'*+\-.^_`|~\dA-Za-z]+)=(?:([!#$%&'*+\-.^_`|~\dA-Za-z]+)|"((?:[^"\\]|\\.)*)")\s*([;,]|$)/y;
  const elements: ForwardedElement[] = [];
  let element = new Map<string, string>();
  if (value.trim() === "") return elements;
  while (pair.lastIndex < value.length) {
    const match = pair.exec(value);
    if (match === null) return undefined;
    const [, name, token, quoted, end] = match;
    const key = name.toLowerCase();
    // RFC 7239 §4: "Each parameter MUST NOT occur more than once per field-value" element.
    if (element.has(key)) return undefined;
    element.set(key, token ?? quoted.replace(/\\(.)/g, "$1"));
    if (end === ";") continue;
    elements.push(element);
    element = new Map();
    if (end === "") return elements;
  }
  return undefined;
}

/** One element. Values that are no tokens are quoted. */
export function formatForwarded(pairs: Readonly<Record<string, string | undefined>>): string {
  return Object.entries(pairs)
    .filter((pair): pair is [string, string] => pair[1] !== undefined)
    .map(([name, value]) => `${name}=${isToken(value) ? value : `"${value.replace(/["\\]/g, "\\$&")}"`}`)
    .join(";");
}
