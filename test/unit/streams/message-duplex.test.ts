import assert from "node:assert/strict";
import type { Duplex } from "node:stream";
import { Readable, Writable } from "node:stream";
import { finished, pipeline } from "node:stream/promises";
import { describe, test } from "node:test";
import { ClosedError } from "#src/connection/index.js";
import { StateError } from "#src/protocol/index.js";
import { createDuplex, type DuplexStreamOptions } from "#src/streams/index.js";
import { connectPair, connectToPeer, type MemoryPeer } from "../../support/memory-connection.js";
import { writeUntilStalled } from "../../support/stalled-writes.js";

/** A server's connection as a stream, whose peer is the test. */
function play(options?: DuplexStreamOptions, settings: Parameters<typeof connectToPeer>[1] = {}) {
  const played = connectToPeer("server", settings);
  return { ...played, duplex: createDuplex(played.connection.handle, options) };
}

function closePeer(peer: MemoryPeer, code: number): void {
  peer.close(code);
  peer.transport.end();
}

/** Everything there is to read, and the error that it ends with. */
function readToEnd(duplex: Duplex): { chunks: unknown[]; ended: Promise<unknown> } {
  const chunks: unknown[] = [];
  duplex.on("data", (chunk) => void chunks.push(chunk));
  const ended = new Promise((resolve) => {
    duplex.on("end", () => resolve(undefined));
    duplex.on("error", resolve);
  });
  return { chunks, ended };
}

interface Read {
  readonly chunks: unknown[];
  readonly error: unknown;
}

async function readInLoop(duplex: Duplex): Promise<Read> {
  const chunks: unknown[] = [];
  try {
    for await (const chunk of duplex) chunks.push(chunk);
    return { chunks, error: undefined };
  } catch (error) {
    return { chunks, error };
  }
}

/** What has happened to it, by the names of its events. */
function eventsOf(duplex: Duplex): string[] {
  const events: string[] = [];
  for (const name of ["end", "finish", "error", "close"]) duplex.on(name, () => void events.push(name));
  return events;
}

