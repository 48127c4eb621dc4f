import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { Duplex } from "node:stream";
import { describe, type TestContext, test } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { SocketTransport, type Transport, TransportError } from "#src/transport/index.js";
import type { ReadMode } from "#src/transport/socket-transport.js";
import { projectPath } from "../../support/paths.js";
import { describeTransport } from "./contract.js";
import { countedBytes, latin1, RecordingSink, turns } from "./recording-sink.js";
import { connectTcp, connectTlsPair, connectUnix, type SocketPair } from "./socket-pairs.js";

/** A transport that is destroyed with the test: with shared reads, it has taken the connection out of the socket. */
function over(t: TestContext, socket: Duplex, mode?: ReadMode): SocketTransport {
  const transport = new SocketTransport(socket, mode);
  t.after(() => transport.destroy());
  return transport;
}

function wrap(makePair: (t: TestContext) => Promise<SocketPair>, mode: ReadMode) {
  return async (t: TestContext): Promise<[Transport, Transport]> => {
    const { client, server } = await makePair(t);
    return [over(t, client, mode), over(t, server, mode)];
  };
}

describeTransport("TCP socket, reading as a stream,", wrap(connectTcp, "stream"));
describeTransport("TCP socket, reading into shared memory,", wrap(connectTcp, "shared"));
describeTransport(
  "paused TCP socket, reading into shared memory,",
  wrap((t) => connectTcp(t, true), "shared"),
);
describeTransport("unix socket, reading as a stream,", wrap(connectUnix, "stream"));
describeTransport("unix socket, reading into shared memory,", wrap(connectUnix, "shared"));
describeTransport("TLS socket", wrap(connectTlsPair, "stream"));
describeTransport("TLS socket, asked to read into shared memory,", wrap(connectTlsPair, "shared"));

