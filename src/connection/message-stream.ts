// One message from a source of parts: fragments as they come, at the peer's pace.

import { nodeEngine } from "../host/index.js";
import { encodeText, type WebSocketProtocol } from "../protocol/index.js";
import { payloadOf, type SendOptions } from "./message.js";

export type MessageSource =
  | AsyncIterable<string | Uint8Array>
  | Iterable<string | Uint8Array>
  | ReadableStream<string | Uint8Array>;

/** What the stream needs of its connection. */
export interface StreamHost {
  readonly protocol: WebSocketProtocol;
  /** What is sent can still reach the peer. */
  readonly isOpen: boolean;
  /** Something was written. */
  flushSoon(): void;
  drained(): Promise<void>;
}

const NOTHING = new Uint8Array(0);

/** Sends the whole source as one message. False when the connection closed before its end. Rejects with what it throws. */
export async function sendMessageStream(
  host: StreamHost,
  source: MessageSource,
  options: SendOptions,
): Promise<boolean> {
  const { protocol } = host;
  let hasBegun = false;
  let carry = "";
  for await (const part of source as AsyncIterable<string | Uint8Array>) {
    const data = payloadOf(part);
    if (!hasBegun) {
      if (!protocol.beginMessage(options.binary ?? typeof data !== "string", options.compress)) return false;
      hasBegun = true;
    }
    let bytes: Uint8Array;
    if (typeof data === "string") {
      const text = carry + data;
      carry = splitsPair(text) ? text.slice(-1) : "";
      bytes = encodeText(nodeEngine, carry === "" ? text : text.slice(0, -1));
    } else bytes = data;
    if (!protocol.sendFragment(bytes, false)) return false;
    host.flushSoon();
    await host.drained();
    if (!host.isOpen) return false;
  }
  if (!hasBegun && !protocol.beginMessage(options.binary ?? true, options.compress)) return false;
  if (!protocol.sendFragment(carry === "" ? NOTHING : encodeText(nodeEngine, carry), true)) return false;
  host.flushSoon();
  return true;
}

/** A character of two units may be cut between two parts; its first half waits for the second. */
function splitsPair(text: string): boolean {
  return (text.charCodeAt(text.length - 1) & 0xfc00) === 0xd800;
}
