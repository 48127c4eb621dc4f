// Wire vectors: the notation for bytes, and the Markdown that holds them. test/vectors/README.md explains both.

import { readFileSync } from "node:fs";
import { basename } from "node:path";

export interface Line {
  /** The line of the file, from 1. */
  number: number;
  text: string;
}

/** One section of a vector file. */
export interface Vector {
  name: string;
  /** "lengths.md:12", for messages. */
  place: string;
  settings: Map<string, string>;
  /** What the endpoint's own application does first. */
  actions: Line[];
  received: Uint8Array;
  /** Offsets in `received` at which a written line ends. */
  lineEnds: number[];
  events: Line[];
  sent: Uint8Array;
}

/** The bytes that the notation stands for. Throws with the offending text. */
export function parseBytes(notation: string): Uint8Array {
  const cursor = { text: notation, at: 0 };
  const bytes = parseItems(cursor);
  if (cursor.at < notation.length) throw new Error(`"${notation.slice(cursor.at)}" is no byte notation`);
  return Uint8Array.from(bytes);
}

interface Cursor {
  text: string;
  at: number;
}

function accept(cursor: Cursor, pattern: RegExp): RegExpExecArray | null {
  const sticky = new RegExp(pattern.source, "y");
  sticky.lastIndex = cursor.at;
  const match = sticky.exec(cursor.text);
  if (match !== null) cursor.at = sticky.lastIndex;
  return match;
}

function expect(cursor: Cursor, pattern: RegExp): string {
  const match = accept(cursor, pattern);
  if (match === null)
    throw new Error(`"${cursor.text.slice(cursor.at)}" does not go on with ${pattern.source}`);
  return match[1] ?? match[0];
}

function parseItems(cursor: Cursor): number[] {
  const bytes: number[] = [];
  for (;;) {
    if (accept(cursor, /(?:\s|#[^\n]*)+/)) continue;
    const item = parseItem(cursor);
    if (item === undefined) return bytes;
    for (const byte of item) bytes.push(byte);
  }
}

function parseItem(cursor: Cursor): Iterable<number> | undefined {
  const pair = accept(cursor, /[0-9a-f]{2}(?![0-9a-z])/);
  if (pair !== null) return [Number.parseInt(pair[0], 16)];
  const text = accept(cursor, /"(?:[^"\\]|\\.)*"/);
  if (text !== null) return new TextEncoder().encode(JSON.parse(text[0]));
  if (accept(cursor, /repeat\(/)) {
    const unit = parseItems(cursor);
    const count = Number(expect(cursor, /,\s*(\d+)\s*\)/));
    return Array.from({ length: unit.length * count }, (_, i) => unit[i % unit.length]);
  }
  if (accept(cursor, /masked\(/)) {
    const key = parseItems(cursor);
    if (key.length !== 4) throw new Error(`a masking key has 4 bytes, not ${key.length}`);
    expect(cursor, /,/);
    const payload = parseItems(cursor);
    expect(cursor, /\)/);
    return payload.map((byte, i) => byte ^ key[i % 4]);
  }
  return undefined;
}

/** The vectors of one file, in order. */
export function readVectors(path: string): Vector[] {
  const lines = readFileSync(path, "utf8").split("\n");
  const vectors: Vector[] = [];
  for (let i = 0; i < lines.length; i++) {
    const name = /^## (.+)$/.exec(lines[i])?.[1];
    if (name === undefined) continue;
    const length = lines.slice(i + 1).findIndex((line) => line.startsWith("## "));
    const section = lines.slice(i + 1, length === -1 ? undefined : i + 1 + length);
    const place = `${basename(path)}:${i + 1}`;
    try {
      vectors.push(parseVector(name, place, numberLines(section, i + 2)));
    } catch (cause) {
      throw new Error(`${place}: ${(cause as Error).message}`, { cause });
    }
  }
  return vectors;
}

function numberLines(lines: string[], first: number): Line[] {
  return lines.map((text, i) => ({ number: first + i, text }));
}

function parseVector(name: string, place: string, lines: Line[]): Vector {
  const settings = new Map<string, string>();
  const blocks = new Map<string, Line[]>();
  let block: Line[] | undefined;
  for (const line of lines) {
    const fence = /^```(.*)$/.exec(line.text)?.[1];
    if (block !== undefined && fence === undefined) {
      block.push(line);
    } else if (fence !== undefined) {
      if (block === undefined && blocks.has(fence)) throw new Error(`there are two blocks named "${fence}"`);
      block = block === undefined ? [] : undefined;
      if (block !== undefined) blocks.set(fence, block);
    } else {
      const setting = /^- ([A-Za-z]+): (.+)$/.exec(line.text);
      if (setting !== null) settings.set(setting[1], setting[2]);
    }
  }
  if (block !== undefined) throw new Error("a block is not closed");
  for (const key of [...blocks.keys()].filter((key) => !["do", "receive", "events", "send"].includes(key))) {
    throw new Error(`there is no block named "${key}"`);
  }
  const { bytes, lineEnds } = joinLines(blocks.get("receive") ?? []);
  return {
    name,
    place,
    settings,
    actions: (blocks.get("do") ?? []).filter(isWritten),
    received: bytes,
    lineEnds,
    events: (blocks.get("events") ?? []).filter(isWritten),
    sent: joinLines(blocks.get("send") ?? []).bytes,
  };
}

function isWritten(line: Line): boolean {
  return line.text.trim() !== "" && !line.text.trim().startsWith("#");
}

function joinLines(lines: Line[]): { bytes: Uint8Array; lineEnds: number[] } {
  const parts = lines.map((line) => parseBytes(line.text));
  const lineEnds: number[] = [];
  let length = 0;
  for (const part of parts) {
    length += part.length;
    lineEnds.push(length);
  }
  const bytes = new Uint8Array(length);
  parts.forEach((part, i) => {
    bytes.set(part, lineEnds[i] - part.length);
  });
  return { bytes, lineEnds };
}
