import assert from "node:assert/strict";
import type { Duplex } from "node:stream";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { Connection, WebSocketConnection } from "#src/connection/index.js";
import type { Role } from "#src/protocol/index.js";
import { createDuplex } from "#src/streams/index.js";
import { createConnection, VirtualHost } from "../support/memory-connection.js";
import { seeded } from "../support/property-seed.js";
import { nextTurn } from "../support/stalled-writes.js";
import { createSimulatedPair } from "./simulated-transport.js";

// A fast writer, a network that carries as much as it is told to, and a reader that takes a message now and then: whatever
// the order, what both ends hold stays within the bounds that they were given, and everything arrives.

const bounds = {
  highWaterMarkBytes: 3000,
  lowWaterMarkBytes: 1000,
  maxQueuedMessages: 4,
  maxQueuedBytes: 4000,
};
const MAX_MESSAGE = 1500;
const MAX_DELIVERY = 5000;

/** What a kind of stream makes of a connection. */
interface Ends {
  write(bytes: Uint8Array): Promise<void>;
  end(): Promise<void>;
  /** The next bytes; undefined at the end. */
  read(): Promise<Uint8Array | undefined>;
  /** What the reading stream holds itself, beside the connection. */
  readonly readableBytes: number;
}

function webEnds(sender: WebSocketConnection, receiver: WebSocketConnection): Ends {
  const writer = sender.writable.getWriter();
  const reader = receiver.readable.getReader();
  return {
    write: (bytes) => writer.write(bytes),
    end: () => writer.close(),
    read: async () => (await reader.read()).value as Uint8Array | undefined,
    readableBytes: 0,
  };
}

function nodeEnds(sender: WebSocketConnection, receiver: WebSocketConnection): Ends {
  const writer = createDuplex(sender, { highWaterMark: MAX_MESSAGE }).resume();
  const reader = createDuplex(receiver, { highWaterMark: MAX_MESSAGE });
  const chunks = reader.iterator({ destroyOnReturn: false });
  const settled = (act: (done: (error?: Error | null) => void) => void): Promise<void> =>
    new Promise((resolve, reject) => act((error) => (error ? reject(error) : resolve())));
  return {
    write: (bytes) => settled((done) => writer.write(bytes, done)),
    end: () => settled((done) => finishOf(writer, done)),
    read: async () => (await chunks.next()).value as Uint8Array | undefined,
    get readableBytes() {
      return reader.readableLength;
    },
  };
}

function finishOf(writer: Duplex, done: (error?: Error | null) => void): void {
  writer.once("error", done);
  writer.end(done);
}

function byteLength(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}

/** Everything is written at once; it travels and is read as the story says. */
class Transfer {
  readonly host = new VirtualHost();
  readonly transports = createSimulatedPair(this.host.turns);
  readonly sender = this.#connect("client", 0);
  readonly receiver = this.#connect("server", 1);
  readonly taken: Uint8Array[] = [];
  readonly writing: Promise<void>;
  isOver = false;
  readonly #ends: Ends;
  readonly #count: number;
  #wanted = 0;

  constructor(endsOf: typeof webEnds, messages: readonly Uint8Array[]) {
    this.#ends = endsOf(this.sender.handle, this.receiver.handle);
    this.#count = messages.length;
    this.writing = this.#write(messages);
    // A story that fails is told by what failed, not by what comes of it.
    this.writing.catch(() => {});
  }

  deliver(maxBytes: number): void {
    for (const transport of this.transports) transport.deliver(maxBytes);
  }

  /** Reads some messages more, one after the other. */
  read(count: number): void {
    const isIdle = this.#wanted === 0;
    this.#wanted += count;
    if (isIdle) void this.#read().catch(() => {});
  }

  /** Turns and promises until nothing moves without the network or the reader. */
  async settle(): Promise<void> {
    for (let i = 0; i < 4; i++) {
      await this.host.settle();
      await nextTurn();
    }
  }

  assertBounds(): void {
    // At most the mark and the message that passed it, with their heads, wait to be sent.
    const sending = this.sender.bufferedAmount;
    assert.ok(sending <= bounds.highWaterMarkBytes + MAX_MESSAGE + 100, `${sending} bytes wait`);
    // What was delivered and not read lies in the inbox or the stream, whose bounds a message may pass each, or is the
    // last delivery.
    const [near] = this.transports;
    const held = byteLength(near.written) - near.inFlightBytes - byteLength(this.taken);
    const bound = bounds.maxQueuedBytes + 3 * MAX_MESSAGE + MAX_DELIVERY + 8 * this.#count;
    assert.ok(held <= bound, `${held} bytes were delivered and not read, ${bound} are allowed`);
    const { readableBytes } = this.#ends;
    assert.ok(readableBytes <= 2 * MAX_MESSAGE, `the stream holds ${readableBytes} bytes`);
  }

  async #write(messages: readonly Uint8Array[]): Promise<void> {
    for (const message of messages) await this.#ends.write(message);
    await this.#ends.end();
  }

  async #read(): Promise<void> {
    for (; this.#wanted > 0; this.#wanted--) {
      const bytes = await this.#ends.read();
      if (bytes === undefined) {
        this.isOver = true;
        return;
      }
      this.taken.push(bytes);
    }
  }

  #connect(role: Role, end: 0 | 1): Connection {
    const options = { ...bounds, heartbeat: false as const };
    const connection = createConnection(this.host, role, this.transports[end], options);
    connection.start();
    return connection;
  }
}

const steps = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant("deliver"),
        amount: fc.integer({ min: 1, max: MAX_DELIVERY }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant("read"), amount: fc.integer({ min: 1, max: 3 }) }),
    },
  ),
  { maxLength: 40, size: "max" },
);
const story = fc.record({
  sizes: fc.array(fc.integer({ min: 1, max: MAX_MESSAGE }), {
    minLength: 1,
    maxLength: 40,
    size: "max",
  }),
  steps,
});

for (const { name, endsOf } of [
  { name: "web streams", endsOf: webEnds },
  { name: "duplex streams", endsOf: nodeEnds },
]) {
  describe(`the pace of ${name}`, () => {
    test("is the reader's: both ends hold no more than their bounds, and nothing is lost", async (t) => {
      const told = fc.asyncProperty(story, async ({ sizes, steps }) => {
        const messages = sizes.map((size, i) => Buffer.alloc(size, i + 1));
        const transfer = new Transfer(endsOf, messages);
        for (const { kind, amount } of steps) {
          if (kind === "deliver") transfer.deliver(amount);
          else transfer.read(amount);
          await transfer.settle();
          transfer.assertBounds();
        }
        transfer.read(Infinity);
        while (!transfer.isOver || transfer.sender.readyState !== 3) {
          transfer.deliver(2000);
          await transfer.settle();
          transfer.assertBounds();
        }
        await transfer.writing;
        assert.deepEqual(Buffer.concat(transfer.taken), Buffer.concat(messages));
        assert.equal((await transfer.receiver.closed).code, 1000);
      });
      await fc.assert(told, seeded(t, 25));
    });
  });
}
