// One end of a simulated connection: what it did, what it was told, and what must be true of it whatever happened.

import assert from "node:assert/strict";
import type { CloseInfo, Connection } from "#src/connection/index.js";
import { decodeFrame, type Role } from "#src/protocol/index.js";
import { TransportError } from "#src/transport/index.js";
import { createConnection, type EndOptions, type VirtualHost } from "../support/memory-connection.js";
import type { SimulatedTransport } from "./simulated-transport.js";

export class SimulatedEnd {
  readonly role: Role;
  readonly connection: Connection;
  readonly transport: SimulatedTransport;
  /** Messages that `send` or the fragments took, in order. */
  readonly sent: string[] = [];
  readonly received: string[] = [];
  readonly errors: Error[] = [];
  readonly pings: { outcome: "pending" | "answered" | "rejected" }[] = [];
  /** The beginning of a fragmented message. */
  fragment: string | undefined;
  /** What the message handler answers. */
  onMessage: () => unknown = () => undefined;
  hasClosed = false;
  #closeCalls: [number, string][] = [];
  #info: CloseInfo | undefined;
  #count = 0;

  constructor(host: VirtualHost, role: Role, transport: SimulatedTransport, options: EndOptions = {}) {
    this.role = role;
    this.transport = transport;
    this.connection = createConnection(host, role, transport, {
      ...options,
      handlers: {
        message: (_ws, data) => {
          this.received.push(String(data));
          return this.onMessage();
        },
        close: (_ws, code, reason) => void this.#closeCalls.push([code, reason]),
        error: (_ws, error) => void this.errors.push(error),
      },
    });
    void this.connection.closed.then((info) => {
      this.#info = info;
    });
    this.connection.start();
  }

  /** A text that no other message has. */
  nextText(): string {
    return `${this.role} ${++this.#count}`;
  }

  sendMessage(): void {
    const text = this.nextText();
    if (this.connection.send(text) !== "dropped") this.sent.push(text);
  }

  /** Begins a fragmented message, or ends the one that has begun. */
  sendFragment(): void {
    const { link } = this.connection;
    const isBeginning = this.fragment === undefined;
    if (!link.canSend || (isBeginning && !link.protocol.beginMessage(false))) return;
    const text = this.nextText();
    if (!link.protocol.sendFragment(Buffer.from(text), !isBeginning)) return;
    link.flushSoon();
    if (this.fragment === undefined) this.fragment = text;
    else {
      this.sent.push(this.fragment + text);
      this.fragment = undefined;
    }
  }

  ping(): void {
    const ping: (typeof this.pings)[number] = { outcome: "pending" };
    this.pings.push(ping);
    this.connection.ping().then(
      () => {
        ping.outcome = "answered";
      },
      () => {
        ping.outcome = "rejected";
      },
    );
  }

  close(code: number, reason?: string): void {
    this.hasClosed = true;
    void this.connection.close(code, reason);
  }

  /** What must hold once the connection is over and promises have run. */
  assertOver(): CloseInfo {
    const { connection } = this;
    assert.equal(connection.readyState, 3, "the connection is over");
    const info = this.#info;
    assert.ok(info !== undefined, "closed has resolved");
    assert.deepEqual(this.#closeCalls, [[info.code, info.reason]], "the close handler was called once");
    assert.equal(info.wasClean, info.sent !== undefined && info.received !== undefined);
    assert.equal(info.code, info.received?.code ?? 1006);
    assert.equal(info.closedFirstBy === undefined, info.sent === undefined && info.received === undefined);
    for (const { outcome } of this.pings) assert.notEqual(outcome, "pending", "a ping has no outcome");
    assert.equal(connection.bufferedAmount, 0);
    assert.equal(connection.send("too late"), "dropped");
    for (const error of this.errors) assert.ok(error instanceof TransportError, String(error));
    return info;
  }

  /** What must hold of the bytes that were written: whole frames, one Close at most, and nothing behind it. */
  assertWire(): number[] {
    const bytes = Buffer.concat(this.transport.written);
    const opcodes: number[] = [];
    for (let at = 0; at < bytes.length; ) {
      const decoded = decodeFrame(bytes, at);
      assert.ok(decoded !== undefined, "a frame was written in part");
      opcodes.push(decoded.frame.opcode);
      at += decoded.byteLength;
    }
    const close = opcodes.indexOf(8);
    assert.ok(close === -1 || close === opcodes.length - 1, `nothing follows a Close: ${opcodes}`);
    return opcodes;
  }
}

/** What must hold between the two ends of a connection that is over on both. */
export function assertConsistent(first: SimulatedEnd, second: SimulatedEnd): void {
  const ends = [
    { end: first, info: first.assertOver(), other: second },
    { end: second, info: second.assertOver(), other: first },
  ];
  for (const [i, { end, info, other }] of ends.entries()) {
    const theirs = ends[1 - i].info;
    const opcodes = end.assertWire();
    assert.equal(
      info.sent !== undefined && opcodes.includes(8),
      opcodes.includes(8),
      "a Close on the wire was sent",
    );
    if (info.received !== undefined)
      assert.deepEqual(info.received, theirs.sent, "what was received was sent");
    assert.deepEqual(end.received, other.sent.slice(0, end.received.length), "messages arrive in order");
    const answers = other.assertWire().filter((opcode) => opcode === 10).length;
    const answered = end.pings.filter(({ outcome }) => outcome === "answered").length;
    assert.ok(answers > 0 || answered === 0, "no ping is answered without a pong");
    // Whoever heard the other's Close before asking to close has heard everything before it, too.
    if (!end.hasClosed && info.closedFirstBy === "peer") {
      assert.deepEqual(end.received, other.sent, "nothing that was sent before a Close is lost");
    }
  }
}
