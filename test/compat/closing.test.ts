// The closing handshake: what is sent, who ends the connection, and what is told about it.

import assert from "node:assert/strict";
import { closePayloadOf, opcodes, wireFrame } from "../support/wire.js";
import { compare } from "./implementations.js";
import { closed, connectPair, event, orderOf, rawClientOf, rawServerOf, turn } from "./support/peers.js";

const badCode = { name: "TypeError", message: "First argument must be a valid error code number" };
const badReason = { name: "TypeError", message: "Second argument must be a string or a Uint8Array" };
const longReason = { name: "RangeError", message: "The message must not be greater than 123 bytes" };

await compare("close", (module, check) => {
  const accepted: { given: unknown[]; payload: Buffer; code: number; reason?: string }[] = [
    { given: [], payload: Buffer.alloc(0), code: 1005 },
    { given: [undefined], payload: Buffer.alloc(0), code: 1005 },
    { given: [undefined, "lost"], payload: Buffer.alloc(0), code: 1005 },
    ...[1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 4999].map((code) => ({
      given: [code],
      payload: closePayloadOf(code),
      code,
    })),
    { given: [1000, ""], payload: closePayloadOf(1000), code: 1000 },
    { given: [1000, undefined], payload: closePayloadOf(1000), code: 1000 },
    { given: [1000, Buffer.alloc(0)], payload: closePayloadOf(1000), code: 1000 },
    { given: [1000, 12], payload: closePayloadOf(1000), code: 1000 },
    { given: [1000, "why"], payload: closePayloadOf(1000, "why"), code: 1000, reason: "why" },
    { given: [4000, "€"], payload: closePayloadOf(4000, "€"), code: 4000, reason: "€" },
    { given: [1001, Buffer.from("b")], payload: closePayloadOf(1001, "b"), code: 1001, reason: "b" },
    { given: [1001, Uint8Array.of(97)], payload: closePayloadOf(1001, "a"), code: 1001, reason: "a" },
    {
      given: [1000, "x".repeat(123)],
      payload: closePayloadOf(1000, "x".repeat(123)),
      code: 1000,
      reason: "x".repeat(123),
    },
  ];
  for (const { given, payload, code, reason = "" } of accepted) {
    const what = given.map((each) => (each instanceof Uint8Array ? `${each.length} bytes` : String(each)));
    check(
      `(${what.join(", ").slice(0, 40)}) is the frame ${payload.toString("hex").slice(0, 20)}`,
      async (t) => {
        const { raw, socket } = await rawClientOf(t, module);
        socket.close(...given);
        assert.equal(socket.readyState, socket.CLOSING);
        const frame = await raw.readFrame();
        assert.deepEqual([frame.opcode, frame.fin, frame.payload], [opcodes.close, true, payload]);
        const ended = closed(socket);
        raw.sendFrame({ opcode: opcodes.close, payload });
        assert.equal((await raw.readToEnd()).length, 0);
        raw.socket.end();
        assert.deepEqual(await ended, { code, reason });
      },
    );
  }

  const refused: { given: unknown[]; error: object }[] = [
    ...[0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, -1, 1.5, Number.NaN, "1000", null, true, {}].map(
      (code) => ({ given: [code], error: badCode }),
    ),
    { given: [1000, "x".repeat(124)], error: longReason },
    { given: [1000, "€".repeat(42)], error: longReason },
    { given: [1000, Buffer.alloc(124)], error: longReason },
    { given: [1000, Uint16Array.of(97)], error: badReason },
    { given: [1000, [97]], error: { name: "TypeError", code: "ERR_INVALID_ARG_TYPE" } },
    { given: [1000, null], error: { name: "TypeError" } },
  ];
  for (const { given, error } of refused) {
    const what = given.map((each) => String(each));
    check(`(${what.join(", ").slice(0, 40)}) throws and closes nothing`, async (t) => {
      const { client } = await connectPair(t, module);
      assert.throws(() => client.close(...given), error);
      assert.equal(client.readyState, client.OPEN);
      client.close();
      assert.equal(client.readyState, client.CLOSING);
    });
  }

  check("is masked by a client, which waits for the answer and for the server to end", async (t) => {
    const { raw, socket } = await rawServerOf(t, module);
    socket.close(1000, "bye");
    const frame = await raw.readFrame();
    assert.equal(frame.isMasked, true);
    assert.deepEqual(frame.payload, closePayloadOf(1000, "bye"));
    await turn();
    assert.equal(socket.readyState, socket.CLOSING);
    const ended = closed(socket);
    raw.sendFrame({ opcode: opcodes.close, payload: closePayloadOf(1000, "yes"), isMasked: false });
    assert.equal((await raw.readToEnd()).length, 0);
    raw.socket.end();
    assert.deepEqual(await ended, { code: 1000, reason: "yes" });
    assert.equal(socket.readyState, socket.CLOSED);
  });

  check("again, while it closes, sends nothing more", async (t) => {
    const { raw, socket } = await rawClientOf(t, module);
    socket.close(1000);
    socket.close(1001);
    socket.close("nonsense");
    assert.deepEqual(await raw.readClose(), { code: 1000, reason: "" });
    raw.sendFrame({ opcode: opcodes.close, payload: closePayloadOf(1000) });
    assert.equal((await raw.readToEnd()).length, 0);
  });

  check("once it is closed does nothing at all", async (t) => {
    const { client, peer } = await connectPair(t, module);
    const both = Promise.all([closed(client), closed(peer)]);
    client.close();
    await both;
    for (const socket of [client, peer]) {
      socket.on("close", () => assert.fail("closed again"));
      socket.close();
      socket.close(1, "nonsense");
      socket.terminate();
      socket.pause();
      socket.resume();
      assert.equal(socket.isPaused, false);
      assert.equal(socket.readyState, 3);
    }
    await turn();
  });

  check("of both ends at once is one handshake", async (t) => {
    const { client, peer } = await connectPair(t, module);
    const both = Promise.all([closed(client), closed(peer)]);
    client.close(4001, "client");
    peer.close(4002, "server");
    assert.deepEqual(await both, [
      { code: 4002, reason: "server" },
      { code: 4001, reason: "client" },
    ]);
  });

  check("waits for what was sent before it", async (t) => {
    const { client, peer } = await connectPair(t, module);
    let bytes = 0;
    peer.on("message", (data) => {
      bytes += (data as Buffer).length;
    });
    const ended = closed(peer);
    for (let i = 0; i < 20; i++) client.send(Buffer.alloc(100_000));
    client.close(1000);
    assert.deepEqual(await ended, { code: 1000, reason: "" });
    assert.equal(bytes, 2_000_000);
  });

  check("messages of the other end still arrive until its own close", async (t) => {
    const { raw, socket } = await rawClientOf(t, module);
    const messages: string[] = [];
    socket.on("message", (data) => messages.push(`${data} in ${socket.readyState}`));
    socket.close(1000);
    await raw.readFrame();
    const ended = closed(socket);
    raw.write(
      Buffer.concat([
        wireFrame({ opcode: opcodes.text, payload: "before" }),
        wireFrame({ opcode: opcodes.close, payload: closePayloadOf(1000) }),
        wireFrame({ opcode: opcodes.text, payload: "after" }),
        wireFrame({ opcode: 5, payload: "nonsense" }),
      ]),
    );
    await raw.readToEnd();
    raw.socket.end();
    assert.deepEqual(await ended, { code: 1000, reason: "" });
    assert.deepEqual(messages, ["before in 2"]);
  });

  check("without an answer ends by closeTimeout, as if it had broken", async (t) => {
    const { raw, socket } = await rawClientOf(t, module, { closeTimeout: 20 });
    const ended = closed(socket);
    socket.close(1000);
    assert.deepEqual(await ended, { code: 1006, reason: "" });
    assert.deepEqual(await raw.readClose(), { code: 1000, reason: "" });
    const client = await rawServerOf(t, module, { closeTimeout: 20 });
    const clientEnded = closed(client.socket);
    client.socket.close();
    assert.deepEqual(await clientEnded, { code: 1006, reason: "" });
  });

  check("with an answer, but no end of TCP, ends by closeTimeout too, with the answer's code", async (t) => {
    const { raw, socket } = await rawServerOf(t, module, { closeTimeout: 20 });
    const ended = closed(socket);
    socket.close(1000);
    await raw.readFrame();
    raw.sendFrame({ opcode: opcodes.close, payload: closePayloadOf(4000, "mine"), isMasked: false });
    assert.deepEqual(await ended, { code: 4000, reason: "mine" });
  });
});

