import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ClosedError } from "#src/connection/index.js";
import { StateError } from "#src/protocol/index.js";
import { connectPair, connectToPeer, type MemoryPeer } from "../../support/memory-connection.js";
import { nextTurn, writeUntilStalled } from "../../support/stalled-writes.js";
import { readAll } from "./message-reader.js";

function isStateError(code: string): (error: unknown) => boolean {
  return (error) => error instanceof StateError && error.code === code;
}

/** The peer's Close, and the end of its side of TCP. */
function closePeer(peer: MemoryPeer, code: number): void {
  peer.close(code);
  peer.transport.end();
}

describe("ws.readable", () => {
  test("yields text as strings and binary messages as bytes, in order, then closes with the peer's Close", async () => {
    const { host, client, server } = connectPair();
    server.send("one");
    server.send(Uint8Array.of(2));
    server.send("");
    void server.close();
    const reading = readAll(client.handle.readable);
    await host.settle();
    assert.deepEqual(await reading, { read: ["one", Uint8Array.of(2), ""], error: undefined });
  });

  test("is the same object each time, as is ws.writable", () => {
    const { client, server } = connectPair();
    for (const { handle } of [client, server]) {
      assert.equal(handle.readable, handle.readable);
      assert.equal(handle.writable, handle.writable);
    }
  });

  test("errors with ClosedError when the peer vanishes, after what has come", async () => {
    const { host, client, server } = connectPair();
    server.send("last words");
    await host.settle();
    server.terminate();
    const reading = readAll(client.handle.readable);
    await host.settle();
    const { read, error } = await reading;
    assert.deepEqual(read, ["last words"]);
    assert.ok(error instanceof ClosedError);
    assert.equal(error.closeCode, 1006);
  });

  test("holds nothing itself: what is not read waits in the inbox, and then the peer does", async () => {
    const { host, client, server } = connectPair({ client: { maxQueuedMessages: 3 } });
    const reader = client.handle.readable.getReader();
    for (let i = 0; i < 10; i++) {
      server.send(String(i));
      await host.settle();
    }
    const waiting = server.link.transport.pendingBytes;
    assert.ok(waiting > 0, "the transport holds what the inbox has no room for");
    for (let i = 0; i < 10; i++) {
      const reading = reader.read();
      await host.settle();
      assert.deepEqual(await reading, { done: false, value: String(i) });
    }
    assert.equal(server.link.transport.pendingBytes, 0);
  });

  test("keeps messages from the moment it is asked for, where handlers have no use for them", async () => {
    const { host, client, server } = connectPair({ client: { handlers: { error() {} } } });
    const { readable } = client.handle;
    server.send("kept");
    await host.settle();
    const reading = readable.getReader().read();
    await host.settle();
    assert.deepEqual(await reading, { done: false, value: "kept" });
  });

  test("errors with ALREADY_ITERATING when a message handler gets the messages", async () => {
    const { client } = connectPair({ client: { handlers: { message() {} } } });
    await assert.rejects(client.handle.readable.getReader().read(), isStateError("ALREADY_ITERATING"));
    assert.equal(client.readyState, 1, "the handler goes on");
  });

  test("errors with ALREADY_ITERATING when an iterator waits for the next message", async () => {
    const { host, client, server } = connectPair();
    const first = client.handle.messages().next();
    await assert.rejects(client.handle.readable.getReader().read(), isStateError("ALREADY_ITERATING"));
    server.send("for the iterator");
    await host.settle();
    assert.deepEqual((await first).value, { type: "text", data: "for the iterator" });
  });

  test("cancel closes the connection with 1000, also while a read waits", async () => {
    const { host, client, server } = connectPair();
    const reader = client.handle.readable.getReader();
    const reading = reader.read();
    await host.settle();
    await reader.cancel("enough");
    assert.deepEqual(await reading, { done: true, value: undefined });
    await host.settle();
    const { code, reason, wasClean } = await server.closed;
    assert.deepEqual({ code, reason, wasClean }, { code: 1000, reason: "", wasClean: true });
  });

  test("a message that comes after cancel is no fault", async () => {
    const { host, client, server } = connectPair();
    const reader = client.handle.readable.getReader();
    void reader.read();
    await host.settle();
    server.send("too late");
    await reader.cancel();
    await host.settle();
    assert.equal((await client.closed).wasClean, true);
  });

  test("leaving a loop over it closes the connection with 1000", async () => {
    const { host, client, server } = connectPair();
    server.send("first");
    await host.settle();
    for await (const message of client.handle.readable) {
      assert.equal(message, "first");
      break;
    }
    await host.settle();
    assert.equal((await server.closed).code, 1000);
  });
});

