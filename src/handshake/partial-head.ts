// What a request that is refused has said of itself, as far as that can be read: for a log, and for nothing that decides. Of a
// head that is cut, or no head at all, the lines before the first one that is no header count.

import { isToken } from "./field.js";
import { HeaderMap } from "./header-map.js";
import { decodeLatin1 } from "./latin1.js";

export interface PartialHead {
  /** Empty where there is no request line. */
  readonly method: string;
  readonly target: string;
  readonly headers: HeaderMap;
}

const requestLine = /^([!#$%&'*+.^_`|~0-9a-z-]{1,32}) ([\x21-\x7e\x80-\xff]+) HTTP\/\d\.\d$/i;

/** Reads `bytes[start, end)`. Never throws. */
export function readPartialHead(bytes: Uint8Array, start = 0, end = bytes.length): PartialHead {
  const lines = decodeLatin1(bytes, start, end).split(/\r?\n/);
  // The last line has no end: nobody knows what would have followed.
  lines.pop();
  // RFC 9112 §2.2: empty lines may come before a request line.
  const first = lines.findIndex((line) => line !== "");
  const [, method = "", target = ""] = requestLine.exec(lines[first] ?? "") ?? [];
  const headers: [string, string][] = [];
  for (const line of method === "" ? [] : lines.slice(first + 1)) {
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(0, colon));
    if (!isToken(name)) break;
    headers.push([name, line.slice(colon + 1).trim()]);
  }
  return { method, target, headers: new HeaderMap(headers) };
}