describe("socket transport", () => {
  test("knows the address of the other end, and whether the bytes are encrypted", async (t) => {
    const tcp = await connectTcp(t);
    const plain = over(t, tcp.server, "shared");
    assert.deepEqual([plain.kind, plain.remoteAddress, plain.isSecure], ["node", "127.0.0.1", false]);
    const tls = await connectTlsPair(t);
    const secure = over(t, tls.client);
    assert.deepEqual([secure.kind, secure.remoteAddress, secure.isSecure], ["node", "127.0.0.1", true]);
    const unix = await connectUnix(t);
    const local = over(t, unix.client, "shared");
    assert.deepEqual([local.kind, local.remoteAddress, local.isSecure], ["node", undefined, false]);
  });

  test("loses nothing that the socket had read before the transport was made", async (t) => {
    for (const mode of ["stream", "shared"] as const) {
      const { client, server } = await connectTcp(t);
      client.write("read by the stream already, ");
      await once(server, "readable");
      const transport = over(t, server, mode);
      const sink = RecordingSink.attachedTo(transport);
      client.write("and behind");
      await sink.received(38);
      assert.equal(sink.text, "read by the stream already, and behind", mode);
    }
  });

  test("can be made over a socket that is still connecting", async (t) => {
    for (const mode of ["stream", "shared"] as const) {
      const listener = createServer();
      listener.listen(0, "127.0.0.1");
      await once(listener, "listening");
      const accepted = once(listener, "connection") as Promise<[Socket]>;
      const client = connect((listener.address() as AddressInfo).port, "127.0.0.1");
      const transport = over(t, client, mode);
      const sink = RecordingSink.attachedTo(transport);
      transport.write(Buffer.from("up"));
      const [server] = await accepted;
      t.after(() => {
        server.destroy();
        client.destroy();
        listener.close();
      });
      const [up] = (await once(server, "data")) as [Buffer];
      assert.equal(up.toString(), "up");
      server.end("down");
      await sink.called("ended");
      assert.equal(sink.text, "down");
    }
  });

  test("tells of a connection that was refused", async () => {
    const listener = createServer();
    listener.listen(0, "127.0.0.1");
    await once(listener, "listening");
    const { port } = listener.address() as AddressInfo;
    listener.close();
    await once(listener, "close");
    const sink = RecordingSink.attachedTo(new SocketTransport(connect(port, "127.0.0.1"), "shared"));
    await sink.called("closed");
    assert.deepEqual(
      [sink.closedError?.code, sink.closedError?.errno],
      ["CONNECTION_REFUSED", "ECONNREFUSED"],
    );
  });

  test("tells a reset connection from one that ended", async (t) => {
    for (const mode of ["stream", "shared"] as const) {
      const { client, server } = await connectTcp(t);
      const sink = RecordingSink.attachedTo(over(t, server, mode));
      client.resetAndDestroy();
      await sink.called("closed");
      const error = sink.closedError;
      assert.ok(error instanceof TransportError);
      assert.deepEqual(
        [error.code, error.errno, error.syscall, error.retryable],
        ["CONNECTION_RESET", "ECONNRESET", "read", true],
      );
    }
  });

  test("tells of a write to a peer that is gone", async (t) => {
    const { client, server } = await connectTcp(t);
    const transport = over(t, server, "shared");
    const sink = RecordingSink.attachedTo(transport);
    // Paused, it finds out by writing.
    transport.pause();
    client.resetAndDestroy();
    await turns();
    while (!sink.isClosed) {
      transport.write(new Uint8Array(1000));
      await turns(1);
    }
    assert.equal(sink.closedError?.code, "CONNECTION_RESET");
  });

  test("ends with the error of a stream that reports one and goes on, as Node's TLS does at an alert", async () => {
    const stream = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done(), autoDestroy: false });
    const sink = RecordingSink.attachedTo(new SocketTransport(stream));
    stream.emit("error", Object.assign(new Error("alert"), { code: "ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR" }));
    stream.push(null);
    await sink.called("closed");
    assert.deepEqual([sink.calls, sink.closedError?.code], [["closed"], "TLS_FAILED"]);
  });

  test("closes at once over a socket that was destroyed before", async (t) => {
    const { client } = await connectTcp(t);
    client.destroy();
    await once(client, "close");
    const sink = RecordingSink.attachedTo(over(t, client));
    await sink.called("closed");
    assert.deepEqual(sink.calls, ["closed"]);
  });

  test("keeps bytes that it did not take until it is drained, and sends them unchanged", async (t) => {
    const { client, server } = await connectTcp(t);
    const transport = over(t, client);
    const sink = RecordingSink.attachedTo(transport);
    const far = over(t, server, "shared");
    const received = RecordingSink.attachedTo(far, false);
    far.pause();
    let isTaken = true;
    let written = 0;
    while (isTaken) {
      isTaken = transport.write(new Uint8Array(1_000_000).fill(7));
      written += 1_000_000;
    }
    assert.ok(transport.pendingBytes > 0);
    assert.equal(transport.write(Uint8Array.of(7)), false, "what is behind them is kept too");
    far.resume();
    await sink.called("drained");
    assert.equal(transport.pendingBytes, 0);
    assert.equal(sink.count("drained"), 1);
    await received.received(written + 1);
    assert.equal(transport.write(Uint8Array.of(7)), true);
  });

  test("sends everything that waits in a stream of another kind before its end, as it was when it was written", async () => {
    const finished: (() => void)[] = [];
    const written: string[] = [];
    const duplex = new Duplex({
      read() {},
      write(chunk: Buffer, _encoding, done) {
        written.push(chunk.toString());
        finished.push(done);
      },
    });
    const transport = new SocketTransport(duplex);
    const sink = RecordingSink.attachedTo(transport);
    for (const text of ["one", "two", "three"]) {
      const bytes = Buffer.from(text);
      assert.equal(transport.write(bytes), true);
      bytes.fill(0);
    }
    transport.end();
    while (finished.length > 0) {
      finished.shift()?.();
      await turns(1);
    }
    assert.deepEqual(written.filter(Boolean), ["one", "two", "three"]);
    duplex.push(null);
    await sink.called("closed");
    assert.equal(sink.closedError, undefined);
  });

  test("tells of an end that came before it was made", async () => {
    const duplex = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
    duplex.push(null);
    duplex.resume();
    await once(duplex, "end");
    const transport = new SocketTransport(duplex);
    const sink = RecordingSink.attachedTo(transport);
    await sink.called("ended");
    transport.end();
    await sink.called("closed");
    assert.deepEqual(sink.calls, ["ended", "closed"]);
  });

  test("lends the sink a copy of what a stream of another kind hands on, which may be somebody else's", async () => {
    const duplex = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
    const transport = new SocketTransport(duplex);
    const received: string[] = [];
    transport.attach({
      receive(bytes, start, end) {
        received.push(latin1(bytes.subarray(start, end)));
        bytes.fill(0, start, end);
      },
      ended() {},
      drained() {},
      closed() {},
    });
    const chunk = Buffer.from("still needed");
    duplex.push(chunk);
    await turns(2);
    assert.deepEqual(received, ["still needed"]);
    assert.equal(chunk.toString(), "still needed");
    transport.destroy();
  });

  test("is congested by what is on its way over TLS, until a later turn, and not over TCP", async (t) => {
    for (const [connectPair, isCongested] of [
      [connectTcp, false],
      [connectTlsPair, true],
    ] as const) {
      const { client, server } = await connectPair(t);
      const transport = over(t, server, "shared");
      const sink = RecordingSink.attachedTo(transport);
      client.resume();
      transport.write(new Uint8Array(1000));
      assert.deepEqual([transport.isCongested, transport.pendingBytes > 0], [isCongested, isCongested]);
      if (isCongested) await sink.called("drained");
      assert.equal(transport.isCongested, false);
    }
  });

  test("tells of bytes that were written to the stream before it was made", async () => {
    let finish = (): void => {};
    const duplex = new Duplex({
      read() {},
      write(chunk: Buffer, _encoding, done) {
        if (chunk.length === 0) done();
        else finish = done;
      },
    });
    duplex.write("before");
    const transport = new SocketTransport(duplex);
    const sink = RecordingSink.attachedTo(transport);
    assert.equal(transport.isCongested, true);
    finish();
    await sink.called("drained");
    transport.destroy();
  });

  test("works over any duplex stream", async () => {
    const written: Buffer[] = [];
    const duplex = new Duplex({
      read() {},
      write(chunk: Buffer, _encoding, done) {
        written.push(chunk);
        done();
      },
    });
    const transport = new SocketTransport(duplex, "shared");
    const sink = RecordingSink.attachedTo(transport);
    assert.deepEqual([transport.isSecure, transport.remoteAddress], [false, undefined]);
    transport.setKeepAlive(false);
    duplex.push("in");
    transport.write(Buffer.from("out"));
    await sink.received(2);
    assert.equal(sink.text, "in");
    assert.equal(Buffer.concat(written).toString(), "out");
    duplex.push(null);
    transport.end();
    await sink.called("closed");
    assert.deepEqual(sink.calls, ["receive", "ended", "closed"]);
  });

  test("keeps the process alive until it is told not to", async () => {
    const door = JSON.stringify(pathToFileURL(projectPath("dist/transport/index.js")).href);
    const script = `
      import { connect, createServer } from "node:net";
      import { SocketTransport } from ${door};
      const sink = { receive() {}, ended() {}, drained() {}, closed() {} };
      const listener = createServer((socket) => {
        const transports = [socket, client].map((one) => new SocketTransport(one, process.argv[1]));
        for (const transport of transports) transport.attach(sink);
        for (const transport of transports) transport.setKeepAlive(false);
        listener.unref();
      });
      let client;
      listener.listen(0, "127.0.0.1", () => { client = connect(listener.address().port, "127.0.0.1"); });
      process.on("exit", () => process.stdout.write("left by itself"));`;
    for (const mode of ["stream", "shared"]) {
      const args = ["--input-type=module", "--eval", script, mode];
      const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 60_000 });
      assert.equal(stdout, "left by itself");
    }
  });
});