describe("ws.writable", () => {
  test("sends each chunk as a message of its own kind", async () => {
    const { host, connection, peer } = connectToPeer("server");
    const writer = connection.handle.writable.getWriter();
    const bytes = Uint8Array.of(0x61, 0x62, 0x63);
    const written = [
      writer.write("text"),
      writer.write(bytes),
      writer.write(bytes.buffer),
      writer.write(new DataView(bytes.buffer, 1)),
      writer.write(new Blob(["blob"])),
      writer.write(""),
    ];
    await host.settle();
    await Promise.all(written);
    await host.settle();
    assert.deepEqual(peer.take(), [
      "text text",
      "binary abc",
      "binary abc",
      "binary bc",
      "binary blob",
      "text",
    ]);
  });

  test("close sends what was written, then Close 1000, and resolves when the peer has answered", async () => {
    const { host, connection, peer } = connectToPeer("server");
    const writer = connection.handle.writable.getWriter();
    void writer.write("last");
    let isClosed = false;
    const closing = writer.close().then(() => {
      isClosed = true;
    });
    await host.settle();
    assert.deepEqual(peer.take(), ["text last", "close 1000"]);
    assert.equal(isClosed, false);
    closePeer(peer, 1000);
    await host.settle();
    await closing;
  });

  for (const code of [1009, 1011, 4000]) {
    test(`close rejects with ClosedError when the peer answers with ${code}`, async () => {
      const { host, connection, peer } = connectToPeer("server");
      const closing = connection.handle.writable.getWriter().close();
      await host.settle();
      closePeer(peer, code);
      const rejected = assert.rejects(
        closing,
        (error) => error instanceof ClosedError && error.closeCode === code,
      );
      await host.settle();
      await rejected;
    });
  }

  test("close rejects with ClosedError when the peer does not answer in time", async () => {
    const { host, connection } = connectToPeer("server", { closeTimeoutMs: 1000 });
    const rejected = assert.rejects(connection.handle.writable.getWriter().close(), ClosedError);
    await host.advance(1000);
    await rejected;
  });

  test("a write waits for the low-water mark, and desiredSize is 0 meanwhile", async () => {
    const { host, connection, peer } = connectToPeer("server", {
      highWaterMarkBytes: 1000,
      lowWaterMarkBytes: 500,
    });
    peer.transport.pause();
    const writer = connection.handle.writable.getWriter();
    const { done, waiting } = await writeUntilStalled(() => writer.write(new Uint8Array(98)), 3);
    assert.equal(done, 6);
    assert.equal(writer.desiredSize, 0);
    assert.equal(connection.bufferedAmount, 600);
    peer.transport.resume();
    await host.settle();
    await waiting;
    assert.equal(writer.desiredSize, 1);
  });

  test("waits for room that others have taken", async () => {
    const { host, connection, peer } = connectToPeer("server", {
      maxBufferedBytes: 1000,
      highWaterMarkBytes: 500,
      bufferPolicy: "drop",
    });
    peer.transport.pause();
    for (let i = 0; i < 20; i++) connection.send(new Uint8Array(98));
    const written = connection.handle.writable.getWriter().write("patient");
    await host.settle();
    peer.transport.resume();
    await host.settle();
    await written;
    assert.equal(peer.take().at(-1), "text patient");
  });

  test("abort closes with 1011 and without a reason, at once, though a write waits for the peer", async () => {
    const { host, connection, peer } = connectToPeer("server", {
      highWaterMarkBytes: 0,
      lowWaterMarkBytes: 0,
    });
    peer.transport.pause();
    const writer = connection.handle.writable.getWriter();
    void writer.write("waits");
    writer.write("is never sent").catch(() => {});
    await host.settle();
    const aborted = writer.abort(new Error("the secret reason"));
    assert.equal(connection.readyState, 2);
    peer.transport.resume();
    await host.settle();
    await aborted;
    assert.deepEqual(peer.take(), ["text waits", "close 1011"]);
    await assert.rejects(writer.closed, { message: "the secret reason" });
  });

  for (const chunk of [{}, undefined, 1, { type: "close", code: 1000, reason: "" }]) {
    test(`a chunk such as ${JSON.stringify(chunk)} is INVALID_ARGUMENT, and closes with 1011`, async () => {
      const { host, connection, peer } = connectToPeer("server");
      const writer = connection.handle.writable.getWriter();
      writer.closed.catch(() => {});
      const rejected = assert.rejects(writer.write(chunk as never), isStateError("INVALID_ARGUMENT"));
      await host.settle();
      await rejected;
      assert.deepEqual(peer.take(), ["close 1011"]);
    });
  }

  for (const [how, end] of [
    ["closes", (peer: MemoryPeer) => closePeer(peer, 1000)],
    ["vanishes", (peer: MemoryPeer) => peer.transport.destroy()],
  ] as const) {
    test(`errors with ClosedError when the peer ${how}, though nobody writes`, async () => {
      const { host, connection, peer } = connectToPeer("server");
      const writer = connection.handle.writable.getWriter();
      const rejected = assert.rejects(writer.closed, ClosedError);
      await host.settle();
      end(peer);
      await host.settle();
      await rejected;
      await assert.rejects(writer.write("too late"), ClosedError);
    });
  }

  test("on a connection that is over, is errored from the beginning", async () => {
    const { host, connection, peer } = connectToPeer("client");
    closePeer(peer, 1001);
    await host.settle();
    const rejected = assert.rejects(connection.handle.writable.getWriter().closed, {
      code: "CONNECTION_CLOSED",
      closeCode: 1001,
    });
    await host.settle();
    await rejected;
  });
});

