// A recorded conversation: one JSON object on each line, as the proxy's inspector saves it. Fragments become messages again.

import { decodeUtf8, isRecord, isUtf8 } from "../../protocol/index.js";
import { parseBase64 } from "../byte-text.js";
import { UsageError } from "../command.js";
import { visibleLine } from "../visible-text.js";

export type Side = "client" | "upstream";

/** A message that one side sent. */
export interface Spoken {
  /** Where it begins in the file, from 1. */
  readonly line: number;
  /** Milliseconds since the first line. */
  readonly atMs: number;
  readonly data: string | Uint8Array;
  /** Why it is not known as it was. */
  readonly fault: string | undefined;
}

export interface RecordedClose {
  readonly line: number;
  readonly code: number | undefined;
  readonly reason: string;
}

export interface Conversation {
  readonly spoken: Readonly<Record<Side, readonly Spoken[]>>;
  /** How it ended, by who closed first. */
  readonly close: (RecordedClose & { readonly from: Side }) | undefined;
  /** Milliseconds from the first line to the last. */
  readonly durationMs: number;
}

const types = ["text", "binary", "continuation", "ping", "pong", "close"] as const;

interface Line {
  readonly t: number;
  readonly from: Side;
  readonly type: (typeof types)[number];
  readonly isFinal: boolean;
  readonly bytes: Uint8Array;
  readonly code: number | undefined;
  readonly fault: string | undefined;
}

/** The message whose end has not come. */
interface Begun {
  readonly line: number;
  readonly atMs: number;
  readonly isText: boolean;
  readonly parts: Uint8Array[];
  fault: string | undefined;
}

/** Throws `UsageError` for what is no recording, and for one with gaps. `name` is that of the file. */
export function parseConversation(text: string, name: string): Conversation {
  const reader = new ConversationReader(name);
  text.split("\n").forEach((line, at) => {
    if (line.trim() !== "") reader.read(line, at + 1);
  });
  return reader.finish();
}

class ConversationReader {
  readonly #name: string;
  readonly #spoken: Record<Side, Spoken[]> = { client: [], upstream: [] };
  readonly #begun: Partial<Record<Side, Begun>> = {};
  #close: Conversation["close"];
  #firstAt: number | undefined;
  #lastAt = 0;

  constructor(name: string) {
    this.#name = name;
  }

  read(text: string, number: number): void {
    const line = this.#parse(text, number);
    this.#firstAt ??= line.t;
    this.#lastAt = Math.max(this.#lastAt, line.t);
    const { type, from } = line;
    if (type === "ping" || type === "pong") return;
    if (type === "close") {
      const { code, bytes } = line;
      this.#close ??= { from, line: number, code, reason: decodeUtf8(bytes, 0, bytes.length) };
    } else this.#readPart(line, number);
  }

  finish(): Conversation {
    if (this.#firstAt === undefined) throw new UsageError(`${this.#name} has no line`);
    for (const begun of Object.values(this.#begun))
      throw this.#error(begun.line, "the message that begins here has no end");
    return { spoken: this.#spoken, close: this.#close, durationMs: this.#lastAt - this.#firstAt };
  }

  #readPart({ t, from, type, isFinal, bytes, fault }: Line, line: number): void {
    const isNew = type !== "continuation";
    const before = this.#begun[from];
    if (isNew && before !== undefined)
      throw this.#error(before.line, "the message that begins here has no end");
    if (!isNew && before === undefined)
      throw this.#error(
        line,
        "the message that goes on here has no beginning: record from the first frame on",
      );
    const begun = before ?? {
      line,
      atMs: t - (this.#firstAt ?? t),
      isText: type === "text",
      parts: [],
      fault: undefined,
    };
    begun.parts.push(bytes);
    begun.fault ??= fault;
    if (!isFinal) {
      this.#begun[from] = begun;
      return;
    }
    delete this.#begun[from];
    this.#spoken[from].push(messageOf(begun));
  }

  #parse(text: string, number: number): Line {
    let given: unknown;
    try {
      given = JSON.parse(text);
    } catch {
      throw this.#error(number, "is no JSON; a recording has one JSON object on each line");
    }
    if (!isRecord(given)) throw this.#error(number, "is no JSON object");
    const { t, from, type, fin, data, base64, truncated, undecoded, code, skipped } = given as Record<
      string,
      unknown
    >;
    if (skipped !== undefined)
      throw this.#error(
        number,
        `${String(skipped)} frames are missing here, because the page that recorded was too slow for them`,
      );
    if (typeof t !== "number" || !Number.isFinite(t))
      throw this.#error(number, "has no t, the time in milliseconds");
    if (from !== "client" && from !== "upstream")
      throw this.#error(number, 'has no from; it is "client" or "upstream"');
    const kind = types.find((each) => each === type);
    if (kind === undefined)
      throw this.#error(number, `has no type that is known; there are ${types.join(", ")}`);
    return {
      t,
      from,
      type: kind,
      isFinal: fin !== false,
      bytes: this.#bytesOf(data, base64, number),
      code: typeof code === "number" ? code : undefined,
      fault: faultOf(truncated, undecoded),
    };
  }

  #bytesOf(data: unknown, base64: unknown, number: number): Uint8Array {
    if (typeof data === "string") return Buffer.from(data);
    if (base64 === undefined) return new Uint8Array(0);
    const bytes = typeof base64 === "string" ? parseBase64(base64) : undefined;
    if (bytes === undefined) throw this.#error(number, "has a base64 that is none");
    return bytes;
  }

  #error(line: number, what: string): UsageError {
    return new UsageError(`${this.#name} line ${line}: ${what}`);
  }
}

function faultOf(truncated: unknown, undecoded: unknown): string | undefined {
  if (undecoded !== undefined)
    return `the message was recorded compressed (${visibleLine(String(undecoded))})`;
  return truncated === true ? "only the first 4 KiB of the message were recorded" : undefined;
}

function messageOf({ line, atMs, isText, parts, fault }: Begun): Spoken {
  const bytes = parts.length === 1 ? parts[0] : Buffer.concat(parts);
  if (!isText || fault !== undefined) return { line, atMs, data: bytes, fault };
  if (!isUtf8(bytes, 0, bytes.length))
    return { line, atMs, data: bytes, fault: "the text is not valid UTF-8" };
  return { line, atMs, data: decodeUtf8(bytes, 0, bytes.length), fault };
}

/** Throws `UsageError` unless all messages of this side are known as they were. */
export function requireWhole({ spoken }: Conversation, side: Side, name: string): void {
  const broken = spoken[side].find(({ fault }) => fault !== undefined);
  if (broken === undefined) return;
  const consequence = side === "client" ? "it cannot be sent again" : "nothing can be compared with it";
  throw new UsageError(`${name} line ${broken.line}: ${broken.fault}, so ${consequence}`);
}
