// createWebSocketStream when something goes wrong, and when several things end at once.

import assert from "node:assert/strict";
import { wireFrame } from "../support/wire.js";
import { compare } from "./implementations.js";
import {
  closed,
  connectPair,
  connectTo,
  event,
  orderOf,
  rawClientOf,
  startServer,
  turn,
} from "./support/peers.js";

const badFrame = wireFrame({ opcode: 5 });

await compare("a stream of a WebSocket that goes wrong", (module, check) => {
  const { createWebSocketStream } = module;

  check("has its errors once, though a bad frame and destroy come together", async (t) => {
    const { raw, socket } = await rawClientOf(t, module);
    const duplex = createWebSocketStream(socket);
    const order = orderOf(duplex, "error", "close");
    const ended = event(duplex, "close");
    const heard = event(socket, "error");
    raw.write(badFrame);
    await heard;
    duplex.destroy(new Error("too late"));
    await raw.readToEnd();
    raw.socket.end();
    await ended;
    await turn();
    assert.deepEqual(order, ["error", "close"]);
  });

  check("destroyed with an error while a bad frame arrives has the error it was given", async (t) => {
    const { raw, socket } = await rawClientOf(t, module);
    const duplex = createWebSocketStream(socket);
    const mine = new Error("mine");
    const failed = event(duplex, "error");
    const ended = event(duplex, "close");
    raw.write(badFrame);
    duplex.destroy(mine);
    assert.equal((await failed)[0], mine);
    await ended;
  });

  check("fails a write after the other end has closed", async (t) => {
    const { client, peer } = await connectPair(t, module);
    const duplex = createWebSocketStream(client);
    duplex.resume();
    const failed = event(duplex, "error");
    const ended = closed(client);
    peer.close(1000);
    await ended;
    const told = new Promise<Error | null | undefined>((resolve) => duplex.write("late", resolve));
    assert.match((await told)?.message ?? "", /^WebSocket is not open: readyState 3 \(CLOSED\)$/);
    assert.match((await failed)[0].message, /^WebSocket is not open/);
  });

  check("does not write what came while it connected when that fails", async (t) => {
    const { url } = await startServer(t, module, { verifyClient: () => false });
    const duplex = createWebSocketStream(connectTo(t, module, url));
    const failed = event(duplex, "error");
    const ended = event(duplex, "close");
    duplex.write("early");
    duplex.end();
    assert.equal((await failed)[0].message, "Unexpected server response: 401");
    await ended;
    assert.equal(duplex.writableFinished, false);
  });

  check("destroyed before it is open never opens", async (t) => {
    const { server, url } = await startServer(t, module);
    server.on("connection", () => assert.fail("connected"));
    const client = connectTo(t, module, url);
    client.on("open", () => assert.fail("opened"));
    const duplex = createWebSocketStream(client);
    const failed = event(duplex, "error");
    duplex.destroy(new Error("mine"));
    assert.equal((await failed)[0].message, "WebSocket was closed before the connection was established");
  });

  check("destroyed twice is destroyed once, and destroyed after its end changes nothing", async (t) => {
    const { client } = await connectPair(t, module);
    const duplex = createWebSocketStream(client);
    const order = orderOf(duplex, "error", "close");
    const ended = event(duplex, "close");
    duplex.destroy();
    duplex.destroy();
    await ended;
    duplex.destroy(new Error("too late"));
    await turn();
    assert.deepEqual(order, ["close"]);
    assert.equal(client.readyState, client.CLOSED);
  });

  check("ended at both ends at once ends", async (t) => {
    const { client, peer } = await connectPair(t, module);
    const streams = [client, peer].map((socket) => createWebSocketStream(socket));
    const ends = Promise.all(streams.map((duplex) => event(duplex, "close")));
    for (const duplex of streams) duplex.resume().end();
    await ends;
    assert.deepEqual(
      streams.map((duplex) => [duplex.readableEnded, duplex.writableFinished]),
      [
        [true, true],
        [true, true],
      ],
    );
  });

  check("does not end its other half, unless allowHalfOpen is false", async (t) => {
    for (const allowHalfOpen of [true, false]) {
      const { client, peer } = await connectPair(t, module);
      const duplex = createWebSocketStream(client, { allowHalfOpen });
      duplex.on("error", () => {});
      duplex.resume();
      const ended = event(duplex, "end");
      peer.close();
      await ended;
      await turn();
      assert.equal(duplex.writableEnded, !allowHalfOpen);
      duplex.destroy();
    }
  });

  check("does not resume a WebSocket that is not paused", async (t) => {
    const { client } = await connectPair(t, module);
    let resumes = 0;
    const { resume } = client;
    client.resume = function (this: typeof client) {
      resumes++;
      resume.call(this);
    };
    const duplex = createWebSocketStream(client);
    duplex.read();
    await turn();
    assert.equal(resumes, 0);
  });

  check("keeps no listeners for every chunk that it writes", async (t) => {
    const { client, peer } = await connectPair(t, module);
    const duplex = createWebSocketStream(client);
    let messages = 0;
    const all = new Promise<void>((resolve) => {
      peer.on("message", () => {
        if (++messages === 100) resolve();
      });
    });
    for (let i = 0; i < 100; i++) duplex.write("x");
    await all;
    for (const name of ["open", "close", "error", "message"]) {
      assert.ok(client.listenerCount(name) <= 2, name);
    }
  });

  check("carries a large stream both ways through an echo", async (t) => {
    const { client, peer } = await connectPair(t, module);
    const server = createWebSocketStream(peer);
    server.pipe(server);
    const duplex = createWebSocketStream(client);
    const chunk = Buffer.alloc(65_536, "0123456789abcdef");
    let received = 0;
    const all = new Promise<void>((resolve) => {
      duplex.on("data", (data: Buffer) => {
        received += data.length;
        if (received === 32 * chunk.length) resolve();
      });
    });
    for (let i = 0; i < 32; i++) {
      if (!duplex.write(chunk)) await event(duplex, "drain");
    }
    await all;
    const ended = event(duplex, "close");
    duplex.end();
    await ended;
  });
});
