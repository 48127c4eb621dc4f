// Everybody who watches one open WebSocket. It is tapped once, however many they are, and not at all when there is nobody.

import { type DeflateParameters, EXTENSION_NAME, verifyDeflate } from "../../deflate/index.js";
import { parseExtensions } from "../../handshake/index.js";
import { zlibEngine } from "../../host/index.js";
import { utf8Length } from "../../protocol/index.js";
import type { Passed } from "../exchange.js";
import type { PassageWatcher } from "../passage-watcher.js";
import { type FrameRecord, type FrameSink, MAX_KEPT_BYTES, payloadOf, timestamp } from "./frame-record.js";
import { FrameTap } from "./frame-tap.js";
import { TapInflater } from "./tap-inflater.js";

export class TunnelTap implements FrameSink, PassageWatcher {
  readonly up: FrameTap;
  readonly down: FrameTap;
  readonly #sinks = new Set<FrameSink>();

  /** `extensions`: what the two sides agreed to. `passed`: what has passed unwatched. */
  constructor(extensions: string | undefined, passed: Passed) {
    const parameters = agreedDeflate(extensions);
    const engine = zlibEngine();
    const inflaterOf = (from: FrameRecord["from"], bytes: number): TapInflater | undefined =>
      parameters && engine && new TapInflater(from, parameters, engine, bytes === 0);
    this.up = new FrameTap("client", this, inflaterOf("client", passed.bytesReceived));
    this.down = new FrameTap("upstream", this, inflaterOf("upstream", passed.bytesSent));
  }

  add(sink: FrameSink): void {
    this.#sinks.add(sink);
  }

  /** Answers whether somebody is left. */
  delete(sink: FrameSink): boolean {
    this.#sinks.delete(sink);
    return this.#sinks.size > 0;
  }

  dispose(): void {
    this.up.dispose();
    this.down.dispose();
  }

  get hasRoom(): boolean {
    for (const { hasRoom } of this.#sinks) if (hasRoom) return true;
    return false;
  }

  frame(record: FrameRecord): void {
    for (const sink of this.#sinks) {
      if (sink.hasRoom) sink.frame(record);
      else sink.skipped();
    }
  }

  skipped(): void {
    for (const sink of this.#sinks) sink.skipped();
  }

  message(from: FrameRecord["from"], data: string | Uint8Array, compressed: number | undefined): void {
    const isText = typeof data === "string";
    const size = isText ? utf8Length(data) : data.length;
    // A character takes a byte or more.
    const kept = isText ? Buffer.from(data.slice(0, MAX_KEPT_BYTES)) : data;
    this.#record(from, isText ? "text" : "binary", kept, {
      size,
      ...(compressed !== undefined && { compressed }),
    });
  }

  control(from: FrameRecord["from"], kind: "ping" | "pong", data: Uint8Array): void {
    this.#record(from, kind, data, { size: data.length });
  }

  closed(from: FrameRecord["from"], code: number, reason: string): void {
    // 1005 and 1006 stand for no code, and for no Close at all (RFC 6455 §7.4.1).
    if (code === 1006) return;
    const data = Buffer.from(reason);
    this.#record(from, "close", data, code === 1005 ? { size: 0 } : { size: 2 + data.length, code });
  }

  #record(
    from: FrameRecord["from"],
    type: FrameRecord["type"],
    bytes: Uint8Array,
    facts: Partial<FrameRecord> & { size: number },
  ): void {
    if (!this.hasRoom) {
      this.skipped();
      return;
    }
    const kept = bytes.subarray(0, MAX_KEPT_BYTES);
    const isTruncated = type !== "close" && kept.length < facts.size;
    this.frame({ t: timestamp(), from, type, ...facts, ...payloadOf(kept, type !== "binary", isTruncated) });
  }
}

/** The parameters of permessage-deflate in the header of a response. */
function agreedDeflate(extensions: string | undefined): DeflateParameters | undefined {
  const element = parseExtensions(extensions ?? "")?.find(({ name }) => name === EXTENSION_NAME);
  if (element === undefined) return undefined;
  const parameters = verifyDeflate(element, {});
  return typeof parameters === "string" ? undefined : parameters;
}
