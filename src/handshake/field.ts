// What may stand in a header: RFC 9110 §5.6.2 (token) and §5.5 (field value), decided by one table lookup per
// character. Characters above U+00FF belong to no class, because a head is latin1 on the wire.

import { describeValue } from "../protocol/index.js";

const TOKEN = 1;
const VALUE = 2;

const classes = classify();

function classify(): Uint8Array {
  const table = new Uint8Array(256);
  for (let code = 0x20; code <= 0xff; code++) table[code] = VALUE;
  table[0x09] = VALUE;
  table[0x7f] = 0;
  const token = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  for (let i = 0; i < token.length; i++) table[token.charCodeAt(i)] |= TOKEN;
  return table;
}

/** Whether the character may stand in a token. */
export function isTokenCode(code: number): boolean {
  return (classes[code] & TOKEN) !== 0;
}

/** Whether the character may stand in a field value: visible, space, tab, or above 0x7F. */
export function isValueCode(code: number): boolean {
  return (classes[code] & VALUE) !== 0;
}

/** Whether the character is optional whitespace, a space or a tab. */
export function isBlankCode(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** Whether the text is a token: not empty, no separators, no controls, ASCII. */
export function isToken(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (!isTokenCode(text.charCodeAt(i))) return false;
  }
  return text.length > 0;
}

/** Whether the text can be sent as a field value: no control but the tab, nothing above U+00FF. */
export function isFieldValue(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (!isValueCode(text.charCodeAt(i))) return false;
  }
  return true;
}

/** Removes the optional whitespace around a value, and no other kind of whitespace. */
export function trimBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlankCode(text.charCodeAt(start))) start++;
  while (end > start && isBlankCode(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

/** The members of a comma-separated list without quoted strings; empty members do not count. */
export function splitList(value: string): string[] {
  // RFC 9110 §5.6.1.2: "A recipient MUST parse and ignore a reasonable number of empty list elements".
  return value
    .split(",")
    .map(trimBlanks)
    .filter((member) => member !== "");
}

/** Whether the list holds the token, in any case. `token` is given in lower case. */
export function hasToken(value: string | undefined, token: string): boolean {
  if (value === undefined) return false;
  // Nearly always the header holds this token and nothing else.
  if (value === token) return true;
  if (!value.includes(",")) return trimBlanks(value).toLowerCase() === token;
  return splitList(value).some((member) => member.toLowerCase() === token);
}

/**
 * What a head says, for an error message: as `describeValue` shows it, but in printable ASCII. A head has a reason for nothing
 * else, and a no-break space that breaks a rule would look like a space. Arguments, in any language, are for `describeValue`.
 */
export function quote(text: string): string {
  return describeValue(text).replace(/[^\x20-\x7e\u2026]/g, escapeUnit);
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