describe("what comes over a duplex stream", () => {
  test("is bytes, those of text as UTF-8, and messages without any are passed over", async () => {
    const { host, peer, duplex } = play();
    const { chunks, ended } = readToEnd(duplex);
    peer.text("é");
    peer.text("");
    peer.send({ opcode: 2, payload: Uint8Array.of(1, 2) });
    closePeer(peer, 1000);
    await host.settle();
    assert.equal(await ended, undefined);
    assert.ok(chunks.every((chunk) => Buffer.isBuffer(chunk)));
    assert.deepEqual(Buffer.concat(chunks as Buffer[]), Buffer.from([0xc3, 0xa9, 1, 2]));
  });

  test("is strings with an encoding, characters whole though messages cut them", async () => {
    const { host, peer, duplex } = play({ encoding: "utf8" });
    const { chunks, ended } = readToEnd(duplex);
    peer.send({ opcode: 2, payload: Uint8Array.of(0xc3) });
    peer.send({ opcode: 2, payload: Uint8Array.of(0xa9) });
    closePeer(peer, 1000);
    await host.settle();
    assert.equal(await ended, undefined);
    assert.equal(chunks.join(""), "é");
  });

  for (const options of [{ objectMode: true }, { readableObjectMode: true }]) {
    test(`is messages as they are with ${Object.keys(options)}, empty ones too`, async () => {
      const { host, peer, duplex } = play(options);
      const { chunks, ended } = readToEnd(duplex);
      peer.text("text");
      peer.text("");
      peer.send({ opcode: 2, payload: Uint8Array.of(1) });
      closePeer(peer, 1000);
      await host.settle();
      await ended;
      assert.deepEqual(chunks, ["text", "", Uint8Array.of(1)]);
    });
  }

  test("ends with the peer's Close, and so does the writable side", async () => {
    const { host, peer, duplex } = play();
    const events = eventsOf(duplex);
    duplex.resume();
    await host.settle();
    closePeer(peer, 4000);
    await host.settle();
    assert.deepEqual(events, ["end", "finish", "close"]);
  });

  test("is told of to nobody who does not read, but the end of the connection is", async () => {
    const { host, peer, duplex } = play();
    const events = eventsOf(duplex);
    closePeer(peer, 1000);
    await host.settle();
    assert.deepEqual(events, ["end", "finish", "close"]);
  });

  test("is read to the last message before a connection that was cut destroys it with ClosedError", async () => {
    const { host, peer, duplex } = play({ objectMode: true });
    const { chunks, ended } = readToEnd(duplex);
    peer.text("one");
    peer.text("two");
    peer.transport.destroy();
    await host.settle();
    const error = await ended;
    assert.ok(error instanceof ClosedError);
    assert.equal(error.closeCode, 1006);
    assert.deepEqual(chunks, ["one", "two"]);
    assert.equal(duplex.destroyed, true);
  });

  for (const [how, read] of [
    ["in a loop", (duplex: Duplex) => readInLoop(duplex)],
    [
      "by data and pause",
      async (duplex: Duplex) => {
        const { chunks, ended } = readToEnd(duplex);
        duplex.on("data", () => {
          duplex.pause();
          setImmediate(() => duplex.resume());
        });
        return { chunks, error: await ended };
      },
    ],
    [
      "by readable and read",
      (duplex: Duplex) =>
        new Promise<Read>((resolve) => {
          const chunks: unknown[] = [];
          duplex.on("readable", () => {
            for (let chunk = duplex.read(); chunk !== null; chunk = duplex.read()) chunks.push(chunk);
          });
          duplex.on("error", (error) => resolve({ chunks, error }));
        }),
    ],
  ] as [string, (duplex: Duplex) => Promise<Read>][]) {
    test(`is read to its end ${how} by who is slower than a connection that was cut`, async () => {
      const { host, peer, duplex } = play({ objectMode: true });
      duplex.read(0);
      const sent = Array.from({ length: 5 }, (_, i) => String(i));
      for (const message of sent) peer.text(message);
      await host.settle();
      assert.equal(duplex.readableLength, 5);
      peer.transport.destroy();
      await host.settle();
      const { chunks, error } = await read(duplex);
      assert.deepEqual(chunks, sent);
      assert.ok(error instanceof ClosedError);
      assert.equal(duplex.destroyed, true);
    });
  }

  test("is taken no further than highWaterMark and the inbox, so that the peer waits", async () => {
    const { host, peer, duplex } = play({ objectMode: true, highWaterMark: 2 }, { maxQueuedMessages: 3 });
    duplex.read(0);
    for (let i = 0; i < 100; i++) {
      peer.text(String(i));
      await host.settle();
    }
    assert.equal(duplex.readableLength, 2);
    assert.ok(peer.transport.pendingBytes > 0, "the rest has not been taken from the transport");
    const read: unknown[] = [];
    duplex.on("data", (chunk) => void read.push(chunk));
    await host.settle();
    assert.deepEqual(
      read,
      Array.from({ length: 100 }, (_, i) => String(i)),
    );
    duplex.destroy();
  });
});