await compare("a close frame", (module, check) => {
  for (const [payload, code, reason] of [
    [Buffer.alloc(0), 1005, ""],
    [closePayloadOf(1000), 1000, ""],
    [closePayloadOf(1000, "why"), 1000, "why"],
    [closePayloadOf(3999, "€"), 3999, "€"],
  ] as const) {
    check(`of ${code} ${reason} is answered with the same, and the server ends first`, async (t) => {
      const { raw, socket } = await rawClientOf(t, module);
      const ended = closed(socket);
      raw.sendFrame({ opcode: opcodes.close, payload });
      const answer = await raw.readFrame();
      assert.deepEqual([answer.opcode, answer.payload], [opcodes.close, payload]);
      assert.equal((await raw.readToEnd()).length, 0);
      raw.socket.end();
      assert.deepEqual(await ended, { code, reason });
    });
  }

  check("is answered before close is emitted, and while it is, the state is CLOSING", async (t) => {
    const { client, peer } = await connectPair(t, module);
    const order = orderOf(peer, "message", "close", "error");
    const ended = Promise.all([event(client, "close"), event(peer, "close")]);
    client.send("last");
    client.close(1000, "done");
    const [[code, reason, ...rest]] = await ended;
    assert.equal(code, 1000);
    assert.ok(Buffer.isBuffer(reason));
    assert.equal(reason.toString(), "done");
    assert.equal(rest.length, 0);
    assert.deepEqual(order, ["message", "close"]);
  });

  check("may come in the packet of a message whose listener closes", async (t) => {
    const { raw, socket } = await rawClientOf(t, module);
    socket.on("message", () => socket.close(4000));
    const ended = closed(socket);
    raw.write(
      Buffer.concat([
        wireFrame({ opcode: opcodes.text, payload: "a" }),
        wireFrame({ opcode: opcodes.close, payload: closePayloadOf(1001) }),
      ]),
    );
    assert.deepEqual(await raw.readClose(), { code: 4000, reason: "" });
    assert.equal((await raw.readToEnd()).length, 0);
    raw.socket.end();
    assert.deepEqual(await ended, { code: 1001, reason: "" });
  });
});
