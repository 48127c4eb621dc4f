// The draft of WebSocketStream (whatwg/websockets, pull request 48).

import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { type WebSocketCloseInfo, WebSocketError, WebSocketStream } from "sluice/web";
import { startRawServer, switchingHead } from "../support/raw-server.js";
import { echo, startServer } from "../support/sluice-server.js";
import { turn } from "../support/web-events.js";
import { closePayloadOf, opcodes, wireFrame } from "../support/wire.js";

async function rejection(promise: Promise<unknown>): Promise<WebSocketError> {
  const error = await promise.then(
    () => assert.fail("it resolved"),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof WebSocketError);
  assert.equal(error.constructor, WebSocketError);
  assert.equal(error.name, "WebSocketError");
  return error;
}

/** A server that tells what it was closed with, one connection after the other. */
async function startWitness(t: TestContext): Promise<{ url: string; told(): Promise<WebSocketCloseInfo> }> {
  const waiting: WebSocketCloseInfo[] = [];
  let wake = (): void => {};
  const { url } = await startServer(t, {
    close(_ws, closeCode, reason) {
      waiting.push({ closeCode, reason });
      wake();
    },
  });
  const told = async (): Promise<WebSocketCloseInfo> => {
    while (waiting.length === 0)
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    return waiting.shift() as WebSocketCloseInfo;
  };
  return { url, told };
}

