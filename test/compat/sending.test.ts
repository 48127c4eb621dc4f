// What leaves a WebSocket for whatever is sent, frame by frame.

import assert from "node:assert/strict";
import { opcodes } from "../support/wire.js";
import { compare } from "./implementations.js";
import { blobs, hexOf, samples } from "./support/data-samples.js";
import { connectPair, event, rawClientOf, rawServerOf } from "./support/peers.js";
import type { Callback, Options } from "./support/ws-module.js";

const refused = [true, {}, { a: 1 }, () => {}, Symbol("s"), 1n];

await compare("send", (module, check) => {
  for (const sample of [...samples, ...blobs]) {
    const { what, hex, isText = false } = sample;
    check(`${what} leaves a server unmasked and a client masked`, async (t) => {
      const opcode = isText ? opcodes.text : opcodes.binary;
      const server = await rawClientOf(t, module);
      server.socket.send(sample.data);
      const unmasked = await server.raw.readFrame();
      assert.deepEqual(
        [unmasked.opcode, unmasked.payload.toString("hex"), unmasked.isMasked, unmasked.fin, unmasked.rsv],
        [opcode, hex, false, true, 0],
      );
      const client = await rawServerOf(t, module);
      client.socket.send(sample.data);
      const masked = await client.raw.readFrame();
      assert.deepEqual([masked.opcode, masked.payload.toString("hex"), masked.isMasked], [opcode, hex, true]);
    });
  }

  check("refuses what has no bytes", async (t) => {
    const { client } = await connectPair(t, module);
    for (const data of refused) {
      if (typeof data === "function") continue;
      assert.throws(() => client.send(data), { name: "TypeError" }, String(data));
    }
    assert.equal(client.readyState, client.OPEN);
  });

  for (const length of [0, 1, 125, 126, 65_535, 65_536, 1_000_000]) {
    check(`${length} bytes arrive whole, and the sender's buffer is as it was`, async (t) => {
      const { client, peer } = await connectPair(t, module);
      const data = Buffer.alloc(length, "0123456789");
      const copy = Buffer.from(data);
      const received = event(peer, "message");
      client.send(data);
      const [message, isBinary] = await received;
      assert.ok(copy.equals(message));
      assert.equal(isBinary, true);
      assert.ok(copy.equals(data));
      const back = event(client, "message");
      peer.send(copy.toString());
      const [text, isBinaryText] = await back;
      assert.ok(Buffer.isBuffer(text));
      assert.equal(isBinaryText, false);
      assert.equal(text.toString(), copy.toString());
    });
  }

  const options: [unknown, Options, { opcode: number; fin?: boolean; isMasked?: boolean }][] = [
    ["a", { binary: true }, { opcode: opcodes.binary }],
    [Buffer.from("a"), { binary: false }, { opcode: opcodes.text }],
    [12, { binary: true }, { opcode: opcodes.binary }],
    ["a", { mask: true }, { opcode: opcodes.text, isMasked: true }],
    ["a", { fin: false }, { opcode: opcodes.text, fin: false }],
    ["a", { compress: true }, { opcode: opcodes.text }],
    ["a", {}, { opcode: opcodes.text }],
  ];
  for (const [data, given, { opcode, fin = true, isMasked = false }] of options) {
    check(`${typeof data} with ${JSON.stringify(given)}`, async (t) => {
      const { raw, socket } = await rawClientOf(t, module);
      socket.send(data, given);
      const frame = await raw.readFrame();
      assert.deepEqual([frame.opcode, frame.fin, frame.isMasked, frame.rsv], [opcode, fin, isMasked, 0]);
    });
  }

  check("a client that does not mask writes what it is given", async (t) => {
    const { raw, socket } = await rawServerOf(t, module);
    socket.send("plain", { mask: false });
    const frame = await raw.readFrame();
    assert.equal(frame.isMasked, false);
    assert.equal(frame.payload.toString(), "plain");
  });

  check("fragments are one message until fin, and what is between them does not end it", async (t) => {
    const { raw, socket } = await rawClientOf(t, module);
    socket.send("a", { fin: false });
    socket.ping("between");
    socket.send(Buffer.from("b"), { fin: false });
    socket.send("c", { fin: true });
    socket.send("next");
    const seen: [number, boolean, string][] = [];
    for (let i = 0; i < 5; i++) {
      const { opcode, fin, payload } = await raw.readFrame();
      seen.push([opcode, fin, payload.toString()]);
    }
    assert.deepEqual(seen, [
      [1, false, "a"],
      [9, true, "between"],
      [0, false, "b"],
      [0, true, "c"],
      [1, true, "next"],
    ]);
  });

  check("a Blob keeps its place among what is sent around it, and close waits for it", async (t) => {
    const { raw, socket } = await rawClientOf(t, module);
    socket.send("1");
    socket.send(new Blob(["2"]));
    socket.send("3");
    socket.ping("4");
    socket.close(1000);
    const seen: number[] = [];
    for (let i = 0; i < 5; i++) seen.push((await raw.readFrame()).opcode);
    assert.deepEqual(seen, [1, 2, 1, 9, 8]);
  });

  check("calls back once it is written, without an error, in the order of the calls", async (t) => {
    const { client } = await connectPair(t, module);
    const order: string[] = [];
    const note =
      (name: string): Callback =>
      (error) =>
        order.push(`${name}${error ? " failed" : ""}`);
    client.send("a", note("a"));
    client.send("b", {}, note("b"));
    client.ping("c", undefined, note("c"));
    client.pong("d", undefined, note("d"));
    assert.deepEqual(order, []);
    await new Promise<void>((resolve) => {
      client.send(Buffer.alloc(10), { binary: true }, () => resolve());
    });
    assert.deepEqual(order, ["a", "b", "c", "d"]);
  });
});

await compare("the masking key", (module, check) => {
  check("is the one of generateMask, which fills a buffer of four bytes for every frame", async (t) => {
    let calls = 0;
    const generateMask = (mask: Buffer): void => {
      assert.equal(mask.length, 4);
      mask.fill(++calls);
    };
    const { raw, socket } = await rawServerOf(t, module, { generateMask });
    socket.send("ab");
    socket.ping("cd");
    socket.send(Buffer.from("ef"));
    const written = await raw.read(24);
    assert.equal(
      written.toString("hex"),
      [
        "8182",
        "01010101",
        hexOf("ab".replace(/./g, (c) => String.fromCharCode(c.charCodeAt(0) ^ 1))),
        "8982",
        "02020202",
        hexOf("cd".replace(/./g, (c) => String.fromCharCode(c.charCodeAt(0) ^ 2))),
        "8282",
        "03030303",
        hexOf("ef".replace(/./g, (c) => String.fromCharCode(c.charCodeAt(0) ^ 3))),
      ].join(""),
    );
  });

  check("of zeros leaves the payload as it is", async (t) => {
    const { raw, socket } = await rawServerOf(t, module, { generateMask: () => {} });
    socket.send(Buffer.from("plain"));
    assert.equal((await raw.read(11)).toString("latin1"), "\x82\x85\0\0\0\0plain");
  });

  check("is not asked for by a server", async (t) => {
    const generateMask = (): void => assert.fail("asked");
    const { raw, socket } = await rawClientOf(t, module, { generateMask });
    socket.send("a");
    assert.equal((await raw.readFrame()).isMasked, false);
  });
});
