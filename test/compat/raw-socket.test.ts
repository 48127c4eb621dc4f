// The socket below a WebSocket, used beside it: programs write to it, read along, push into it and end it.

import assert from "node:assert/strict";
import { closePayloadOf, opcodes, wireFrame } from "../support/wire.js";
import { compare } from "./implementations.js";
import { closed, connectPair, event, orderOf, rawClientOf, turn } from "./support/peers.js";
import type { CompatSocket, Options, WsModule } from "./support/ws-module.js";

const badFrame = Buffer.from([0x85, 0]);
const broken = { code: 1006, reason: "" };

function assertBadOpcode(error: Error & { code?: string }): void {
  assert.ok(error instanceof RangeError);
  assert.equal(error.code, "WS_ERR_INVALID_OPCODE");
  assert.equal(error.message, "Invalid WebSocket frame: invalid opcode 5");
}

await compare("the socket below", (module, check) => {
  check("can be written to, frame by frame", async (t) => {
    const { client, peer } = await connectPair(t, module);
    const heard = event(client, "message");
    peer._socket.write(wireFrame({ opcode: opcodes.text, payload: "by hand", isMasked: false }));
    assert.equal(String((await heard)[0]), "by hand");
  });

  check("written a bad frame, fails the other end, which closes with 1002", async (t) => {
    const { client, peer } = await connectPair(t, module);
    const ends = Promise.all([closed(client), closed(peer)]);
    const failed = event(client, "error");
    peer._socket.write(badFrame);
    assertBadOpcode((await failed)[0]);
    assert.deepEqual(await ends, [broken, { code: 1002, reason: "" }]);
  });

  for (const isClosing of [false, true]) {
    check(
      `written bad frames at both ends at once${isClosing ? ", which close" : ""}: both fail`,
      async (t) => {
        const { client, peer } = await connectPair(t, module);
        const ends = Promise.all([closed(client), closed(peer)]);
        const failures = Promise.all([event(client, "error"), event(peer, "error")]);
        for (const socket of [peer, client]) {
          socket._socket.write(badFrame);
          if (isClosing) socket.close();
        }
        for (const [error] of await failures) assertBadOpcode(error);
        assert.deepEqual(await ends, [broken, broken]);
      },
    );
  }

  check("shows what comes to those who read along", async (t) => {
    const { raw, socket } = await rawClientOf(t, module);
    const chunks: Buffer[] = [];
    socket._socket.prependListener("data", (chunk: Buffer) => chunks.push(Buffer.from(chunk)));
    const heard = event(socket, "message");
    const bytes = wireFrame({ opcode: opcodes.text, payload: "seen" });
    raw.write(bytes);
    await heard;
    assert.deepEqual(Buffer.concat(chunks), bytes);
  });

  check("takes what is pushed into it as if it had come, and reads on after an error", async (t) => {
    const { socket } = (await rawClientOf(t, module, { maxPayload: 16_384 })) as { socket: CompatSocket };
    const failed = event(socket, "error");
    socket._socket.push(wireFrame({ opcode: opcodes.binary, payload: Buffer.alloc(16_385) }));
    const [error] = await failed;
    assert.equal(error.code, "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH");
    await turn();
    assert.equal(socket._socket.isPaused(), false);
  });

  check("reads on after a close frame that came behind a message", async (t) => {
    const { client, peer } = await connectPair(t, module);
    const order = orderOf(peer, "message", "close");
    const ends = Promise.all([closed(client), closed(peer)]);
    peer._socket.push(
      Buffer.concat([
        wireFrame({ opcode: opcodes.binary, payload: Buffer.alloc(16_384) }),
        wireFrame({ opcode: opcodes.close }),
      ]),
    );
    assert.deepEqual(await ends, [
      { code: 1005, reason: "" },
      { code: 1005, reason: "" },
    ]);
    assert.deepEqual(order, ["message", "close"]);
  });

  check("ended by hand is the end of both", async (t) => {
    const { client, peer } = await connectPair(t, module);
    const ends = Promise.all([closed(client), closed(peer)]);
    peer._socket.end();
    assert.deepEqual(await ends, [broken, broken]);
  });

  check("reset while something is sent is an error of the socket, and not of the WebSocket", async (t) => {
    const { client, peer } = await connectPair(t, module);
    client.on("error", () => assert.fail("an error"));
    const ended = closed(client);
    peer._socket.resetAndDestroy();
    client.send("a");
    client.send("b");
    assert.deepEqual(await ended, broken);
  });

  check("emits an error in vain: the connection ends, and nobody hears of it", async (t) => {
    const { client, peer } = await connectPair(t, module);
    client.on("error", () => assert.fail("an error"));
    const ends = Promise.all([closed(client), closed(peer)]);
    client._socket.emit("error", new Error("mine"));
    assert.equal(client.readyState, client.CLOSING);
    assert.deepEqual(await ends, [broken, broken]);
  });

  check("terminated while paused leaves isPaused as it was", async (t) => {
    const { client } = await connectPair(t, module);
    const ended = closed(client);
    client.pause();
    client.terminate();
    await ended;
    client.resume();
    assert.equal(client.isPaused, true);
  });
});