describe("a WebSocketStream", () => {
  test("opens with streams, the subprotocol and the extensions", async (t) => {
    const { url } = await startServer(t, echo, { protocols: ["chat"], compression: true });
    const stream = new WebSocketStream(url, { protocols: ["chat", "echo"] });
    assert.equal(stream.url, `${url}/`);
    const { readable, writable, protocol, extensions } = await stream.opened;
    assert.equal(protocol, "chat");
    assert.match(extensions, /^permessage-deflate/);
    const [reader, writer] = [readable.getReader(), writable.getWriter()];
    await writer.write("text");
    await writer.write(Uint8Array.of(1, 2));
    await writer.write(Reflect.apply(Object, undefined, [7]));
    assert.equal((await reader.read()).value, "text");
    const { value } = await reader.read();
    assert.ok(value instanceof Uint8Array && value.constructor === Uint8Array);
    assert.deepEqual([...value], [1, 2]);
    assert.equal((await reader.read()).value, "7");
    stream.close({ closeCode: 3456, reason: "pizza" });
    // A server answers with the code alone.
    assert.deepEqual(await stream.closed, { closeCode: 3456, reason: "" });
    assert.equal((await reader.read()).done, true);
    await assert.rejects(writer.write("late"), { name: "InvalidStateError" });
  });

  for (const [info, expected] of [
    [undefined, { closeCode: 1005, reason: "" }],
    [{}, { closeCode: 1005, reason: "" }],
    [{ reason: "" }, { closeCode: 1005, reason: "" }],
    [{ reason: "why" }, { closeCode: 1000, reason: "why" }],
  ] as const) {
    test(`closes with ${JSON.stringify(info)} as the draft says`, async (t) => {
      const { url, told } = await startWitness(t);
      const stream = new WebSocketStream(url);
      await stream.opened;
      stream.close(info);
      stream.close({ closeCode: 4000 });
      assert.equal((await stream.closed).closeCode, expected.closeCode);
      assert.deepEqual(await told(), expected);
    });
  }

  test("refuses what no script may close with, and stays open", async (t) => {
    const { url } = await startServer(t, echo);
    const stream = new WebSocketStream(url);
    const { writable } = await stream.opened;
    for (const closeCode of [999, 1001, 2999, 5000])
      assert.throws(() => stream.close({ closeCode }), { name: "InvalidAccessError" });
    assert.throws(() => stream.close({ reason: ".".repeat(124) }), { name: "SyntaxError" });
    assert.throws(() => Reflect.apply(stream.close, stream, [true]), TypeError);
    await writable.getWriter().close();
    assert.equal((await stream.closed).closeCode, 1005);
  });

  for (const [how, end] of [
    ["aborting", "writable"],
    ["cancelling", "readable"],
  ] as const) {
    test(`${how} closes with what a WebSocketError says, and with nothing for any other reason`, async (t) => {
      const { url, told } = await startWitness(t);
      for (const [reason, expected] of [
        [
          new WebSocketError("", { closeCode: 3333, reason: "enough" }),
          { closeCode: 3333, reason: "enough" },
        ],
        [undefined, { closeCode: 1005, reason: "" }],
        [
          { closeCode: 3456, reason: "set" },
          { closeCode: 1005, reason: "" },
        ],
      ] as const) {
        const stream = new WebSocketStream(url);
        const { readable, writable } = await stream.opened;
        await (end === "writable" ? writable.abort(reason) : readable.cancel(reason));
        assert.equal((await stream.closed).closeCode, expected.closeCode);
        assert.deepEqual(await told(), expected);
      }
    });
  }

  test("closing the writable is done when the closing handshake is", async (t) => {
    const server = await startRawServer(t);
    const stream = new WebSocketStream(server.url);
    const peer = await server.acceptUpgrade();
    const { writable } = await stream.opened;
    let isClosed = false;
    const closing = writable
      .getWriter()
      .close()
      .then(() => {
        isClosed = true;
      });
    assert.equal((await peer.readClose()).code, 1005);
    await turn();
    assert.equal(isClosed, false);
    peer.sendFrame({ opcode: opcodes.close, payload: closePayloadOf(4567), isMasked: false });
    peer.socket.end();
    await closing;
    assert.equal((await stream.closed).closeCode, 4567);
  });

  test("that is closed by the peer ends the readable and fails the writable", async (t) => {
    const { url } = await startServer(t, { open: (ws) => void ws.close(4000, "ロボット") });
    const stream = new WebSocketStream(url);
    const { readable, writable } = await stream.opened;
    assert.deepEqual(await stream.closed, { closeCode: 4000, reason: "ロボット" });
    assert.equal((await readable.getReader().read()).done, true);
    await assert.rejects(writable.getWriter().ready, { name: "InvalidStateError" });
  });

  test("that is cut fails both streams with one error", async (t) => {
    const server = await startRawServer(t);
    const stream = new WebSocketStream(server.url);
    const peer = await server.acceptUpgrade();
    const { readable, writable } = await stream.opened;
    peer.socket.resetAndDestroy();
    const error = await rejection(stream.closed);
    assert.deepEqual([error.closeCode, error.reason], [1006, ""]);
    assert.ok(error.cause instanceof Error);
    await assert.rejects(readable.getReader().read(), (thrown) => thrown === error);
    await assert.rejects(writable.getWriter().ready, (thrown) => thrown === error);
  });

  test("whose peer does not answer Close fails with 1006", async (t) => {
    const server = await startRawServer(t);
    const stream = new WebSocketStream(server.url);
    const peer = await server.acceptUpgrade();
    await stream.opened;
    stream.close({ closeCode: 4000, reason: "because" });
    await peer.readClose();
    peer.socket.destroy();
    assert.equal((await rejection(stream.closed)).closeCode, 1006);
  });

  test("with a write that the peer did not take is not closed cleanly", async (t) => {
    const server = await startRawServer(t);
    const stream = new WebSocketStream(server.url, { compression: false });
    const peer = await server.acceptUpgrade();
    const { writable } = await stream.opened;
    const writer = writable.getWriter();
    peer.socket.pause();
    const writing = writer.write(new Uint8Array(64 * 1_048_576));
    peer.sendFrame({ opcode: opcodes.close, payload: closePayloadOf(4567), isMasked: false });
    peer.socket.end();
    await turn();
    setImmediate(() => peer.socket.destroy());
    const failed = await assert.rejects(writing, { name: "InvalidStateError" });
    assert.equal(failed, undefined);
    const error = await rejection(stream.closed);
    assert.ok(error.closeCode === 4567 || error.closeCode === 1006, String(error.closeCode));
    await assert.rejects(writer.write("word"), { name: "InvalidStateError" });
  });
});