describe("two connections piped into each other", () => {
  test("relay messages of both kinds both ways, and the Close", async () => {
    const left = connectPair();
    const right = connectPair();
    const settle = async (): Promise<void> => {
      for (let i = 0; i < 5; i++) await Promise.all([left.host.settle(), right.host.settle()]);
    };
    const [a, b] = [left.server.handle, right.client.handle];
    const relay = Promise.allSettled([a.readable.pipeTo(b.writable), b.readable.pipeTo(a.writable)]);
    left.client.send("ping");
    left.client.send(Uint8Array.of(1));
    right.server.send("pong");
    await settle();
    void left.client.close();
    const [there, back] = [readAll(right.server), readAll(left.client)];
    await settle();
    assert.deepEqual((await there).read, ["ping", Uint8Array.of(1)]);
    assert.deepEqual((await back).read, ["pong"]);
    assert.equal((await right.server.closed).code, 1000);
    const [forth] = await relay;
    assert.equal(forth.status, "fulfilled");
  });

  test("tell the one behind with 1011 when the one in front vanishes", async () => {
    const left = connectPair();
    const right = connectPair();
    const piped = left.server.handle.readable.pipeTo(right.client.handle.writable);
    const rejected = assert.rejects(piped, ClosedError);
    await left.host.settle();
    left.client.terminate();
    for (let i = 0; i < 5; i++) await Promise.all([left.host.settle(), right.host.settle()]);
    await rejected;
    assert.equal((await right.server.closed).received?.code, 1011);
  });

  test("pass the pace of the slow one on to the sender", async () => {
    const left = connectPair();
    const right = connectPair();
    const [a, b] = [left.server.handle, right.client.handle];
    right.server.pause();
    void a.readable.pipeTo(b.writable).catch(() => {});
    const block = new Uint8Array(65_536);
    const sender = left.client.handle.writable.getWriter();
    const { done } = await writeUntilStalled(async () => {
      const written = sender.write(block);
      left.host.turns.run();
      right.host.turns.run();
      await nextTurn();
      left.host.turns.run();
      await written;
    }, 20);
    const held = a.bufferedAmount + b.bufferedAmount + left.client.handle.bufferedAmount;
    assert.ok(done < 24, `${done} blocks were taken`);
    assert.ok(held <= 4 * block.length, `${held} bytes wait to be sent`);
    for (const { client, server } of [left, right]) for (const end of [client, server]) end.terminate();
  });
});
