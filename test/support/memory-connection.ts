// Connections over memory, in virtual time: two that talk to each other, or one whose peer is the test itself, which
// writes and reads single frames.

import assert from "node:assert/strict";
import {
  Connection,
  type ConnectionHandlers,
  type ConnectionOptions,
  type ConnectionParts,
  createTraffic,
  resolveConnectionOptions,
  type Traffic,
  type UpgradeRequest,
} from "#src/connection/index.js";
import { type DeflateOptions, type DeflateParameters, PerMessageDeflate } from "#src/deflate/index.js";
import { HeaderMap } from "#src/handshake/index.js";
import { zlibEngine } from "#src/host/index.js";
import { type DecodedFrame, decodeFrame, encodeFrame, type Frame, type Role } from "#src/protocol/index.js";
import {
  createMemoryPair,
  type Transport,
  type TransportError,
  type TransportSink,
} from "#src/transport/index.js";
import { VirtualClock, VirtualTurns } from "./virtual-clock.js";

const request: UpgradeRequest = {
  method: "GET",
  url: "/chat?room=1",
  pathname: "/chat",
  headers: new HeaderMap(),
  remoteAddress: undefined,
  isSecure: false,
};

/** The world around the connections of one test: a clock and turns. */
export class VirtualHost {
  readonly clock = new VirtualClock();
  readonly turns = new VirtualTurns();

  /** Runs turns, and the promises between them, until nothing is left to do without time or the outside moving on. */
  async settle(): Promise<void> {
    do {
      this.turns.run();
      await new Promise((resolve) => setImmediate(resolve));
    } while (!this.turns.isIdle);
  }

  /** Time passes; whatever it causes has happened when the promise resolves. */
  async advance(durationMs: number): Promise<void> {
    await this.settle();
    this.clock.advance(durationMs, () => this.turns.run());
    await this.settle();
  }
}

export interface EndOptions extends ConnectionOptions {
  handlers?: ConnectionHandlers;
  deflate?: DeflateOptions;
  agreed?: Partial<DeflateParameters>;
  early?: Uint8Array;
  parts?: Partial<ConnectionParts<unknown>>;
}

/** A connection over the transport, not yet started. */
export function createConnection(
  host: VirtualHost,
  role: Role,
  transport: Transport,
  options: EndOptions,
): Connection {
  const engine = zlibEngine();
  assert.ok(engine !== undefined);
  const parameters = {
    clientMaxWindowBits: 15,
    serverMaxWindowBits: 15,
    clientNoContextTakeover: false,
    serverNoContextTakeover: false,
    ...options.agreed,
  };
  const connection = new Connection({
    transport,
    role,
    settings: resolveConnectionOptions(options),
    codec: options.deflate && new PerMessageDeflate(role, parameters, options.deflate, engine),
    protocol: "",
    extensions: "",
    request,
    context: undefined,
    early: options.early,
    host,
    ...options.parts,
  });
  if (options.handlers !== undefined) connection.listen(options.handlers);
  return connection;
}

export interface ConnectedPair {
  host: VirtualHost;
  client: Connection;
  server: Connection;
}

/** A client and a server that are connected and started. `both` holds what applies to either. */
export function connectPair(
  options: { client?: EndOptions; server?: EndOptions; both?: EndOptions; maxChunkBytes?: number } = {},
): ConnectedPair {
  const host = new VirtualHost();
  const { maxChunkBytes = Infinity } = options;
  const [left, right] = createMemoryPair({ turns: host.turns, maxChunkBytes });
  const client = createConnection(host, "client", left, { ...options.both, ...options.client });
  const server = createConnection(host, "server", right, { ...options.both, ...options.server });
  client.start();
  server.start();
  return { host, client, server };
}

export type WireFrame = DecodedFrame["frame"];

/** The other end of a connection, played by the test. */
export class MemoryPeer implements TransportSink {
  readonly transport: Transport;
  hasEnded = false;
  isClosed = false;
  /** Every block that the connection wrote, as it arrived. */
  readonly writes: Uint8Array[] = [];
  #bytes = new Uint8Array(0);
  readonly #isMasking: boolean;

  constructor(transport: Transport, isMasking: boolean) {
    this.transport = transport;
    this.#isMasking = isMasking;
    transport.attach(this);
  }

  /** Sends a frame, masked if a client plays the peer. */
  send(frame: Frame): void {
    this.transport.write(this.encode(frame));
  }

  encode(frame: Frame): Uint8Array {
    return encodeFrame(this.#isMasking ? { mask: Uint8Array.of(0x37, 0xfa, 0x21, 0x3d), ...frame } : frame);
  }

  text(text: string): void {
    this.send({ opcode: 1, payload: Buffer.from(text) });
  }

  close(code = 1000): void {
    this.send({ opcode: 8, payload: Uint8Array.of(code >> 8, code) });
  }

  /** The frames received since the last call. Throws when one is incomplete. */
  takeFrames(): WireFrame[] {
    const frames: WireFrame[] = [];
    let at = 0;
    while (at < this.#bytes.length) {
      const decoded = decodeFrame(this.#bytes, at);
      assert.ok(decoded !== undefined, "the connection sent part of a frame");
      assert.equal(decoded.frame.mask === undefined, this.#isMasking, "clients mask, servers do not");
      frames.push(decoded.frame);
      at += decoded.byteLength;
    }
    this.#bytes = new Uint8Array(0);
    return frames;
  }

  /** The frames received since the last call, in short: "text hello", "close 1000 bye". */
  take(): string[] {
    return this.takeFrames().map(describeFrame);
  }

  receive(bytes: Uint8Array, start: number, end: number): void {
    this.writes.push(bytes.slice(start, end));
    this.#bytes = Uint8Array.from(Buffer.concat([this.#bytes, bytes.subarray(start, end)]));
  }

  ended(): void {
    this.hasEnded = true;
  }

  drained(): void {}

  closed(_error: TransportError | undefined): void {
    this.isClosed = true;
  }
}

const opcodeNames = new Map([
  [0, "continuation"],
  [1, "text"],
  [2, "binary"],
  [8, "close"],
  [9, "ping"],
  [10, "pong"],
]);

function describeFrame({ opcode, payload, fin, rsv1 }: WireFrame): string {
  const marks = `${fin ? "" : " …"}${rsv1 ? " compressed" : ""}`;
  const name = `${opcodeNames.get(opcode)}${marks}`;
  if (opcode === 8) {
    if (payload.length === 0) return name;
    return `${name} ${(payload[0] << 8) | payload[1]} ${Buffer.from(payload.subarray(2)).toString()}`.trimEnd();
  }
  const isText = payload.every((byte) => byte >= 0x20 && byte < 0x7f);
  return `${name} ${isText ? Buffer.from(payload).toString() : Buffer.from(payload).toString("hex")}`.trimEnd();
}

export interface PlayedConnection {
  host: VirtualHost;
  connection: Connection;
  peer: MemoryPeer;
  traffic: Traffic;
}

/** One started connection, and its peer for the test to play. */
export function connectToPeer(role: Role, options: EndOptions = {}): PlayedConnection {
  const host = new VirtualHost();
  const [left, right] = createMemoryPair({ turns: host.turns });
  const traffic = createTraffic();
  const connection = createConnection(host, role, left, { ...options, parts: { traffic, ...options.parts } });
  const peer = new MemoryPeer(right, role === "server");
  connection.start();
  return { host, connection, peer, traffic };
}