describe("what is written to a duplex stream", () => {
  test("is one binary message for each chunk", async () => {
    const { host, peer, duplex } = play();
    duplex.write("text");
    duplex.write("6162", "hex");
    duplex.write(Uint8Array.of(0x63));
    await host.settle();
    assert.deepEqual(peer.take(), ["binary text", "binary ab", "binary c"]);
    duplex.destroy();
  });

  test("is text where a string was written and strings are not decoded", async () => {
    const { host, peer, duplex } = play({ decodeStrings: false });
    duplex.write("text");
    duplex.write("6162", "hex");
    duplex.write(Buffer.from("bytes"));
    await host.settle();
    assert.deepEqual(peer.take(), ["text text", "binary ab", "binary bytes"]);
    duplex.destroy();
  });

  test("keeps its kind in object mode", async () => {
    const { host, peer, duplex } = play({ objectMode: true });
    duplex.write("text");
    duplex.write("");
    duplex.write(Uint8Array.of(0x63));
    await host.settle();
    assert.deepEqual(peer.take(), ["text text", "text", "binary c"]);
    duplex.destroy();
  });

  test("is followed by Close 1000 at end, and finished when the peer has answered", async () => {
    const { host, peer, duplex } = play();
    const events = eventsOf(duplex);
    duplex.resume();
    duplex.end("last");
    await host.settle();
    assert.deepEqual(peer.take(), ["binary last", "close 1000"]);
    assert.deepEqual(events, []);
    closePeer(peer, 1000);
    await host.settle();
    assert.deepEqual(events.sort(), ["close", "end", "finish"]);
  });

  test("is not finished but failed when the peer answers that it was too much", async () => {
    const { host, peer, duplex } = play();
    const written = assert.rejects(
      pipeline(Readable.from([Buffer.alloc(10)]), duplex),
      (error) => error instanceof ClosedError && error.closeCode === 1009,
    );
    await host.settle();
    closePeer(peer, 1009);
    await host.settle();
    await written;
  });

  test("waits for the peer to take what was written before", async () => {
    const { host, peer, connection, duplex } = play(
      { highWaterMark: 200 },
      { highWaterMarkBytes: 1000, lowWaterMarkBytes: 500 },
    );
    peer.transport.pause();
    const write = () =>
      new Promise<void>((resolve, reject) => {
        duplex.write(Buffer.alloc(98), (error) => (error ? reject(error) : resolve()));
      });
    const { done, waiting } = await writeUntilStalled(write, 3);
    assert.equal(done, 6);
    assert.equal(connection.bufferedAmount, 600);
    assert.equal(duplex.write(Buffer.alloc(102)), false);
    peer.transport.resume();
    await host.settle();
    await waiting;
    assert.equal(duplex.writableLength, 0);
    duplex.destroy();
  });

  test("fails with ClosedError once the peer has closed", async () => {
    const { host, peer, duplex } = play();
    peer.text("unread, so that the end is not seen");
    closePeer(peer, 1000);
    await host.settle();
    const rejected = assert.rejects(finished(duplex), ClosedError);
    duplex.write("too late");
    await host.settle();
    await rejected;
  });

  test("fails with INVALID_ARGUMENT for what is no message, and the peer is told 1011", async () => {
    const { host, peer, duplex } = play({ objectMode: true });
    const rejected = assert.rejects(finished(duplex), { code: "INVALID_ARGUMENT" });
    duplex.write({ not: "a message" });
    await host.settle();
    await rejected;
    assert.deepEqual(peer.take(), ["close 1011"]);
  });
});

describe("a duplex stream that is destroyed", () => {
  test("closes with 1000 when nothing is lost", async () => {
    const { host, peer, duplex } = play();
    duplex.write("sent");
    await host.settle();
    duplex.destroy();
    await host.settle();
    assert.deepEqual(peer.take(), ["binary sent", "close 1000"]);
  });

  test("closes with 1011 when chunks waited", async () => {
    const { host, peer, duplex } = play({}, { highWaterMarkBytes: 0, lowWaterMarkBytes: 0 });
    peer.transport.pause();
    duplex.write("sent");
    duplex.write("lost");
    await host.settle();
    duplex.destroy();
    peer.transport.resume();
    await host.settle();
    assert.deepEqual(peer.take(), ["binary sent", "close 1011"]);
  });

  test("closes with 1011 and without the error's words, and emits the error at once", async () => {
    const { host, peer, duplex } = play();
    const events = eventsOf(duplex);
    duplex.destroy(new Error("the secret"));
    await host.settle();
    assert.deepEqual(events, ["error", "close"]);
    assert.deepEqual(peer.take(), ["close 1011"]);
  });

  test("by its signal closes with 1011", async () => {
    const abort = new AbortController();
    const { host, peer, duplex } = play({ signal: abort.signal });
    const rejected = assert.rejects(finished(duplex), { name: "AbortError" });
    abort.abort();
    await host.settle();
    await rejected;
    assert.deepEqual(peer.take(), ["close 1011"]);
  });

  test("by leaving a loop over it closes with 1011: Node.js takes that for an abort", async () => {
    const { host, peer, duplex } = play({ encoding: "utf8" });
    peer.text("first");
    await host.settle();
    for await (const chunk of duplex) {
      assert.equal(chunk, "first");
      break;
    }
    await host.settle();
    assert.deepEqual(peer.take(), ["close 1011"]);
  });
});

