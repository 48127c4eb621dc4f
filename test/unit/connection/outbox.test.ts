import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Connection, createTraffic, resolveConnectionOptions } from "#src/connection/index.js";
import { HeaderMap } from "#src/handshake/index.js";
import { decodeFrame, encodeMessage } from "#src/protocol/index.js";
import type { Lease, Transport, TransportSink } from "#src/transport/index.js";
import { connectToPeer, VirtualHost } from "../../support/memory-connection.js";

/** A transport that keeps the very memory it is given, or takes it, as it is told, and looks at it only at the end. */
class KeepingTransport implements Transport {
  readonly kind = "keeping";
  readonly isSecure = false;
  readonly remoteAddress = undefined;
  isKeeping = false;
  pendingBytes = 0;
  writes = 0;
  #sink: TransportSink | undefined;
  #blocks: { bytes: Uint8Array; lease: Lease | undefined }[] = [];
  #taken: Uint8Array[] = [];

  attach(sink: TransportSink): void {
    this.#sink = sink;
  }

  get progress(): number {
    return this.pendingBytes;
  }

  get isCongested(): boolean {
    return this.pendingBytes > 0;
  }

  write(bytes: Uint8Array, lease?: Lease): boolean {
    this.writes++;
    if (!this.isKeeping && this.#blocks.length === 0) {
      this.#taken.push(bytes.slice());
      return true;
    }
    this.#blocks.push({ bytes, lease });
    this.pendingBytes += bytes.length;
    return false;
  }

  /** The network takes everything that was kept. */
  drain(): void {
    for (const { bytes, lease } of this.#blocks.splice(0)) {
      this.#taken.push(bytes.slice());
      lease?.release();
    }
    this.pendingBytes = 0;
    this.#sink?.drained();
  }

