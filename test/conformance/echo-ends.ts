// The library's two ends as echo machines: a server to dial, and a client that connects to whoever listens here.
// Both echo from handlers, so that what a peer gets back does not depend on the role.

import assert from "node:assert/strict";
import { after, before } from "node:test";
import {
  type ConnectionOptions,
  connect,
  createServer,
  type DeflateOptions,
  type WebSocketConnection,
  type WebSocketServer,
} from "sluice";
import { type OutgoingFrame, ping } from "../support/wire-frame.js";
import { WireListener, WirePeer } from "../support/wire-peer.js";

export type Role = "client" | "server";

/** What the echoing application notes about its connection. */
export interface EchoLog {
  delivered: number;
}

/** One connection: the library has the `role`, the peer has the other one. */
export interface EchoSession {
  readonly role: Role;
  readonly peer: WirePeer;
  readonly connection: WebSocketConnection<EchoLog>;
}

export interface EchoOptions extends ConnectionOptions {
  compression?: boolean | DeflateOptions;
}

export interface OpenOptions {
  /** Sec-WebSocket-Extensions that the peer sends: its offer, or its answer as a server. */
  extensions?: string | undefined;
  /** Frames that leave the peer in one write with its half of the handshake. */
  early?: readonly OutgoingFrame[];
  /** Options of a client that differ from those of the others. */
  client?: EchoOptions;
  /** A client reads with `for await` in place of handlers. */
  isIterating?: boolean;
}

export class EchoEnds {
  readonly #options: EchoOptions;
  readonly #listener: WireListener;
  readonly #server: WebSocketServer<EchoLog>;
  #port = 0;
  #opened: ((connection: WebSocketConnection<EchoLog>) => void) | undefined;
  #witness: WirePeer | undefined;

  private constructor(options: EchoOptions, listener: WireListener) {
    this.#options = options;
    this.#listener = listener;
    const upgrade = () => ({ context: { delivered: 0 } });
    this.#server = createServer<EchoLog>(
      { upgrade, open: (ws) => this.#opened?.(ws), message: echo },
      options,
    );
  }

  static async start(options: EchoOptions = {}): Promise<EchoEnds> {
    const ends = new EchoEnds(options, await WireListener.listen());
    ends.#port = (await ends.#server.listen({ port: 0, host: "127.0.0.1" })).port;
    return ends;
  }

  async open(role: Role, options: OpenOptions = {}): Promise<EchoSession> {
    return role === "server" ? this.#openServer(options) : this.#openClient(options);
  }

  async #openServer({ extensions, early }: OpenOptions): Promise<EchoSession> {
    const opened = new Promise<WebSocketConnection<EchoLog>>((resolve) => {
      this.#opened = resolve;
    });
    const peer = await WirePeer.dial(this.#port, extensions, early);
    return { role: "server", peer, connection: await opened };
  }

  async #openClient({ extensions, early, client, isIterating }: OpenOptions): Promise<EchoSession> {
    const accepted = this.#listener.accept();
    const context: EchoLog = { delivered: 0 };
    const connecting = connect<EchoLog>(this.#listener.url, { ...this.#options, ...client, context });
    const peer = await WirePeer.answer(await accepted, () => extensions, early);
    const connection = await connecting;
    if (isIterating) void echoFromIterator(connection);
    else connection.listen({ message: echo });
    return { role: "client", peer, connection };
  }

  /** Round trips over another connection: whatever any socket of this process had begun to send has arrived since. */
  async settle(): Promise<void> {
    this.#witness ??= await WirePeer.dial(this.#port);
    for (const payload of ["one", "two", "three"]) {
      await this.#witness.send([ping(payload)]);
      const answer = await this.#witness.nextFrame();
      assert.equal(Buffer.from(answer?.payload ?? "").toString(), payload);
    }
  }

  async stop(): Promise<void> {
    this.#witness?.destroy();
    this.#listener.close();
    await this.#server.close({ timeoutMs: 1000 });
  }
}

function echo(ws: WebSocketConnection<EchoLog>, data: string | Uint8Array, isBinary: boolean): void {
  ws.context.delivered++;
  ws.send(data, { binary: isBinary });
}

async function echoFromIterator(ws: WebSocketConnection<EchoLog>): Promise<void> {
  for await (const data of ws) echo(ws, data, typeof data !== "string");
}

/** Ends that live as long as the tests of the `describe` that calls this. */
export function useEchoEnds(options: EchoOptions = {}): () => EchoEnds {
  let ends: EchoEnds | undefined;
  before(async () => {
    ends = await EchoEnds.start(options);
  });
  after(() => ends?.stop());
  return () => {
    assert.ok(ends);
    return ends;
  };
}