describe("a write that is under way when a WebSocketStream closes", () => {
  test("or comes behind the peer's Close, makes the end unclean", async (t) => {
    const server = await startRawServer(t);
    const stream = new WebSocketStream(server.url);
    const peer = await server.accept();
    const close = wireFrame({ opcode: opcodes.close, payload: closePayloadOf(4567, "bye"), isMasked: false });
    peer.write(Buffer.concat([Buffer.from(switchingHead(await peer.readHead())), close]));
    const { writable } = await stream.opened;
    const writer = writable.getWriter();
    await peer.readClose();
    const writing = assert.rejects(writer.write("unheard"), { name: "InvalidStateError" });
    peer.socket.end();
    const error = await rejection(stream.closed);
    assert.deepEqual([error.closeCode, error.reason], [4567, "bye"]);
    await writing;
  });

  test("but not one that comes behind a Close of this end's own", async (t) => {
    const { url } = await startServer(t, echo);
    const stream = new WebSocketStream(url);
    const { writable } = await stream.opened;
    stream.close({ closeCode: 3000 });
    await assert.rejects(writable.getWriter().write("unheard"), { name: "InvalidStateError" });
    assert.equal((await stream.closed).closeCode, 3000);
  });

  /** Takes turns to be compressed. */
  const large = (): Uint8Array => new Uint8Array(8 * 1_048_576);

  test("is done when this end closes, and the peer has read it", async (t) => {
    let received = 0;
    const message = (_ws: unknown, data: string | Uint8Array): void => {
      received = data.length;
    };
    const options = { compression: true, maxMessageBytes: Infinity };
    const { url } = await startServer(t, { message }, options);
    const stream = new WebSocketStream(url);
    const { writable } = await stream.opened;
    const writer = writable.getWriter();
    await writer.ready;
    const writing = writer.write(large());
    await turn();
    stream.close();
    await writing;
    assert.equal((await stream.closed).closeCode, 1005);
    assert.equal(received, large().length);
  });

  test("is not done when the peer closes before it was compressed and sent", async (t) => {
    const { url } = await startServer(t, { message: (ws) => void ws.close(4321) }, { compression: true });
    const stream = new WebSocketStream(url);
    const { writable } = await stream.opened;
    const writer = writable.getWriter();
    await writer.write("close, please");
    await assert.rejects(writer.write(large()), { name: "InvalidStateError" });
    // Whether any of it had been begun is a race, and decides whether the end was clean.
    const { closeCode } = await stream.closed.catch((error: WebSocketError) => error);
    assert.equal(closeCode, 4321);
  });
});

describe("the backpressure of a WebSocketStream", () => {
  test("keeps a write waiting until the peer has taken it", async (t) => {
    const server = await startRawServer(t);
    const stream = new WebSocketStream(server.url, { compression: false });
    const peer = await server.acceptUpgrade();
    const { writable } = await stream.opened;
    peer.socket.pause();
    let isWritten = false;
    const size = 16 * 1_048_576;
    const writing = writable
      .getWriter()
      .write(new Uint8Array(size))
      .then(() => {
        isWritten = true;
      });
    for (let i = 0; i < 20; i++) await turn();
    assert.equal(isWritten, false);
    peer.socket.resume();
    assert.equal((await peer.readFrame()).payload.length, size);
    await writing;
    peer.socket.destroy();
    await rejection(stream.closed);
  });

  test("stops the peer while nobody reads, and loses nothing", async (t) => {
    let sent = 0;
    const { url } = await startServer(
      t,
      {
        open(ws) {
          const fill = (): void => {
            while (sent < 400 && ws.send(new Uint8Array(100_000)) === "sent") sent++;
          };
          Reflect.set(ws, "context", fill);
          fill();
        },
        drain: (ws) => (ws.context as () => void)(),
      },
      { maxBufferedBytes: Infinity },
    );
    const stream = new WebSocketStream(url);
    const { readable } = await stream.opened;
    for (let i = 0; i < 200; i++) await turn();
    assert.ok(sent < 400, `${sent} messages were sent to nobody`);
    let received = 0;
    for await (const chunk of readable.values({ preventCancel: true })) {
      assert.equal(chunk.length, 100_000);
      received++;
      if (received === 400) break;
    }
    stream.close();
    await stream.closed;
  });

  test("does not keep a connection from closing", async (t) => {
    const { url } = await startServer(t, {
      open(ws) {
        for (let i = 0; i < 10; i++) ws.send(String(i));
      },
    });
    const stream = new WebSocketStream(url);
    const { readable } = await stream.opened;
    await turn();
    stream.close();
    assert.equal((await stream.closed).closeCode, 1005);
    assert.equal((await readable.getReader().read()).value, "0");
  });

  test("delivers what came before the peer's Close to whoever reads late", async (t) => {
    const { url } = await startServer(t, {
      open(ws) {
        for (let i = 0; i < 5; i++) ws.send(String(i));
        void ws.close(1000);
      },
    });
    const stream = new WebSocketStream(url);
    const { readable } = await stream.opened;
    await turn();
    await turn();
    const received: unknown[] = [];
    for await (const chunk of readable) received.push(chunk);
    assert.deepEqual(received, ["0", "1", "2", "3", "4"]);
    assert.equal((await stream.closed).closeCode, 1000);
  });
});

