// Connections that end without a closing handshake, and what is sent into them.

import assert from "node:assert/strict";
import { closePayloadOf, opcodes, wireFrame } from "../support/wire.js";
import { compare } from "./implementations.js";
import { closed, connectPair, event, orderOf, rawClientOf, rawServerOf, turn } from "./support/peers.js";
import type { Callback, CompatSocket } from "./support/ws-module.js";

const broken = { code: 1006, reason: "" };

await compare("terminate", (module, check) => {
  check("ends both ends with 1006 and no error", async (t) => {
    const { client, peer } = await connectPair(t, module);
    for (const socket of [client, peer]) socket.on("error", () => assert.fail("an error"));
    const both = Promise.all([closed(client), closed(peer)]);
    client.terminate();
    assert.equal(client.readyState, client.CLOSING);
    assert.equal(client._socket.destroyed, true);
    assert.deepEqual(await both, [broken, broken]);
    assert.equal(client.readyState, client.CLOSED);
  });

  check("cuts a closing handshake short", async (t) => {
    const { raw, socket } = await rawClientOf(t, module);
    const ended = closed(socket);
    socket.close(1000);
    socket.terminate();
    socket.terminate();
    assert.deepEqual(await ended, broken);
    await raw.readToEnd();
  });

  check("after the other end's close frame keeps that one's code", async (t) => {
    const { raw, socket } = await rawServerOf(t, module);
    raw.sendFrame({ opcode: opcodes.close, payload: closePayloadOf(4000, "why"), isMasked: false });
    await raw.readFrame();
    const ended = closed(socket);
    socket.terminate();
    assert.deepEqual(await ended, { code: 4000, reason: "why" });
  });

  check("from a message: what came with it is still heard", async (t) => {
    const { raw, socket } = await rawClientOf(t, module);
    const heard: string[] = [];
    socket.on("message", (data) => {
      heard.push(`${data} ${socket.readyState}`);
      socket.terminate();
    });
    const ended = closed(socket);
    const frames = ["1", "2", "3"].map((payload) => wireFrame({ opcode: opcodes.text, payload }));
    raw.write(Buffer.concat(frames));
    assert.deepEqual(await ended, broken);
    assert.deepEqual(heard, ["1 1", "2 2", "3 2"]);
  });
});

await compare("a connection that ends", (module, check) => {
  check("with TCP's end alone is 1006 at a server, which ends too", async (t) => {
    const { raw, socket } = await rawClientOf(t, module);
    socket.on("error", () => assert.fail("an error"));
    const ended = closed(socket);
    raw.socket.end();
    assert.equal((await raw.readToEnd()).length, 0);
    assert.deepEqual(await ended, broken);
  });

  check("with TCP's end alone is 1006 at a client, which ends too", async (t) => {
    const { raw, socket } = await rawServerOf(t, module);
    socket.on("error", () => assert.fail("an error"));
    const ended = closed(socket);
    raw.socket.end();
    assert.equal((await raw.readToEnd()).length, 0);
    assert.deepEqual(await ended, broken);
  });

  check("with a reset is 1006 and no error", async (t) => {
    for (const { raw, socket } of [await rawClientOf(t, module), await rawServerOf(t, module)]) {
      socket.on("error", () => assert.fail("an error"));
      const ended = closed(socket);
      raw.socket.resetAndDestroy();
      assert.deepEqual(await ended, broken);
    }
  });

  check("in the middle of a frame is 1006 and no error", async (t) => {
    const { raw, socket } = await rawClientOf(t, module);
    socket.on("error", () => assert.fail("an error"));
    socket.on("message", () => assert.fail("a message"));
    const ended = closed(socket);
    raw.socket.end(wireFrame({ opcode: opcodes.text, payload: "cut short" }).subarray(0, 9));
    assert.deepEqual(await ended, broken);
  });

  check("with a message right before is heard with it", async (t) => {
    const { raw, socket } = await rawClientOf(t, module);
    const order = orderOf(socket, "message", "close");
    const ended = closed(socket);
    raw.socket.end(wireFrame({ opcode: opcodes.text, payload: "last" }));
    assert.deepEqual(await ended, broken);
    assert.deepEqual(order, ["message", "close"]);
  });

  check("because its socket is destroyed with an error is 1006, and that error is not emitted", async (t) => {
    const { client, peer } = await connectPair(t, module);
    client.on("error", () => assert.fail("an error"));
    const both = Promise.all([closed(client), closed(peer)]);
    client._socket.destroy(new Error("mine"));
    assert.deepEqual(await both, [broken, broken]);
  });

  check("after a close frame without TCP's end has the frame's code", async (t) => {
    const { raw, socket } = await rawServerOf(t, module);
    const ended = closed(socket);
    raw.socket.end(wireFrame({ opcode: opcodes.close, payload: closePayloadOf(1001), isMasked: false }));
    assert.deepEqual(await ended, { code: 1001, reason: "" });
  });

  check("while it is paused hands out what had arrived, and then ends", async (t) => {
    const { raw, socket } = await rawClientOf(t, module);
    const heard: string[] = [];
    socket.on("message", (data) => heard.push(String(data)));
    socket.pause();
    const arrived = new Promise<void>((resolve) => {
      const look = (): void => {
        if (socket._socket.readableLength > 0) resolve();
        else setImmediate(look);
      };
      look();
    });
    raw.write(wireFrame({ opcode: opcodes.text, payload: "kept" }));
    await arrived;
    const ended = closed(socket);
    socket.terminate();
    assert.deepEqual(await ended, broken);
    assert.deepEqual(heard, ["kept"]);
  });
});

