// What -v shows: the heads of the handshake, control frames, and how each message passed. What comes is shown in its order,
// although frames are seen before the messages in them are delivered.

import { isControl, Opcode } from "../../protocol/index.js";
import type { Transport } from "../../transport/index.js";
import { countBytes, spacedHex } from "../byte-text.js";
import { describeClose } from "../describe.js";
import { visibleLine } from "../visible-text.js";
import type { WireControl, WireMessage } from "./frame-watcher.js";
import type { DirectionMark, View } from "./view.js";
import { TappedTransport } from "./wire-tap.js";

/** Whose values let somebody in: what -v shows is often shown to others. */
const secretHeaders = /^(authorization|proxy-authorization|cookie|set-cookie):.*/i;
/** More messages than this are never between the wire and the user; their sizes are forgotten before memory is. */
const MAX_UNTAKEN = 10_000;

export class WireLog {
  readonly #view: View;
  #received: (WireMessage | WireControl)[] = [];
  /** Of messages on their way out, before compression. */
  #sentBytes: number[] = [];

  constructor(view: View) {
    this.#view = view;
  }

  /** For the library's `connectThrough`. */
  wrap(transport: Transport): Transport {
    this.#received = [];
    this.#sentBytes = [];
    const head = (mark: DirectionMark) => (lines: readonly string[]) => this.#head(mark, lines);
    return new TappedTransport(
      transport,
      {
        head: head(">"),
        message: (message) => this.#sent(message),
        control: (control) => this.#view.detail(">", describeControl(control)),
      },
      { head: head("<"), message: (item) => this.#arrived(item), control: (item) => this.#arrived(item) },
      () => this.settle(),
    );
  }

  /** A message of so many bytes is being sent. */
  sending(bytes: number): void {
    if (this.#sentBytes.push(bytes) > MAX_UNTAKEN) this.#sentBytes = [];
  }

  /** How a message that is now delivered has passed. */
  take(data: string | Uint8Array): WireMessage | undefined {
    for (;;) {
      const item = this.#received.shift();
      if (item === undefined) return undefined;
      if (isControlFrame(item)) this.#view.detail("<", describeControl(item));
      // One that was not delivered, because the connection was closed in between, is passed over.
      else if (isOf(item, data)) return item;
    }
  }

  /** Shows the control frames that have nothing undelivered before them. */
  settle(): void {
    for (let [item] = this.#received; item !== undefined && isControlFrame(item); [item] = this.#received) {
      this.#received.shift();
      this.#view.detail("<", describeControl(item));
    }
  }

  /** Nothing more is delivered. */
  flush(): void {
    this.#received = this.#received.filter(isControlFrame);
    this.settle();
  }

  #arrived(item: WireMessage | WireControl): void {
    if (this.#received.push(item) > MAX_UNTAKEN) this.#received.shift();
  }

  #sent(message: WireMessage): void {
    const bytes = this.#sentBytes.shift() ?? message.payloadBytes;
    this.#view.detail(">", describePassage(bytes, message));
  }

  #head(mark: DirectionMark, lines: readonly string[]): void {
    for (const line of lines)
      this.#view.detail(mark, visibleLine(line.replace(secretHeaders, "$1: (not shown)")));
  }
}

function isControlFrame(item: WireMessage | WireControl): item is WireControl {
  return "opcode" in item && isControl(item.opcode);
}

function isOf({ isBinary, isCompressed, payloadBytes }: WireMessage, data: string | Uint8Array): boolean {
  return (
    isBinary === (typeof data !== "string") && (isCompressed || payloadBytes === Buffer.byteLength(data))
  );
}

/** "text of 5 bytes, 7 on the wire" */
export function describeWire(data: string | Uint8Array, wire: WireMessage): string {
  return describePassage(Buffer.byteLength(data), wire);
}

function describePassage(bytes: number, { isBinary, isCompressed, frames, wireBytes }: WireMessage): string {
  const compression = isCompressed ? ", compressed" : "";
  const fragments = frames > 1 ? `, in ${frames} frames` : "";
  const kind = isBinary ? "binary" : "text";
  return `${kind} of ${countBytes(bytes)}, ${wireBytes} on the wire${compression}${fragments}`;
}

/** "close 1000 (normal)", "ping 01 02" */
export function describeControl({ opcode, payload }: WireControl): string {
  if (opcode === Opcode.CLOSE) {
    if (payload.length < 2) return "close";
    return `close ${describeClose((payload[0] << 8) | payload[1], new TextDecoder().decode(payload.subarray(2)))}`;
  }
  const name = opcode === Opcode.PING ? "ping" : opcode === Opcode.PONG ? "pong" : `opcode ${opcode}`;
  return payload.length === 0 ? name : `${name} ${describePayload(payload)}`;
}

/** Text in quotes when all of it can be seen, otherwise hex. */
export function describePayload(payload: Uint8Array): string {
  const text = new TextDecoder().decode(payload);
  return /^[\x20-\x7e]*$/.test(text) ? JSON.stringify(text) : spacedHex(payload);
}