const compressing = { perMessageDeflate: { threshold: 0 } };

/** What the callbacks of these are told when the connection is ended at once. */
async function failuresOf(
  t: Parameters<typeof connectPair>[0],
  module: WsModule,
  options: Options,
  send: (client: CompatSocket, note: (name: string) => (error?: Error | null) => void) => void,
): Promise<string[]> {
  const { client, peer } = await connectPair(t, module, { server: options, client: options });
  const told: string[] = [];
  const ended = closed(peer);
  send(client, (name) => (error) => told.push(`${name} ${client.readyState} ${error?.message}`));
  client.terminate();
  assert.deepEqual(await ended, broken);
  return told;
}

await compare("what waits when the connection is ended", (module, check) => {
  check("behind a Blob that is being read fails with it, callback by callback", async (t) => {
    const told = await failuresOf(t, module, {}, (client, note) => {
      client.send(new Blob(["a"]), note("a"));
      client.send("b");
      client.send("c", note("c"));
      client.ping("d", undefined, note("d"));
    });
    const message = "The socket was closed while the blob was being read";
    assert.deepEqual(told, [`a 2 ${message}`, `c 2 ${message}`, `d 2 ${message}`]);
  });

  check("to be compressed fails, callback by callback", async (t) => {
    const told = await failuresOf(t, module, compressing, (client, note) => {
      client.send("a", note("a"));
      client.send("b");
      client.send("c", note("c"));
    });
    const message = "The socket was closed while data was being compressed";
    assert.deepEqual(told, [`a 2 ${message}`, `c 2 ${message}`]);
  });
});

await compare("what waits to be inflated", (module, check) => {
  const asked = { "Sec-WebSocket-Extensions": "permessage-deflate" };
  const empty = wireFrame({ opcode: opcodes.text, rsv: 0x40, payload: Buffer.of(0) });

  for (const method of ["close", "terminate"] as const) {
    check(`is heard in spite of a ${method} after the first message`, async (t) => {
      const { raw, socket } = await rawClientOf(t, module, { perMessageDeflate: true }, asked);
      const heard: string[] = [];
      socket.on("message", (data) => {
        if (heard.push(String(data)) === 1) setImmediate(() => socket[method](1000));
      });
      const ended = closed(socket);
      raw.write(Buffer.concat([empty, empty, empty, empty]));
      if (method === "close") {
        assert.deepEqual(await raw.readClose(), { code: 1000, reason: "" });
        raw.sendFrame({ opcode: opcodes.close, payload: closePayloadOf(1000) });
      }
      await raw.readToEnd();
      raw.socket.end();
      assert.deepEqual(await ended, method === "close" ? { code: 1000, reason: "" } : broken);
      assert.deepEqual(heard, ["", "", "", ""]);
    });
  }
});