describe("released socket", () => {
  async function readAll(stream: Duplex): Promise<string> {
    let text = "";
    stream.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
    });
    stream.resume();
    await once(stream, "end");
    return text;
  }

  for (const [name, makePair, mode] of [
    ["TCP socket that was read as a stream", connectTcp, "stream"],
    ["TCP socket that was read into shared memory", connectTcp, "shared"],
    ["unix socket that was read into shared memory", connectUnix, "shared"],
    ["TLS socket", connectTlsPair, "stream"],
  ] as const) {
    test(`is an ordinary stream again, with what was unread first: ${name}`, async (t) => {
      const { client, server } = await makePair(t);
      const transport = over(t, server, mode);
      const sink = RecordingSink.attachedTo(transport);
      client.write("head");
      await sink.received(4);
      transport.pause();
      client.write(countedBytes(300_000));
      await turns();
      const waiting = sink.byteLength - 4;
      const stream = transport.release(Buffer.from("head"));
      client.end(countedBytes(200_000, 300_000));
      const text = await readAll(stream);
      assert.ok(text === `head${latin1(countedBytes(500_000)).slice(waiting)}`, `${text.length} bytes`);
      stream.end("answer");
      const [answer] = (await once(client, "data")) as [Buffer];
      assert.equal(answer.toString(), "answer");
      assert.equal(sink.count("ended") + sink.count("closed"), 0, "the transport's sink hears nothing more");
    });
  }

  test("slows its peer down when nobody reads it", async (t) => {
    const { client, server } = await connectTcp(t);
    const transport = over(t, server, "shared");
    const sink = RecordingSink.attachedTo(transport);
    client.write("x");
    await sink.received(1);
    transport.pause();
    const stream = transport.release(new Uint8Array(0));
    // Read, but never asked for what was read.
    stream.on("readable", () => {});
    client.write(new Uint8Array(50_000_000));
    await turns(200);
    assert.ok(stream.readableLength < 1_000_000, `${stream.readableLength} bytes are held`);
    stream.destroy();
  });

  test("can carry another transport", async (t) => {
    for (const modes of [
      ["shared", "stream"],
      ["shared", "shared"],
      ["stream", "shared"],
    ] as const) {
      const { client, server } = await connectTcp(t);
      const first = over(t, server, modes[0]);
      const sink = RecordingSink.attachedTo(first);
      client.write("one");
      await sink.received(3);
      first.pause();
      const second = over(t, first.release(Buffer.from("one")) as Socket, modes[1]);
      const next = RecordingSink.attachedTo(second);
      client.write("two");
      await next.received(6);
      assert.equal(next.text, "onetwo", modes.join());
      second.write(Buffer.from("back"));
      const [back] = (await once(client, "data")) as [Buffer];
      assert.equal(back.toString(), "back");
      client.end();
      await next.called("ended");
    }
  });
});