describe("a duplex stream in a pipeline", () => {
  test("carries a source to the peer's sink, whole and in order", async () => {
    const { host, client, server } = connectPair();
    const [near, far] = [createDuplex(client.handle), createDuplex(server.handle)];
    const chunks = Array.from({ length: 300 }, (_, i) => Buffer.alloc(1000, i));
    const taken: Buffer[] = [];
    const sink = new Writable({
      write(chunk, _encoding, done) {
        taken.push(chunk);
        setImmediate(done);
      },
    });
    let isDone = false;
    const done = Promise.all([pipeline(Readable.from(chunks), near), pipeline(far, sink)]).then(() => {
      isDone = true;
    });
    near.resume();
    while (!isDone) await host.settle();
    await done;
    assert.deepEqual(Buffer.concat(taken), Buffer.concat(chunks));
  });

  test("whose source fails tells the peer 1011", async () => {
    const { host, peer, duplex } = play();
    const source = Readable.from(
      (async function* () {
        yield Buffer.from("begun");
        throw new Error("the disk is gone");
      })(),
    );
    const rejected = assert.rejects(pipeline(source, duplex), { message: "the disk is gone" });
    await host.settle();
    await host.settle();
    await rejected;
    assert.equal(peer.take().at(-1), "close 1011");
  });
});

describe("createDuplex", () => {
  test("throws ALREADY_ITERATING where a message handler gets the messages", () => {
    const { connection } = connectToPeer("server", { handlers: { message() {} } });
    assert.throws(
      () => createDuplex(connection.handle),
      (error) => error instanceof StateError && error.code === "ALREADY_ITERATING",
    );
    assert.equal(connection.readyState, 1);
  });

  test("makes a stream that fails with ALREADY_ITERATING where somebody else waits for the next message", async () => {
    const { host, connection } = connectToPeer("server");
    void connection.messages().next();
    const duplex = createDuplex(connection.handle);
    const rejected = assert.rejects(finished(duplex), { code: "ALREADY_ITERATING" });
    duplex.resume();
    await host.settle();
    await rejected;
  });

  for (const [name, value, message] of [
    ["objectMode", 1, "objectMode is 1; it takes true or false"],
    ["highWaterMark", -1, "highWaterMark is -1; it takes a number of at least 0"],
    ["encoding", "klingon", 'encoding is "klingon"; it takes one of Node\'s, such as "utf8"'],
    ["signal", {}, "signal is an object; it takes an AbortSignal"],
  ] as const) {
    test(`refuses ${name} when it is out of range`, () => {
      const { connection } = connectToPeer("server");
      const options = { [name]: value } as DuplexStreamOptions;
      assert.throws(() => createDuplex(connection.handle, options), { code: "INVALID_ARGUMENT", message });
    });
  }

  test("refuses what is no connection", () => {
    for (const value of [undefined, {}, "ws"]) {
      assert.throws(() => createDuplex(value as never), { code: "INVALID_ARGUMENT" });
    }
  });

  test("refuses options that it does not know", () => {
    const { connection } = connectToPeer("server");
    assert.throws(() => createDuplex(connection.handle, { allowHalfOpen: true } as never), {
      code: "INVALID_ARGUMENT",
      message:
        "allowHalfOpen is not an option of createDuplex; leave it out, a WebSocket cannot close one direction only",
    });
  });
});
