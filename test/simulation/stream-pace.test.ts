import assert from "node:assert/strict";
import type { Duplex } from "node:stream";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { Connection, WebSocketConnection } from "#src/connection/index.js";
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

/** Turns and promises until nothing moves without the network or the reader. */
async function settle(host: VirtualHost): Promise<void> {
  for (let i = 0; i < 4; i++) {
    await host.settle();
    await nextTurn();
  }
}

const steps = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant("deliver"), amount: fc.integer({ min: 1, max: MAX_DELIVERY }) }),
    fc.record({ kind: fc.constant("read"), amount: fc.integer({ min: 1, max: 3 }) }),
  ),
  { maxLength: 40 },
);
const story = fc.record({
  sizes: fc.array(fc.integer({ min: 1, max: MAX_MESSAGE }), { minLength: 1, maxLength: 40 }),
  steps,
});

for (const { name, endsOf } of [
  { name: "web streams", endsOf: webEnds },
  { name: "duplex streams", endsOf: nodeEnds },
]) {
  describe(`the pace of ${name}`, () => {
    test("is the reader's: both ends hold no more than their bounds, and nothing is lost", async (t) => {
      await fc.assert(
        fc.asyncProperty(story, async ({ sizes, steps }) => {
          const host = new VirtualHost();
          const transports = createSimulatedPair(host.turns);
          const options = { ...bounds, heartbeat: false as const };
          const sender = createConnection(host, "client", transports[0], options);
          const receiver = createConnection(host, "server", transports[1], options);
          for (const end of [sender, receiver] as Connection[]) end.start();
          const ends = endsOf(sender.handle, receiver.handle);

          const messages = sizes.map((size, i) => Buffer.alloc(size, i + 1));
          const writing = (async () => {
            for (const message of messages) await ends.write(message);
            await ends.end();
          })();
          const taken: Uint8Array[] = [];
          let wanted = 0;
          let isOver = false;
          const reading = (async () => {
            for (;;) {
              while (wanted === 0) await nextTurn();
              wanted--;
              const bytes = await ends.read();
              if (bytes === undefined) break;
              taken.push(bytes);
            }
            isOver = true;
          })();

          const assertBounds = (): void => {
            // At most the mark and the message that passed it, with their heads, wait to be sent.
            const sending = sender.bufferedAmount;
            assert.ok(sending <= bounds.highWaterMarkBytes + MAX_MESSAGE + 100, `${sending} bytes wait`);
            // What was delivered and not read lies in the inbox or the stream, whose bounds a message may pass each, or is
            // the last delivery.
            const delivered = byteLength(transports[0].written) - transports[0].inFlightBytes;
            const held = delivered - byteLength(taken);
            const bound = bounds.maxQueuedBytes + 3 * MAX_MESSAGE + MAX_DELIVERY + 8 * sizes.length;
            assert.ok(held <= bound, `${held} bytes were delivered and not read, ${bound} are allowed`);
            assert.ok(ends.readableBytes <= 2 * MAX_MESSAGE, `the stream holds ${ends.readableBytes} bytes`);
          };
          for (const { kind, amount } of steps) {
            if (kind === "deliver") for (const end of transports) end.deliver(amount);
            else wanted += amount;
            await settle(host);
            assertBounds();
          }
          wanted = Infinity;
          while (!isOver) {
            for (const end of transports) end.deliver(2000);
            await settle(host);
            assertBounds();
          }
          await reading;
          for (let i = 0; i < 5; i++) {
            for (const end of transports) end.deliver(2000);
            await settle(host);
          }
          await writing;
          assert.deepEqual(Buffer.concat(taken), Buffer.concat(messages));
          assert.equal((await receiver.closed).code, 1000);
        }),
        seeded(t, 25),
      );
    });
  });
}
