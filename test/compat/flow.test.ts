// How fast things come and go: pausing, what is buffered, how many events fit into a turn, and what becomes of exceptions.

import assert from "node:assert/strict";
import { opcodes, wireFrame } from "../support/wire.js";
import { compare } from "./implementations.js";
import { type After, closed, connectPair, event, rawClientOf, rawServerOf, turn } from "./support/peers.js";

const { text, ping, pong } = opcodes;

await compare("pause and resume", (module, check) => {
  check("stop and start the messages, and are seen in isPaused", async (t) => {
    const { client, peer } = await connectPair(t, module);
    const heard: string[] = [];
    peer.on("message", (data) => heard.push(String(data)));
    peer.pause();
    assert.equal(peer.isPaused, true);
    assert.equal(peer._socket.isPaused(), true);
    await new Promise<void>((resolve) => client.send("a", () => resolve()));
    await turn();
    await turn();
    assert.deepEqual(heard, []);
    const next = event(peer, "message");
    peer.resume();
    assert.equal(peer.isPaused, false);
    await next;
    assert.deepEqual(heard, ["a"]);
  });

  check("from a message: what came with it is still heard", async (t) => {
    const { raw, socket } = await rawClientOf(t, module);
    const heard: string[] = [];
    socket.on("message", (data) => {
      heard.push(String(data));
      socket.pause();
    });
    raw.write(Buffer.concat(["a", "b"].map((payload) => wireFrame({ opcode: text, payload }))));
    await event(socket, "message");
    await turn();
    assert.deepEqual(heard, ["a", "b"]);
    raw.sendFrame({ opcode: text, payload: "c" });
    await turn();
    await turn();
    assert.deepEqual(heard, ["a", "b"]);
    const next = event(socket, "message");
    socket.resume();
    await next;
    assert.deepEqual(heard, ["a", "b", "c"]);
  });

  check("do not hold back what is sent, or the start of a close", async (t) => {
    const { raw, socket } = await rawClientOf(t, module);
    socket.pause();
    socket.send("a");
    assert.equal((await raw.readFrame()).payload.toString(), "a");
    socket.close(1000);
    assert.equal((await raw.readClose()).code, 1000);
    const ended = closed(socket);
    raw.sendFrame({ opcode: opcodes.close, payload: Uint8Array.of(3, 232) });
    await turn();
    assert.equal(socket.readyState, socket.CLOSING);
    assert.equal(socket.isPaused, true);
    socket.resume();
    await raw.readToEnd();
    raw.socket.end();
    assert.deepEqual(await ended, { code: 1000, reason: "" });
  });

  check("twice are as once", async (t) => {
    const { client, peer } = await connectPair(t, module);
    peer.pause();
    peer.pause();
    peer.resume();
    peer.resume();
    const next = event(peer, "message");
    client.send("a");
    await next;
  });
});

await compare("bufferedAmount", (module, check) => {
  check("is what the socket has not taken, and nothing once it is sent", async (t) => {
    const { client } = await connectPair(t, module);
    assert.equal(client.bufferedAmount, 0);
    client._socket.cork();
    client.send(Buffer.alloc(1000));
    assert.ok(client.bufferedAmount >= 1000);
    assert.ok(client.bufferedAmount <= 1000 + 14);
    assert.equal(client.bufferedAmount, client._socket.writableLength);
    await new Promise<void>((resolve) => {
      client.send("b", () => resolve());
      client._socket.uncork();
    });
    assert.equal(client.bufferedAmount, 0);
  });

  check("counts a Blob until it is read, and what waits behind it", async (t) => {
    const { client } = await connectPair(t, module);
    const sent = new Promise<void>((resolve) => {
      client.send(new Blob(["12345"]));
      assert.equal(client.bufferedAmount, 5);
      client.send("678", () => resolve());
      assert.equal(client.bufferedAmount, 8);
      client.ping("9");
      assert.equal(client.bufferedAmount, 9);
    });
    await sent;
    await turn();
    assert.equal(client.bufferedAmount, 0);
  });

  check("counts what is being compressed as it was before", async (t) => {
    const perMessageDeflate = { threshold: 0 };
    const { client, peer } = await connectPair(t, module, { server: { perMessageDeflate } });
    await new Promise<void>((resolve) => {
      peer.send("foo");
      assert.equal(peer.bufferedAmount, 3);
      peer.send("bar".repeat(1000), () => resolve());
      assert.equal(peer.bufferedAmount, 3003);
    });
    assert.equal(peer.bufferedAmount, 0);
    assert.equal(client.bufferedAmount, 0);
  });

  check("grows while the other end does not read", async (t) => {
    const { client, peer } = await connectPair(t, module);
    peer.pause();
    const chunk = Buffer.alloc(1_000_000);
    while (client.bufferedAmount === 0) {
      client.send(chunk);
      await turn();
    }
    assert.ok(client.bufferedAmount > 0);
    peer.resume();
    await new Promise<void>((resolve) => client.send("last", () => resolve()));
    assert.equal(client.bufferedAmount, 0);
  });
});

