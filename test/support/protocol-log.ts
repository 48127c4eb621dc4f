// The protocol machine with everything it reports written down, driven the way a transport drives it: each piece of
// input is lent in the middle of a larger block, and the block is overwritten as soon as the machine returns.

import assert from "node:assert/strict";
import {
  CollectedOutput,
  defaultLimits,
  type LimitError,
  type Limits,
  type MessageCodec,
  ProtocolError,
  type ProtocolSink,
  type Role,
  WebSocketProtocol,
} from "#src/protocol/index.js";

export type ProtocolEvent =
  | { type: "text"; data: string }
  | { type: "binary" | "ping" | "pong"; data: Uint8Array }
  | { type: "close"; code: number; reason: string }
  | { type: "failed"; code: string; closeCode: number; section: string }
  | { type: "failed"; code: string; closeCode: number; limit: number; actual: number };

export interface ProtocolLogOptions {
  role: Role;
  limits?: Partial<Limits>;
  codec?: MessageCodec | undefined;
  /** Hold the machine after each event, and feed again what it left unread. */
  isHolding?: boolean;
  /** The machine's credit for each call; what it leaves unread is fed again. Default: without end. */
  credit?: number;
}

/** The masking key of every frame that a logged client sends: 37 fa 21 3d on the wire, as in RFC 6455 §5.7. */
export const loggedMaskKey = 0x3d21fa37;

const guard = 0xee;

export class ProtocolLog implements ProtocolSink {
  readonly machine: WebSocketProtocol;
  readonly output = new CollectedOutput();
  readonly events: ProtocolEvent[] = [];
  readonly #isHolding: boolean;
  readonly #credit: number;

  constructor(options: ProtocolLogOptions) {
    this.#isHolding = options.isHolding ?? false;
    this.#credit = options.credit ?? Infinity;
    this.machine = new WebSocketProtocol({
      role: options.role,
      sink: this,
      output: this.output,
      nextMaskKey: options.role === "client" ? () => loggedMaskKey : undefined,
      limits: { ...defaultLimits, ...options.limits },
      codec: options.codec,
    });
  }

  message(data: string | Uint8Array, isBinary: boolean): void {
    assert.equal(typeof data === "string", !isBinary);
    this.#log(typeof data === "string" ? { type: "text", data } : { type: "binary", data });
  }

  ping(data: Uint8Array): void {
    this.#log({ type: "ping", data });
  }

  pong(data: Uint8Array): void {
    this.#log({ type: "pong", data });
  }

  peerClosed(code: number, reason: string): void {
    this.#log({ type: "close", code, reason });
  }

  failed(error: ProtocolError | LimitError): void {
    assert.equal(this.machine.error, error);
    const { code, closeCode } = error;
    if (error instanceof ProtocolError)
      this.#log({ type: "failed", code, closeCode, section: error.section });
    else this.#log({ type: "failed", code, closeCode, limit: error.limit, actual: error.actual });
  }

  #log(event: ProtocolEvent): void {
    this.events.push(event);
    this.machine.isHeld = this.#isHolding;
  }

  /** Lends the bytes to the machine until it has read them all. */
  receive(bytes: Uint8Array): void {
    const start = 3;
    const end = start + bytes.length;
    const block = new Uint8Array(bytes.length + 6).fill(guard);
    block.set(bytes, start);
    let at = start;
    for (;;) {
      const before = this.events.length;
      this.machine.credit = this.#credit;
      const next = this.machine.receive(block, at, end);
      if (!this.machine.isHeld && this.machine.credit > 0) {
        assert.equal(next, end, "a machine that nothing stops reads everything");
        break;
      }
      assert.ok(next > at && next <= end, `${next} is an offset behind ${at} and up to ${end}`);
      if (this.machine.isHeld)
        assert.equal(this.events.length, before + 1, "a held machine reports nothing more");
      assert.deepEqual(block.subarray(next, end), bytes.subarray(next - start), "unread bytes are untouched");
      this.machine.isHeld = false;
      at = next;
    }
    assert.deepEqual([...block.subarray(0, start), ...block.subarray(end)], Array(6).fill(guard));
    block.fill(0xff);
  }
}
