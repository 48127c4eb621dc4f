// permessage-deflate between two ends of one implementation, and frame by frame.

import assert from "node:assert/strict";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { opcodes, wireFrame } from "../support/wire.js";
import { compare } from "./implementations.js";
import { closed, connectPair, event, rawClientOf, rawServerOf } from "./support/peers.js";
import type { Callback, Options } from "./support/ws-module.js";

const { text, binary, continuation } = opcodes;
const compressing = { perMessageDeflate: { threshold: 0 } };
const asked = { "Sec-WebSocket-Extensions": "permessage-deflate" };
const trailer = Buffer.from([0, 0, 0xff, 0xff]);
const inflate = (payload: Buffer): string =>
  inflateRawSync(Buffer.concat([payload, trailer]), { finishFlush: 2 }).toString();
const deflate = (data: string): Buffer => deflateRawSync(data, { finishFlush: 2 }).subarray(0, -4);

const agreements: [string, Options, Options][] = [
  ["as it comes", { threshold: 0 }, {}],
  ["without the server's context", { threshold: 0, serverNoContextTakeover: true }, {}],
  ["without the client's context", { threshold: 0, clientNoContextTakeover: true }, { threshold: 0 }],
  [
    "without any context",
    { threshold: 0, serverNoContextTakeover: true, clientNoContextTakeover: true },
    { threshold: 0 },
  ],
  ["with small windows", { threshold: 0, serverMaxWindowBits: 9, clientMaxWindowBits: 9 }, { threshold: 0 }],
  [
    "with the smallest windows",
    { threshold: 0, serverMaxWindowBits: 8, clientMaxWindowBits: 8 },
    { threshold: 0 },
  ],
  [
    "with the largest windows",
    { threshold: 0, serverMaxWindowBits: 15, clientMaxWindowBits: 15 },
    { threshold: 0 },
  ],
  [
    "with what the client asks for",
    { threshold: 0 },
    { threshold: 0, serverMaxWindowBits: 10, clientMaxWindowBits: 11, serverNoContextTakeover: true },
  ],
  [
    "with options of zlib",
    { threshold: 0, zlibDeflateOptions: { level: 9, memLevel: 3, chunkSize: 128 } },
    { zlibInflateOptions: { chunkSize: 128 } },
  ],
  ["with a limit of concurrency", { threshold: 0, concurrencyLimit: 1 }, { concurrencyLimit: 1 }],
];

