// Pings and pongs: what is sent, what is answered, and how much of that may wait.

import assert from "node:assert/strict";
import { closePayloadOf, opcodes, wireFrame } from "../support/wire.js";
import { compare } from "./implementations.js";
import { blobs, samples } from "./support/data-samples.js";
import { closed, connectPair, event, rawClientOf, rawServerOf } from "./support/peers.js";
import type { Callback, CompatSocket } from "./support/ws-module.js";

await compare("ping and pong", (module, check) => {
  for (const method of ["ping", "pong"] as const) {
    const opcode = opcodes[method];
    for (const sample of [...samples, ...blobs]) {
      const { what, hex } = sample;
      check(`${method} ${what}`, async (t) => {
        const { raw, socket } = await rawClientOf(t, module);
        socket[method](sample.data);
        const frame = await raw.readFrame();
        assert.deepEqual([frame.opcode, frame.payload.toString("hex")], [opcode, hex]);
      });
    }

    check(`${method} takes a callback in each of its places`, async (t) => {
      const { client, peer } = await connectPair(t, module);
      const received: string[] = [];
      peer.on(method, (data) => received.push(String(data)));
      const call = (run: (done: Callback) => void): Promise<void> =>
        new Promise((resolve, reject) => run((error) => (error ? reject(error) : resolve())));
      const untyped = client as unknown as Record<typeof method, (...given: unknown[]) => void>;
      await call((done) => untyped[method](done));
      await call((done) => untyped[method]("a", done));
      await call((done) => untyped[method]("b", true, done));
      await call((done) => untyped[method]("c", undefined, done));
      await echoed(client, peer);
      assert.deepEqual(received, ["", "a", "b", "c"]);
    });

    check(`${method} takes 125 bytes and no more`, async (t) => {
      const { client } = await connectPair(t, module);
      const expected = { name: "RangeError", message: "The data size must not be greater than 125 bytes" };
      for (const data of ["a".repeat(126), "€".repeat(42), Buffer.alloc(126), new Blob(["a".repeat(126)])]) {
        assert.throws(() => client[method](data), expected);
      }
      client[method]("a".repeat(125));
      assert.equal(client.readyState, client.OPEN);
    });

    check(`${method} masks as it is told`, async (t) => {
      const { raw, socket } = await rawClientOf(t, module);
      socket[method]("a");
      socket[method]("a", true);
      socket[method]("a", false);
      const seen: boolean[] = [];
      for (let i = 0; i < 3; i++) seen.push((await raw.readFrame()).isMasked);
      assert.deepEqual(seen, [false, true, false]);
    });

    check(`${method} emits an event with a Buffer at the other end`, async (t) => {
      const { client, peer } = await connectPair(t, module);
      for (const [from, to] of [
        [client, peer],
        [peer, client],
      ] as const) {
        const received = event(to, method);
        from[method]("hello");
        const [data, ...rest] = await received;
        assert.ok(Buffer.isBuffer(data));
        assert.equal(data.toString(), "hello");
        assert.equal(rest.length, 0);
      }
    });
  }
});

await compare("the answer to a ping", (module, check) => {
  check("is a pong with the same bytes, written before the listener hears of the ping", async (t) => {
    const { raw, socket } = await rawClientOf(t, module);
    socket.on("ping", (data) => socket.send(`heard ${data}`));
    raw.sendFrame({ opcode: opcodes.ping, payload: "one" });
    raw.sendFrame({ opcode: opcodes.ping, payload: "" });
    const seen: string[] = [];
    for (let i = 0; i < 4; i++) {
      const { opcode, payload, isMasked } = await raw.readFrame();
      assert.equal(isMasked, false);
      seen.push(`${opcode} ${payload}`);
    }
    assert.deepEqual(seen, ["10 one", "1 heard one", "10 ", "1 heard "]);
  });

  check("is masked by a client", async (t) => {
    const { raw } = await rawServerOf(t, module);
    raw.sendFrame({ opcode: opcodes.ping, payload: "x", isMasked: false });
    const frame = await raw.readFrame();
    assert.deepEqual([frame.opcode, frame.isMasked, frame.payload.toString()], [10, true, "x"]);
  });

  check("is left to the program with autoPong false", async (t) => {
    const server = await rawClientOf(t, module, { autoPong: false });
    const pinged = event(server.socket, "ping");
    server.raw.sendFrame({ opcode: opcodes.ping, payload: "x" });
    assert.equal(String((await pinged)[0]), "x");
    server.socket.send("nothing before");
    assert.equal((await server.raw.readFrame()).opcode, opcodes.text);
    const client = await rawServerOf(t, module, { autoPong: false });
    const again = event(client.socket, "ping");
    client.raw.sendFrame({ opcode: opcodes.ping, isMasked: false });
    await again;
    client.socket.send("nothing before");
    assert.equal((await client.raw.readFrame()).opcode, opcodes.text);
  });

  check("is not sent once the connection is closing", async (t) => {
    const { raw, socket } = await rawClientOf(t, module);
    socket.close(1000);
    const pinged = event(socket, "ping");
    raw.sendFrame({ opcode: opcodes.ping, payload: "late" });
    await pinged;
    assert.equal((await raw.readFrame()).opcode, opcodes.close);
    raw.sendFrame({ opcode: opcodes.close, payload: closePayloadOf(1000) });
    assert.equal((await raw.readToEnd()).length, 0);
  });

  check(
    "more pongs waiting than maxPendingAutoPongs end the connection, before the ping is heard",
    async (t) => {
      for (const maxPendingAutoPongs of [1, 3]) {
        const { raw, socket } = await rawClientOf(t, module, { maxPendingAutoPongs });
        const pings: number[] = [];
        socket.on("ping", () => pings.push(socket.readyState));
        socket.on("error", () => assert.fail("an error"));
        socket._socket.cork();
        const ended = closed(socket);
        const ping = wireFrame({ opcode: opcodes.ping });
        raw.write(Buffer.concat(Array.from({ length: maxPendingAutoPongs + 1 }, () => ping)));
        assert.deepEqual(await ended, { code: 1006, reason: "" });
        assert.deepEqual(pings, [...Array(maxPendingAutoPongs).fill(1), 2]);
      }
    },
  );

  check("maxPendingAutoPongs 0 is no limit", async (t) => {
    const { raw, socket } = await rawClientOf(t, module, { maxPendingAutoPongs: 0 });
    let pings = 0;
    const all = new Promise<void>((resolve) => {
      socket.on("ping", () => {
        if (++pings === 100) resolve();
      });
    });
    socket._socket.cork();
    raw.write(Buffer.concat(Array.from({ length: 100 }, () => wireFrame({ opcode: opcodes.ping }))));
    await all;
    assert.equal(socket.readyState, 1);
    socket._socket.uncork();
    for (let i = 0; i < 100; i++) assert.equal((await raw.readFrame()).opcode, opcodes.pong);
  });
});

/** Everything that `from` has sent so far has been received. */
async function echoed(from: CompatSocket, to: CompatSocket): Promise<void> {
  const message = event(to, "message");
  from.send("last");
  await message;
}
