// One message from a source of parts: fragments as they come, at the peer's pace.

import { nodeEngine, type TurnScheduler, turnEnd } from "../host/index.js";
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
  /** Something was written. Resolves when the network has taken enough of it, or nothing can be sent any more. */
  written(): Promise<void>;
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
    if (!host.isOpen) return false;
    if (!hasBegun) {
      if (!protocol.beginMessage(options.binary ?? typeof data !== "string", options.compress)) return false;
      hasBegun = true;
    }
    let bytes: Uint8Array;
    if (typeof data === "string") {
      const text = carry + data;
      carry = splitsPair(text) ? text.slice(-1) : "";
      bytes = encodeText(nodeEngine, carry === "" ? text : text.slice(0, -1));
    } else {
      bytes = carry === "" ? data : Buffer.concat([encodeText(nodeEngine, carry), data]);
      carry = "";
    }
    if (!protocol.sendFragment(bytes, false)) return false;
    await host.written();
    if (!host.isOpen) return false;
  }
  if (!host.isOpen) return false;
  if (!hasBegun && !protocol.beginMessage(options.binary ?? true, options.compress)) return false;
  if (!protocol.sendFragment(carry === "" ? NOTHING : encodeText(nodeEngine, carry), true)) return false;
  void host.written();
  return true;
}

/** A character of two units may be cut between two parts; its first half waits for the second. */
function splitsPair(text: string): boolean {
  return (text.charCodeAt(text.length - 1) & 0xfc00) === 0xd800;
}

/** The payload in pieces, each in a turn of its own. Bytes are copied before this returns: the caller may reuse them. */
export function piecesOf(
  payload: string | Uint8Array,
  pieceLength: number,
  turns: TurnScheduler,
): AsyncIterable<string | Uint8Array> {
  return cut(typeof payload === "string" ? payload : new Uint8Array(payload), pieceLength, turns);
}

async function* cut(
  payload: string | Uint8Array,
  pieceLength: number,
  turns: TurnScheduler,
): AsyncGenerator<string | Uint8Array> {
  for (let at = 0; at < payload.length; at += pieceLength) {
    const end = at + pieceLength;
    yield typeof payload === "string" ? payload.slice(at, end) : payload.subarray(at, end);
    await turnEnd(turns);
  }
}