await compare("the events of one packet", (module, check) => {
  async function turnsOf(t: After, allowSynchronousEvents?: boolean): Promise<number[]> {
    const options = allowSynchronousEvents === undefined ? {} : { allowSynchronousEvents };
    const { raw, socket } = await rawClientOf(t, module, options);
    let now = 0;
    let isRunning = true;
    const count = (): void => {
      now++;
      if (isRunning) setImmediate(count);
    };
    const turns: number[] = [];
    const all = new Promise<void>((resolve) => {
      const note = (): void => {
        if (turns.length === 0) count();
        turns.push(now);
        if (turns.length === 4) resolve();
      };
      for (const name of ["message", "ping", "pong"]) socket.on(name, note);
    });
    const frames = [text, ping, pong, text].map((opcode) => wireFrame({ opcode, payload: "a" }));
    raw.write(Buffer.concat(frames));
    await all;
    isRunning = false;
    return turns;
  }

  check("come all at once, as allowSynchronousEvents says by default", async (t) => {
    assert.deepEqual(new Set(await turnsOf(t)), new Set([1]));
    assert.deepEqual(new Set(await turnsOf(t, true)), new Set([1]));
  });

  check("come one in a turn with allowSynchronousEvents false", async (t) => {
    assert.equal(new Set(await turnsOf(t, false)).size, 4);
  });

  check("with allowSynchronousEvents false, promises are settled between two of them", async (t) => {
    const { raw, socket } = await rawClientOf(t, module, { allowSynchronousEvents: false });
    raw.write(Buffer.concat(["1", "2"].map((payload) => wireFrame({ opcode: text, payload }))));
    const heard: string[] = [];
    for (let i = 0; i < 2; i++) heard.push(String((await event(socket, "message"))[0]));
    assert.deepEqual(heard, ["1", "2"]);
  });

  check("with allowSynchronousEvents false, close comes after the messages before it", async (t) => {
    const { raw, socket } = await rawClientOf(t, module, { allowSynchronousEvents: false });
    const heard: string[] = [];
    socket.on("message", (data) => heard.push(String(data)));
    const ended = closed(socket);
    raw.socket.end(
      Buffer.concat([
        wireFrame({ opcode: text, payload: "1" }),
        wireFrame({ opcode: text, payload: "2" }),
        wireFrame({ opcode: opcodes.close, payload: Uint8Array.of(3, 232) }),
      ]),
    );
    assert.deepEqual(await ended, { code: 1000, reason: "" });
    assert.deepEqual(heard, ["1", "2"]);
  });
});

await compare("an exception of a listener", (module, check) => {
  /** The next exception that nobody caught, kept from the runner. */
  function uncaught(): Promise<Error> {
    const others = process.listeners("uncaughtException");
    process.removeAllListeners("uncaughtException");
    return new Promise((resolve) => {
      process.once("uncaughtException", (error) => {
        for (const each of others) process.on("uncaughtException", each);
        resolve(error);
      });
    });
  }

  for (const name of ["message", "ping", "pong"] as const) {
    check(`of ${name} is thrown where nobody catches it`, async (t) => {
      const { raw, socket } = await rawServerOf(t, module);
      const thrown = new Error(`thrown by ${name}`);
      const failure = uncaught();
      socket.on(name, () => {
        throw thrown;
      });
      const opcode = name === "message" ? text : opcodes[name];
      raw.sendFrame({ opcode, isMasked: false });
      assert.equal(await failure, thrown);
    });
  }

  check("of an error that nobody listens for is that error", async (t) => {
    const { raw } = await rawServerOf(t, module);
    const failure = uncaught();
    raw.sendFrame({ opcode: 3, isMasked: false });
    assert.equal((await failure).message, "Invalid WebSocket frame: invalid opcode 3");
  });
});