/** How often the callback came, and with which messages. */
function noting(): { callback: Callback; messages: (string | undefined)[] } {
  const messages: (string | undefined)[] = [];
  return { callback: (error) => messages.push(error?.message), messages };
}

await compare("what is sent too late", (module, check) => {
  async function lateCalls(socket: CompatSocket, state: string): Promise<void> {
    const message = `WebSocket is not open: readyState ${state}`;
    const { callback, messages } = noting();
    const before = socket.bufferedAmount;
    socket.send("a");
    socket.ping("b");
    socket.pong("c");
    socket.send("d", callback);
    socket.send(Buffer.from("e"), {}, callback);
    socket.ping("f", undefined, callback);
    socket.pong(1, undefined, callback);
    socket.send(null, callback);
    socket.send(new Blob(["ghi"]), callback);
    assert.deepEqual(messages, [], "callbacks come later");
    assert.equal(socket.bufferedAmount, before + 10, "bufferedAmount grows by what was not sent");
    await turn();
    assert.deepEqual(messages, Array(6).fill(message));
  }

  check("while the connection closes is an error of the callback alone", async (t) => {
    const { raw, socket } = await rawClientOf(t, module);
    socket.on("error", () => assert.fail("an error"));
    socket.close();
    await raw.readFrame();
    await lateCalls(socket, "2 (CLOSING)");
  });

  check("once it is closed is an error of the callback alone", async (t) => {
    const { client, peer } = await connectPair(t, module);
    const both = Promise.all([closed(client), closed(peer)]);
    client.close();
    await both;
    for (const socket of [client, peer]) {
      socket.on("error", () => assert.fail("an error"));
      await lateCalls(socket, "3 (CLOSED)");
    }
  });

  check("to a client that never connected is an error of the callback alone", async (t) => {
    const server = await rawServerOf(t, module);
    const client = new module.WebSocket(`ws://127.0.0.1:${server.socket._socket.remotePort}`);
    client.on("error", () => {});
    client.close();
    await event(client, "close");
    await lateCalls(client, "3 (CLOSED)");
  });

  check("is told after what was sent before, also within an event", async (t) => {
    const { raw, socket } = await rawClientOf(t, module);
    const order: string[] = [];
    socket.once("message", () => {
      socket.send("in time", () => order.push("in time"));
      socket.close();
      socket.send("too late", () => order.push("too late"));
    });
    raw.write(wireFrame({ opcode: opcodes.text, payload: "now" }));
    await raw.readFrame();
    await raw.readFrame();
    await turn();
    assert.deepEqual(order, ["in time", "too late"]);
  });

  check("with a payload that is too long for a ping is no different", async (t) => {
    const { raw, socket } = await rawClientOf(t, module);
    socket.close();
    await raw.readFrame();
    const { callback, messages } = noting();
    socket.ping("x".repeat(126), undefined, callback);
    await turn();
    assert.deepEqual(messages, ["WebSocket is not open: readyState 2 (CLOSING)"]);
  });

  check("but was accepted before is an error of the callback when the socket is destroyed", async (t) => {
    const { client } = await connectPair(t, module);
    const failure = new Promise<Error | null | undefined>((resolve) => {
      client._socket.cork();
      client.send("never written", (error) => resolve(error));
    });
    client.terminate();
    assert.ok((await failure) instanceof Error);
  });
});
