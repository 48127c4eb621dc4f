// createWebSocketStream: the socket as a Duplex.

import assert from "node:assert/strict";
import { Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
import { closePayloadOf, opcodes } from "../support/wire.js";
import { compare } from "./implementations.js";
import { idleClient } from "./support/idle-agent.js";
import { closed, connectPair, connectTo, event, rawClientOf, startServer, turn } from "./support/peers.js";

await compare("a stream of a WebSocket", (module, check) => {
  const { createWebSocketStream } = module;

  check("is a Duplex of bytes, whatever the options say about objects", () => {
    const { client } = idleClient(module.WebSocket);
    const duplex = createWebSocketStream(client, { writableObjectMode: true, objectMode: true });
    assert.ok(duplex instanceof Duplex);
    assert.equal(duplex.writableObjectMode, false);
    assert.equal(duplex.readableObjectMode, false);
    client.on("error", () => {});
    duplex.on("error", () => {});
    client.terminate();
  });

  check("may read objects: text is a string then", async (t) => {
    const { client, peer } = await connectPair(t, module);
    const duplex = createWebSocketStream(client, { readableObjectMode: true });
    const heard: unknown[] = [];
    duplex.on("data", (data) => heard.push(data));
    peer.send("text");
    peer.send(Buffer.from("bytes"));
    while (heard.length < 2) await event(duplex, "data");
    assert.equal(heard[0], "text");
    assert.ok(Buffer.isBuffer(heard[1]));
  });

  check("writes each chunk as a message of bytes, and reads messages as chunks", async (t) => {
    const { client, peer } = await connectPair(t, module);
    const duplex = createWebSocketStream(client);
    const received = event(peer, "message");
    duplex.write("hello");
    const [data, isBinary] = await received;
    assert.deepEqual([String(data), isBinary], ["hello", true]);
    const read = event(duplex, "data");
    peer.send("back");
    const [chunk] = await read;
    assert.ok(Buffer.isBuffer(chunk));
    assert.equal(chunk.toString(), "back");
  });

  check("has methods that may be taken off it and called by themselves", async (t) => {
    const { client, peer } = await connectPair(t, module);
    const { _read, _write, _final, _destroy } = createWebSocketStream(client);
    const received = event(peer, "message");
    _read(1);
    _write(Buffer.from("hello"), "utf8", () => _final(() => _destroy(null, () => {})));
    const [data] = await received;
    assert.equal(String(data), "hello");
    await closed(peer);
  });

  check("with decodeStrings false writes strings as text, with an encoding reads them", async (t) => {
    const { client, peer } = await connectPair(t, module);
    const duplex = createWebSocketStream(client, { decodeStrings: false, encoding: "utf8" });
    const received = event(peer, "message");
    duplex.write("hello");
    assert.equal((await received)[1], false);
    const read = event(duplex, "data");
    peer.send(Buffer.from("back"));
    assert.equal((await read)[0], "back");
  });

  check("may be written to before the connection is there", async (t) => {
    const { server, url } = await startServer(t, module);
    const heard = new Promise((resolve) => {
      server.on("connection", (socket) => socket.on("message", (data: Buffer) => resolve(String(data))));
    });
    const duplex = createWebSocketStream(connectTo(t, module, url));
    duplex.write("early");
    assert.equal(await heard, "early");
  });

  check("may be ended before the connection is there", async (t) => {
    const { server, url } = await startServer(t, module);
    const accepted = event(server, "connection");
    const duplex = createWebSocketStream(connectTo(t, module, url));
    duplex.resume();
    duplex.end();
    const ended = event(duplex, "close");
    assert.deepEqual(await closed((await accepted)[0]), { code: 1005, reason: "" });
    await ended;
  });

  check("its end is a close, and it emits finish, end and close", async (t) => {
    const { client, peer } = await connectPair(t, module);
    const duplex = createWebSocketStream(client);
    const order: string[] = [];
    for (const name of ["finish", "end", "close", "error"]) duplex.on(name, () => order.push(name));
    duplex.resume();
    const ended = Promise.all([event(duplex, "close"), closed(peer)]);
    duplex.end("last");
    assert.deepEqual((await ended)[1], { code: 1005, reason: "" });
    assert.deepEqual(order, ["finish", "end", "close"]);
    assert.equal(duplex.destroyed, true);
  });

  check("ends when the other end closes", async (t) => {
    const { client, peer } = await connectPair(t, module);
    const duplex = createWebSocketStream(client);
    const read: string[] = [];
    duplex.on("data", (data) => read.push(String(data)));
    const ended = Promise.all([event(duplex, "end"), event(duplex, "close")]);
    peer.send("a");
    peer.close(1000);
    await event(duplex, "end");
    duplex.end();
    await ended;
    assert.deepEqual(read, ["a"]);
  });

  check("destroyed, it ends the connection, and its error is emitted", async (t) => {
    const { client, peer } = await connectPair(t, module);
    const duplex = createWebSocketStream(client);
    const mine = new Error("mine");
    const ended = Promise.all([event(duplex, "error"), event(duplex, "close"), closed(peer)]);
    duplex.destroy(mine);
    const [[error], , end] = await ended;
    assert.equal(error, mine);
    assert.deepEqual(end, { code: 1006, reason: "" });
  });

  check("destroyed without an error while it connects, it has the error of that", async () => {
    const { client } = idleClient(module.WebSocket);
    const duplex = createWebSocketStream(client);
    const ended = Promise.all([event(duplex, "error"), event(duplex, "close")]);
    duplex.destroy();
    const [[error]] = await ended;
    assert.equal(error.message, "WebSocket was closed before the connection was established");
  });

  check("has the error of the WebSocket, and lets it say why it closes", async (t) => {
    const { raw, socket } = await rawClientOf(t, module);
    const duplex = createWebSocketStream(socket);
    const failed = event(duplex, "error");
    const ended = event(duplex, "close");
    raw.sendFrame({ opcode: 5 });
    assert.deepEqual(await raw.readClose(), { code: 1002, reason: "" });
    assert.equal(duplex.destroyed, true);
    raw.socket.end();
    const [error] = await failed;
    assert.equal(error.code, "WS_ERR_INVALID_OPCODE");
    await ended;
  });

  check("has the error of a connection that fails", async (t) => {
    const { url } = await startServer(t, module, { verifyClient: () => false });
    const duplex = createWebSocketStream(connectTo(t, module, url));
    const [error] = await event(duplex, "error");
    assert.equal(error.message, "Unexpected server response: 401");
  });

  check("pauses the WebSocket while nobody reads, and resumes it", async (t) => {
    const { client, peer } = await connectPair(t, module);
    const duplex = createWebSocketStream(client, { readableHighWaterMark: 10 });
    peer.send(Buffer.alloc(20));
    await event(client, "message");
    assert.equal(client.isPaused, true);
    assert.equal(duplex.readableLength, 20);
    duplex.resume();
    await turn();
    assert.equal(client.isPaused, false);
  });

  check("calls back when a chunk has left, which is how it keeps a pipe in step", async (t) => {
    const { client, peer } = await connectPair(t, module);
    const duplex = createWebSocketStream(client, { writableHighWaterMark: 5 });
    let bytes = 0;
    peer.on("message", (data) => {
      bytes += (data as Buffer).length;
    });
    const ended = closed(peer);
    duplex.resume();
    assert.equal(duplex.write(Buffer.alloc(10)), false);
    await event(duplex, "drain");
    await pipeline([Buffer.alloc(100_000), Buffer.alloc(100_000)], duplex);
    await ended;
    assert.equal(bytes, 200_010);
  });

  check("passes on a close with the messages before it, when it is read late", async (t) => {
    const { raw, socket } = await rawClientOf(t, module);
    const duplex = createWebSocketStream(socket, { readableHighWaterMark: 1 });
    raw.sendFrame({ opcode: opcodes.text, payload: "a" });
    raw.sendFrame({ opcode: opcodes.text, payload: "b" });
    raw.sendFrame({ opcode: opcodes.close, payload: closePayloadOf(1000) });
    await turn();
    let read = "";
    const all = (async () => {
      for await (const chunk of duplex) read += chunk;
    })();
    await raw.readFrame();
    raw.socket.end();
    await all;
    assert.equal(read, "ab");
  });
});
