// Where the body of an upstream's answer ends (RFC 9112 §6.3), found in the bytes as they pass.

import type { HeaderList, ResponseHead } from "../handshake/index.js";
import { ProxyError } from "./errors.js";

export interface ResponseBody {
  /** Takes note of `bytes[start, end)` and answers where the body ends in it, which is `end` while it goes on. */
  scan(bytes: Uint8Array, start: number, end: number): number;
  /** Its last byte has passed. */
  readonly isDone: boolean;
  /** What passes is no body of its kind. */
  readonly isBroken: boolean;
  /** It ends where the connection does. */
  readonly isOpenEnded: boolean;
}

export interface Framing {
  readonly body: ResponseBody;
  /** What says to the client where the body ends. */
  readonly headers: HeaderList;
}

/** Throws `ProxyError` for a body that could end in two places (RFC 9112 §6.3). */
export function framingOf({ status, headers }: ResponseHead): Framing {
  // RFC 9110 §8.6: "A server MUST NOT send a Content-Length header field in any response with a status code of 1xx
  // (Informational) or 204 (No Content)."
  if (status === 204) return { body: new CountedBody(0), headers: [] };
  // RFC 9110 §15.3.6: "a server MUST NOT generate content in a 205 response".
  if (status === 205) return { body: new CountedBody(0), headers: [["Content-Length", "0"]] };
  const coding = headers.get("transfer-encoding");
  const length = singleLength(headers.getAll("content-length"));
  if (coding !== undefined && (length !== undefined || coding.toLowerCase() !== "chunked")) {
    const text = "the upstream's answer says in two ways, or in none, where it ends";
    throw new ProxyError("UPSTREAM_INVALID", text);
  }
  const told: HeaderList = length === undefined ? [] : [["Content-Length", length]];
  if (status === 304) return { body: new CountedBody(0), headers: told };
  if (length !== undefined) return { body: new CountedBody(Number(length)), headers: told };
  const body = coding === undefined ? new OpenEndedBody() : new ChunkedBody();
  return { body, headers: [["Transfer-Encoding", "chunked"]] };
}

/** What is passed on beside what says where the body ends. */
export function withoutLength(headers: HeaderList): HeaderList {
  return headers.filter(([name]) => name.toLowerCase() !== "content-length");
}

function singleLength(lengths: readonly string[]): string | undefined {
  if (lengths.length === 0) return undefined;
  if (lengths.length === 1 && /^\d{1,15}$/.test(lengths[0])) return lengths[0];
  throw new ProxyError("UPSTREAM_INVALID", "the upstream's answer has no single Content-Length");
}

class CountedBody implements ResponseBody {
  readonly isBroken = false;
  readonly isOpenEnded = false;
  #left: number;

  constructor(byteLength: number) {
    this.#left = byteLength;
  }

  get isDone(): boolean {
    return this.#left === 0;
  }

  scan(_bytes: Uint8Array, start: number, end: number): number {
    const count = Math.min(end - start, this.#left);
    this.#left -= count;
    return start + count;
  }
}

class OpenEndedBody implements ResponseBody {
  readonly isDone = false;
  readonly isBroken = false;
  readonly isOpenEnded = true;

  scan(_bytes: Uint8Array, _start: number, end: number): number {
    return end;
  }
}

const [CR, LF, TAB, SPACE, SEMICOLON] = [0x0d, 0x0a, 0x09, 0x20, 0x3b];
/** 2^52 bytes: what a number counts exactly. */
const MAX_SIZE_DIGITS = 13;

type ChunkState =
  | "size"
  | "extension"
  | "size-end"
  | "data"
  | "data-cr"
  | "data-lf"
  | "trailer-start"
  | "trailer"
  | "end-lf"
  | "done"
  | "broken";

/** RFC 9112 §7.1. Stricter than §2.2: each line ends with CRLF, so that nobody finds another end than is found here. */
export class ChunkedBody implements ResponseBody {
  readonly isOpenEnded = false;
  #state: ChunkState = "size";
  #digits = 0;
  #left = 0;

  get isDone(): boolean {
    return this.#state === "done";
  }

  get isBroken(): boolean {
    return this.#state === "broken";
  }

  scan(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    while (at < end && this.#state !== "done" && this.#state !== "broken") {
      if (this.#state === "data") {
        const count = Math.min(end - at, this.#left);
        this.#left -= count;
        at += count;
        if (this.#left === 0) this.#state = "data-cr";
      } else this.#state = this.#after(this.#state, bytes[at++]);
    }
    return at;
  }

  #after(state: ChunkState, byte: number): ChunkState {
    switch (state) {
      case "size":
        return this.#afterSize(byte);
      case "extension":
        if (byte === CR) return "size-end";
        return byte === LF ? "broken" : "extension";
      case "size-end":
        if (byte !== LF) return "broken";
        this.#digits = 0;
        return this.#left === 0 ? "trailer-start" : "data";
      case "data-cr":
        return byte === CR ? "data-lf" : "broken";
      case "data-lf":
        return byte === LF ? "size" : "broken";
      case "trailer-start":
        return byte === CR ? "end-lf" : "trailer";
      case "trailer":
        return byte === LF ? "trailer-start" : "trailer";
      default:
        return byte === LF ? "done" : "broken";
    }
  }

  #afterSize(byte: number): ChunkState {
    const digit = digitOf(byte);
    if (digit >= 0) {
      this.#left = this.#left * 16 + digit;
      return ++this.#digits > MAX_SIZE_DIGITS ? "broken" : "size";
    }
    if (this.#digits === 0) return "broken";
    if (byte === CR) return "size-end";
    return byte === SEMICOLON || byte === SPACE || byte === TAB ? "extension" : "broken";
  }
}

/** Of a hexadecimal digit; -1 for what is none. */
function digitOf(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