describe("a WebSocketStream that does not open", () => {
  test("rejects both promises with a WebSocketError that says why", async (t) => {
    const server = await startRawServer(t);
    const stream = new WebSocketStream(server.url);
    const peer = await server.accept();
    await peer.readHead();
    peer.write("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    const error = await rejection(stream.opened);
    assert.match(error.message, /404/);
    assert.equal(await rejection(stream.closed), error);
  });

  test("rejects when it is closed during the handshake, and nobody has to listen", async (t) => {
    const server = await startRawServer(t);
    const stream = new WebSocketStream(server.url);
    stream.close();
    await rejection(stream.closed);
    await rejection(stream.opened);
    new WebSocketStream("ws://127.0.0.1:1/");
    await turn();
  });

  test("rejects with the reason of its signal, and opens no connection that is not wanted", async (t) => {
    const server = await startRawServer(t);
    const early = new WebSocketStream(server.url, { signal: AbortSignal.abort() });
    await assert.rejects(early.opened, { name: "AbortError" });
    await assert.rejects(early.closed, { name: "AbortError" });
    const controller = new AbortController();
    const stream = new WebSocketStream(server.url, { signal: controller.signal });
    const peer = await server.accept();
    const reason = new Error("changed my mind");
    controller.abort(reason);
    await assert.rejects(stream.opened, (thrown) => thrown === reason);
    await assert.rejects(stream.closed, (thrown) => thrown === reason);
    assert.match((await peer.readToEnd()).toString(), /^$|^GET/);
  });

  test("goes on when its signal is aborted after it has opened", async (t) => {
    const { url } = await startServer(t, echo);
    const controller = new AbortController();
    const stream = new WebSocketStream(url, { signal: controller.signal });
    const { readable, writable } = await stream.opened;
    controller.abort();
    const writer = writable.getWriter();
    await writer.write("connected");
    assert.equal((await readable.getReader().read()).value, "connected");
    await writer.close();
  });
});

describe("what is written to a WebSocketStream", () => {
  for (const [what, make] of [
    ["what cannot become text", () => ({ toString: () => ({}) })],
    ["a buffer that can be resized", () => Reflect.construct(ArrayBuffer, [8, { maxByteLength: 16 }])],
    ["a view on shared memory", () => new Uint8Array(new SharedArrayBuffer(8))],
  ] as const) {
    test(`is refused when it is ${what}`, async (t) => {
      const { url } = await startServer(t, echo);
      const stream = new WebSocketStream(url);
      const { writable } = await stream.opened;
      await assert.rejects(writable.getWriter().write(make() as string), TypeError);
      stream.close();
      await stream.closed;
    });
  }
});