  /** All that was sent, as the payloads of its frames. */
  payloads(): string[] {
    const bytes = Buffer.concat(this.#taken);
    const payloads: string[] = [];
    for (let at = 0; at < bytes.length; ) {
      const decoded = decodeFrame(bytes, at);
      assert.ok(decoded !== undefined);
      payloads.push(Buffer.from(decoded.frame.payload).toString("latin1"));
      at += decoded.byteLength;
    }
    return payloads;
  }

  receive(bytes: Uint8Array): void {
    this.#sink?.receive(bytes, 0, bytes.length);
  }

  pause(): void {}
  resume(): void {}
  end(): void {}
  setKeepAlive(): void {}
  destroy(): void {
    for (const { lease } of this.#blocks.splice(0)) lease?.release();
    this.#sink?.closed(undefined);
  }
}

function connectTo(transport: Transport, host: VirtualHost): Connection {
  const connection = new Connection({
    transport,
    role: "server",
    settings: resolveConnectionOptions({ maxBufferedBytes: Infinity, heartbeat: false }),
    protocol: "",
    extensions: "",
    request: {
      method: "GET",
      url: "/",
      pathname: "/",
      headers: new HeaderMap(),
      remoteAddress: undefined,
      isSecure: false,
    },
    context: undefined,
    traffic: createTraffic(),
    host,
  });
  connection.start();
  return connection;
}

/** Many connections over transports that keep or take at random, and everything that each of them sent. */
function runMixedTraffic(seed: number): void {
  const host = new VirtualHost();
  const ends = Array.from({ length: 5 }, () => {
    const transport = new KeepingTransport();
    return { transport, connection: connectTo(transport, host), expected: [] as string[] };
  });
  let state = seed;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (state >>> 8) % below;
  };
  const shared = Array.from({ length: 4 }, (_, i) => `shared ${i} `.repeat(1 + i * 50));
  const frames = shared.map((text) => encodeMessage(Buffer.from(text), false, false));
  for (let step = 0; step < 400; step++) {
    const { transport, connection, expected } = ends[random(ends.length)];
    const action = random(8);
    if (action < 4) {
      const text = `${step} `.repeat(1 + random(action === 0 ? 30_000 : 40));
      connection.send(text);
      expected.push(text);
    } else if (action === 4) {
      const i = random(frames.length);
      for (const end of ends) {
        end.connection.sendShared(frames[i]);
        end.expected.push(shared[i]);
      }
    } else if (action === 5) transport.isKeeping = !transport.isKeeping;
    else if (action === 6) transport.drain();
    else host.turns.run();
  }
  host.turns.run();
  for (const { transport, connection, expected } of ends) {
    transport.isKeeping = false;
    transport.drain();
    transport.drain();
    assert.deepEqual(transport.payloads(), expected, `seed ${seed}`);
    assert.equal(connection.bufferedAmount, 0);
  }
}

describe("outbox", () => {
  test("sends everything of one turn in one write", async () => {
    const { host, connection, peer } = connectToPeer("server");
    for (let i = 0; i < 50; i++) connection.send(`message ${i}`);
    void connection.ping("p");
    await host.settle();
    assert.equal(peer.writes.length, 1);
    assert.equal(peer.take().length, 51);
  });

  test("sends everything of one batch of received messages in one write, at the end of the batch", async () => {
    const host = new VirtualHost();
    const transport = new KeepingTransport();
    const connection = connectTo(transport, host);
    connection.listen({ message: (ws, data) => void ws.send(`re ${data}`) });
    const batch = Buffer.concat(
      ["a", "b", "c"].map((text) => Buffer.from([0x81, 0x81, 0, 0, 0, 0, text.charCodeAt(0)])),
    );
    transport.receive(batch);
    assert.equal(transport.writes, 1);
    assert.deepEqual(transport.payloads(), ["re a", "re b", "re c"]);
  });

  test("writes before the turn ends when much has gathered", () => {
    const host = new VirtualHost();
    const transport = new KeepingTransport();
    const connection = connectTo(transport, host);
    for (let i = 0; i < 20; i++) connection.send("x".repeat(10_000));
    assert.ok(transport.writes >= 2 && transport.writes < 5, `${transport.writes} writes`);
    host.turns.run();
    assert.equal(transport.payloads().length, 20);
  });

  test("keeps the order of its own frames, shared ones and large ones", () => {
    const host = new VirtualHost();
    const transport = new KeepingTransport();
    const connection = connectTo(transport, host);
    const large = "y".repeat(300_000);
    connection.send("one");
    connection.sendShared(encodeMessage(Buffer.from("two"), false, false));
    connection.send("three");
    connection.send(large);
    connection.send("five");
    connection.sendShared(encodeMessage(Buffer.from("six"), false, false));
    host.turns.run();
    assert.deepEqual(transport.payloads(), ["one", "two", "three", large, "five", "six"]);
  });

  test("joins the same shared frames once for a whole broadcast", () => {
    const host = new VirtualHost();
    const frames = ["a", "b", "c"].map((text) => encodeMessage(Buffer.from(text), false, false));
    const blocks = new Set<ArrayBufferLike>();
    for (let i = 0; i < 10; i++) {
      const transport = new KeepingTransport();
      const write = transport.write.bind(transport);
      transport.write = (bytes) => {
        blocks.add(bytes.buffer);
        return write(bytes);
      };
      const connection = connectTo(transport, host);
      for (const frame of frames) connection.sendShared(frame);
      host.turns.run();
      assert.equal(transport.writes, 1);
      assert.deepEqual(transport.payloads(), ["a", "b", "c"]);
    }
    assert.equal(blocks.size, 1);
  });

  test("joins small parts around a large one, however many there are", () => {
    for (const isKeeping of [false, true]) {
      const host = new VirtualHost();
      const transport = new KeepingTransport();
      const connection = connectTo(transport, host);
      // What waits behind other bytes is joined by the same measure.
      if (isKeeping) transport.isKeeping = true;
      if (isKeeping) connection.send("first");
      host.turns.run();
      const writes = transport.writes;
      const frames = Array.from({ length: 300 }, (_, i) =>
        encodeMessage(new Uint8Array(98).fill(i), true, false),
      );
      const large = "z".repeat(200_000);
      for (const frame of frames) connection.sendShared(frame);
      connection.send(large);
      for (const frame of frames) connection.sendShared(frame);
      host.turns.run();
      assert.ok(transport.writes - writes <= 4, `${transport.writes - writes} writes`);
      transport.isKeeping = false;
      transport.drain();
      assert.equal(transport.payloads().length, 601 + (isKeeping ? 1 : 0));
    }
  });

  test("never copies a large part to join it, not even behind bytes that wait", () => {
    const host = new VirtualHost();
    const transport = new KeepingTransport();
    const connection = connectTo(transport, host);
    transport.isKeeping = true;
    connection.send("waits");
    host.turns.run();
    const frame = encodeMessage(new Uint8Array(200_000), true, false);
    const blocks: ArrayBufferLike[] = [];
    const write = transport.write.bind(transport);
    transport.write = (bytes, lease) => {
      blocks.push(bytes.buffer);
      return write(bytes, lease);
    };
    connection.sendShared(encodeMessage(Buffer.from("small"), false, false));
    connection.sendShared(frame);
    host.turns.run();
    transport.isKeeping = false;
    transport.drain();
    assert.ok(blocks.includes(frame.buffer));
  });

  test("lets go of the bytes of a broadcast once they are sent", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const host = new VirtualHost();
    const transport = new KeepingTransport();
    const written: WeakRef<ArrayBufferLike>[] = [];
    transport.write = (bytes) => {
      written.push(new WeakRef(bytes.buffer));
      return true;
    };
    const connection = connectTo(transport, host);
    for (let i = 0; i < 3; i++) connection.sendShared(encodeMessage(new Uint8Array(1000), true, false));
    host.turns.run();
    assert.equal(written.length, 1);
    await new Promise((resolve) => setImmediate(resolve));
    collect();
    assert.equal(written[0].deref(), undefined);
  });

  test("never changes bytes that a transport keeps, nor sends one connection's bytes to another", () => {
    for (let seed = 1; seed <= 25; seed++) runMixedTraffic(seed);
  });

  test("lets go of what was not sent when the connection is terminated, and the next one is not disturbed", () => {
    const host = new VirtualHost();
    const first = new KeepingTransport();
    const second = new KeepingTransport();
    const dropped = connectTo(first, host);
    const kept = connectTo(second, host);
    dropped.send("never leaves");
    kept.send("leaves");
    dropped.sendShared(encodeMessage(Buffer.from("nor this"), false, false));
    dropped.terminate();
    kept.send("too");
    host.turns.run();
    assert.deepEqual(first.payloads(), []);
    assert.deepEqual(second.payloads(), ["leaves", "too"]);
  });

  test("allocates nothing for writes that the transport takes", () => {
    const host = new VirtualHost();
    const transport = new KeepingTransport();
    const blocks = new Set<ArrayBufferLike>();
    const connection = connectTo(transport, host);
    transport.write = (bytes) => {
      blocks.add(bytes.buffer);
      return true;
    };
    for (let i = 0; i < 2000; i++) {
      connection.send("x".repeat(200));
      if (i % 10 === 0) host.turns.run();
    }
    assert.ok(blocks.size <= 2, `${blocks.size} blocks`);
  });
});
