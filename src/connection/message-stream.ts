// One message from a source of parts: fragments as they come, at the peer's pace.

import { nodeEngine, type TurnScheduler, turnEnd } from "../host/index.js";
import { encodeText, type WebSocketProtocol } from "../protocol/index.js";
import type { Link } from "./link.js";
import { payloadOf, type SendOptions } from "./message.js";
import { type MessageSource, readSource, type SourceReader } from "./message-source.js";

/** What the stream needs of its connection. */
export interface StreamHost {
  readonly link: Link;
  /** Called once the connection is over, while the stream waits for its source. */
  onOver: (() => void) | undefined;
  /** Something was written. Resolves when the network has taken enough of it, or nothing can be sent any more. */
  written(): Promise<void>;
}

/** Bytes of parts, with what each costs beside, after which others get their turn: a source may never wait by itself. */
const TURN_BYTES = 131_072;
const PART_BYTES = 1024;

type PartResult = IteratorResult<string | Uint8Array, unknown>;

/** Sends the whole source as one message. False when the connection closed before its end. Rejects with what it throws. */
export async function sendMessageStream(
  host: StreamHost,
  source: MessageSource,
  options: SendOptions,
): Promise<boolean> {
  const reader = readSource(source);
  const message = new StreamedMessage(host.link.protocol, options);
  let isRead = false;
  let turnBytes = 0;
  try {
    while (host.link.canSend) {
      const result = await nextPart(reader, host);
      if (result === undefined) return false;
      const { done, value } = result;
      isRead = done === true;
      if (isRead) break;
      const part = payloadOf(value);
      if (!host.link.canSend || !message.add(part)) return false;
      await host.written();
      turnBytes += part.length + PART_BYTES;
      if (turnBytes < TURN_BYTES) continue;
      turnBytes = 0;
      await turnEnd(host.link.host.turns);
    }
    if (!host.link.canSend || !message.end()) return false;
    void host.written();
    return true;
  } finally {
    host.onOver = undefined;
    if (!isRead) reader.cancel();
  }
}

/** Undefined when the connection is over first. */
function nextPart(reader: SourceReader, host: StreamHost): Promise<PartResult | undefined> {
  return new Promise((resolve, reject) => {
    host.onOver = () => resolve(undefined);
    reader.next().then(resolve, reject);
  });
}

/** The message as far as its parts have come. Its methods answer false when nothing can be sent any more. */
class StreamedMessage {
  readonly #protocol: WebSocketProtocol;
  readonly #options: SendOptions;
  #hasBegun = false;
  /** The first half of a character whose second half has not come. */
  #carry = "";

  constructor(protocol: WebSocketProtocol, options: SendOptions) {
    this.#protocol = protocol;
    this.#options = options;
  }

  add(part: string | Uint8Array): boolean {
    return this.#begin(typeof part !== "string") && this.#protocol.sendFragment(this.#encode(part), false);
  }

  end(): boolean {
    return this.#begin(true) && this.#protocol.sendFragment(encodeText(nodeEngine, this.#carry), true);
  }

  #begin(isBinary: boolean): boolean {
    if (this.#hasBegun) return true;
    this.#hasBegun = true;
    const { binary, compress } = this.#options;
    return this.#protocol.beginMessage(binary ?? isBinary, compress);
  }

  #encode(part: string | Uint8Array): Uint8Array {
    const carry = this.#carry;
    this.#carry = "";
    if (typeof part !== "string") {
      return carry === "" ? part : Buffer.concat([encodeText(nodeEngine, carry), part]);
    }
    const text = carry + part;
    if (!splitsPair(text)) return encodeText(nodeEngine, text);
    this.#carry = text.slice(-1);
    return encodeText(nodeEngine, text.slice(0, -1));
  }
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