await compare("messages with permessage-deflate", (module, check) => {
  for (const [name, server, client] of agreements) {
    check(`${name}: all that is sent arrives in its order, both ways`, async (t) => {
      const pair = await connectPair(t, module, {
        server: { perMessageDeflate: server },
        client: { perMessageDeflate: client },
      });
      const samples = ["", "a", "hello hello hello", Buffer.alloc(70_000, "abc"), "é".repeat(5000), "a"];
      for (const [from, to] of [
        [pair.client, pair.peer],
        [pair.peer, pair.client],
      ] as const) {
        const heard: string[] = [];
        const all = new Promise<void>((resolve) => {
          to.on("message", (data, isBinary) => {
            heard.push(`${isBinary} ${data}`);
            if (heard.length === samples.length) resolve();
          });
        });
        for (const sample of samples) from.send(sample);
        await all;
        assert.deepEqual(
          heard,
          samples.map((sample) => `${typeof sample !== "string"} ${sample}`),
        );
      }
    });
  }

  check("have RSV1, and carry deflate without its last four bytes", async (t) => {
    const { raw, socket } = await rawClientOf(t, module, compressing, asked);
    socket.send("hello");
    const frame = await raw.readFrame();
    assert.deepEqual([frame.opcode, frame.rsv, frame.fin], [text, 0x40, true]);
    assert.equal(inflate(frame.payload), "hello");
  });

  check("use what was sent before, unless the context is not kept", async (t) => {
    for (const isKept of [true, false]) {
      const options = { perMessageDeflate: { threshold: 0, serverNoContextTakeover: !isKept } };
      const { raw, socket } = await rawClientOf(t, module, options, asked);
      const message = "a sentence that is repeated word for word";
      socket.send(message);
      socket.send(message);
      const [first, second] = [await raw.readFrame(), await raw.readFrame()];
      if (isKept) assert.ok(second.payload.length < first.payload.length / 2);
      else assert.deepEqual(second.payload, first.payload);
    }
  });

  check("below the threshold are compressed all the same while the context is kept", async (t) => {
    const { raw, socket } = await rawClientOf(t, module, { perMessageDeflate: true }, asked);
    socket.send("short");
    assert.equal((await raw.readFrame()).rsv, 0x40);
  });

  check("below the threshold are not compressed where no context is kept", async (t) => {
    for (const [threshold, expected] of [
      [undefined, [0, 0, 0x40]],
      [6, [0, 0x40, 0x40]],
      [0, [0x40, 0x40, 0x40]],
    ] as const) {
      const given = threshold === undefined ? {} : { threshold };
      const options = { perMessageDeflate: { ...given, serverNoContextTakeover: true } };
      const { raw, socket } = await rawClientOf(t, module, options, asked);
      for (const data of ["short", "longer", "x".repeat(1024)]) socket.send(data);
      const seen: number[] = [];
      for (let i = 0; i < 3; i++) seen.push((await raw.readFrame()).rsv);
      assert.deepEqual(seen, expected);
    }
  });

  check("are not compressed with compress false, and pings never are", async (t) => {
    const { raw, socket } = await rawClientOf(t, module, compressing, asked);
    socket.send("plain", { compress: false });
    socket.ping("ping");
    socket.send("again");
    const seen: [number, number][] = [];
    for (let i = 0; i < 3; i++) {
      const { opcode, rsv } = await raw.readFrame();
      seen.push([opcode, rsv]);
    }
    assert.deepEqual(seen, [
      [text, 0],
      [opcodes.ping, 0],
      [text, 0x40],
    ]);
  });

  check("in parts have RSV1 on the first alone, and are one stream of deflate", async (t) => {
    const { raw, socket } = await rawClientOf(t, module, compressing, asked);
    socket.send("hello ", { fin: false });
    socket.send("wide ", { fin: false });
    socket.send("world", { fin: true });
    const frames = [await raw.readFrame(), await raw.readFrame(), await raw.readFrame()];
    assert.deepEqual(
      frames.map(({ opcode, rsv, fin }) => [opcode, rsv, fin]),
      [
        [text, 0x40, false],
        [continuation, 0, false],
        [continuation, 0, true],
      ],
    );
    assert.equal(inflate(Buffer.concat(frames.map(({ payload }) => payload))), "hello wide world");
  });

  check("in parts that begin uncompressed stay so, whatever later parts say", async (t) => {
    const { raw, socket } = await rawClientOf(t, module, compressing, asked);
    socket.send("hello ", { fin: false, compress: false });
    socket.send("world", { fin: true, compress: true });
    assert.equal((await raw.readFrame()).payload.toString(), "hello ");
    const last = await raw.readFrame();
    assert.deepEqual([last.rsv, last.payload.toString()], [0, "world"]);
  });

  check("that the other end compressed, or did not, are heard in their order", async (t) => {
    const { raw, socket } = await rawClientOf(t, module, { perMessageDeflate: true }, asked);
    const heard: string[] = [];
    const all = new Promise<void>((resolve) => {
      const note = (data: Buffer): void => {
        heard.push(data.toString());
        if (heard.length === 6) resolve();
      };
      socket.on("message", note);
      socket.on("ping", note);
    });
    const packed = deflate("in two parts");
    raw.write(
      Buffer.concat(
        [
          { opcode: text, payload: deflate("first"), rsv: 0x40 },
          { opcode: opcodes.ping, payload: "ping" },
          { opcode: text, payload: "plain" },
          { opcode: binary, payload: packed.subarray(0, 3), rsv: 0x40, fin: false },
          { opcode: opcodes.ping, payload: "between" },
          { opcode: continuation, payload: packed.subarray(3) },
          { opcode: text, payload: Buffer.of(0), rsv: 0x40 },
        ].map((parts) => wireFrame(parts)),
      ),
    );
    await all;
    assert.deepEqual(heard, ["first", "ping", "plain", "between", "in two parts", ""]);
  });

  check("of a client are compressed with what the server allowed", async (t) => {
    const answer =
      "Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover; client_max_window_bits=9";
    const { raw, socket } = await rawServerOf(t, module, compressing, [answer]);
    assert.equal(socket.extensions, "permessage-deflate");
    const message = "a sentence that is repeated word for word";
    socket.send(message);
    socket.send(message);
    const [first, second] = [await raw.readFrame(), await raw.readFrame()];
    assert.deepEqual(first.payload, second.payload);
    assert.equal(inflate(first.payload), message);
  });

  check("of every kind of data arrive", async (t) => {
    const { client, peer } = await connectPair(t, module, { server: compressing, client: compressing });
    const heard: string[] = [];
    const all = new Promise<void>((resolve) => {
      peer.on("message", (data) => {
        heard.push(data.toString());
        if (heard.length === 6) resolve();
      });
    });
    client.send(new Blob(["blob"]));
    client.send(Uint8Array.of(97, 98).buffer);
    client.send(new DataView(Uint8Array.of(97, 98, 99).buffer, 1));
    client.send(12);
    client.send(null);
    client.send([97]);
    await all;
    assert.deepEqual(heard, ["blob", "ab", "bc", "12", "", "a"]);
  });

  check("do not touch the sender's bytes", async (t) => {
    const { client, peer } = await connectPair(t, module, { server: compressing, client: compressing });
    const data = Buffer.from("unchanged");
    const heard = event(peer, "message");
    client.send(data);
    await heard;
    assert.equal(data.toString(), "unchanged");
  });

  check("call back in the order of the calls, and are all sent before a close", async (t) => {
    const { client, peer } = await connectPair(t, module, { server: compressing, client: compressing });
    const order: string[] = [];
    const note =
      (name: string): Callback =>
      (error) =>
        order.push(`${name}${error ? " failed" : ""}`);
    const heard: string[] = [];
    peer.on("message", (data) => heard.push(String(data).slice(0, 1)));
    const ended = closed(peer);
    client.send("1".repeat(10_000), note("1"));
    client.send("2", { compress: false }, note("2"));
    client.send(new Blob(["3"]), note("3"));
    client.send("4", note("4"));
    client.close(1000);
    assert.equal(client.readyState, client.CLOSING);
    assert.deepEqual(await ended, { code: 1000, reason: "" });
    assert.deepEqual(heard, ["1", "2", "3", "4"]);
    assert.deepEqual(order, ["1", "2", "3", "4"]);
  });

  check("that are still to be sent when the connection is ended fail, or are sent", async (t) => {
    const { client, peer } = await connectPair(t, module, { server: compressing, client: compressing });
    const ended = closed(peer);
    let calls = 0;
    const all = new Promise<void>((resolve) => {
      const callback = (): void => {
        if (++calls === 3) resolve();
      };
      for (const data of ["a", "b", "c"]) client.send(data, callback);
    });
    client.terminate();
    await Promise.all([all, ended]);
  });
});
