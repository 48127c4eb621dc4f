// What a WebSocket hands out for the frames that come, and the options that say how.

import assert from "node:assert/strict";
import { type FrameParts, opcodes, wireFrame } from "../support/wire.js";
import { compare } from "./implementations.js";
import { closed, connectPair, event, rawClientOf, rawServerOf, turn } from "./support/peers.js";
import type { CompatSocket } from "./support/ws-module.js";

const { text, binary, continuation, ping, pong } = opcodes;
const joined = (frames: readonly FrameParts[]): Buffer =>
  Buffer.concat(frames.map((parts) => wireFrame(parts)));

/** The next messages, this many of them. */
async function messages(socket: CompatSocket, count: number): Promise<[unknown, boolean][]> {
  const heard: [unknown, boolean][] = [];
  await new Promise<void>((resolve) => {
    socket.on("message", (data, isBinary) => {
      heard.push([data, isBinary]);
      if (heard.length === count) resolve();
    });
  });
  return heard;
}

await compare("a message", (module, check) => {
  check("of text is a Buffer, whatever binaryType says", async (t) => {
    for (const binaryType of ["nodebuffer", "arraybuffer", "fragments", "blob"]) {
      const { raw, socket } = await rawClientOf(t, module);
      socket.binaryType = binaryType;
      const heard = event(socket, "message");
      raw.sendFrame({ opcode: text, payload: "€" });
      const [data, isBinary, ...rest] = await heard;
      assert.ok(Buffer.isBuffer(data));
      assert.deepEqual([data.toString(), isBinary, rest.length], ["€", false, 0]);
    }
  });

  const parts: FrameParts[] = [
    { opcode: binary, payload: "ab", fin: false },
    { opcode: ping },
    { opcode: continuation, payload: "", fin: false },
    { opcode: continuation, payload: "cd" },
  ];

  check("of bytes is a Buffer", async (t) => {
    const { raw, socket } = await rawClientOf(t, module);
    const heard = messages(socket, 3);
    raw.write(joined([{ opcode: binary, payload: "whole" }, ...parts, { opcode: binary }]));
    const all = await heard;
    assert.deepEqual(
      all.map(([data, isBinary]) => [Buffer.isBuffer(data), String(data), isBinary]),
      [
        [true, "whole", true],
        [true, "abcd", true],
        [true, "", true],
      ],
    );
  });

  check("of bytes is an ArrayBuffer with its bytes alone, if asked for", async (t) => {
    const { raw, socket } = await rawClientOf(t, module);
    socket.binaryType = "arraybuffer";
    const heard = messages(socket, 3);
    raw.write(joined([{ opcode: binary, payload: "whole" }, ...parts, { opcode: binary }]));
    const all = await heard;
    assert.deepEqual(
      all.map(([data]) => [data instanceof ArrayBuffer, Buffer.from(data as ArrayBuffer).toString()]),
      [
        [true, "whole"],
        [true, "abcd"],
        [true, ""],
      ],
    );
  });

  check("of bytes is a list of Buffers, if asked for, without empty ones", async (t) => {
    const { raw, socket } = await rawClientOf(t, module);
    socket.binaryType = "fragments";
    const heard = messages(socket, 3);
    raw.write(joined([{ opcode: binary, payload: "whole" }, ...parts, { opcode: binary }]));
    const all = await heard;
    assert.deepEqual(
      all.map(([data]) => (data as Buffer[]).map((part) => part.toString())),
      [["whole"], ["ab", "cd"], []],
    );
  });

  check("of bytes is a Blob, if asked for", async (t) => {
    const { raw, socket } = await rawClientOf(t, module);
    socket.binaryType = "blob";
    const heard = messages(socket, 3);
    raw.write(joined([{ opcode: binary, payload: "whole" }, ...parts, { opcode: binary }]));
    for (const [index, [data, isBinary]] of (await heard).entries()) {
      assert.ok(data instanceof Blob);
      assert.equal(isBinary, true);
      assert.equal(await data.text(), ["whole", "abcd", ""][index]);
    }
  });

  check("is of the binaryType of the moment in which it is complete", async (t) => {
    const { raw, socket } = await rawClientOf(t, module);
    const kinds: string[] = [];
    socket.on("message", (data: object) => {
      kinds.push(data.constructor.name);
      socket.binaryType = kinds.length === 1 ? "arraybuffer" : "fragments";
    });
    const frame = { opcode: binary, payload: "a" };
    raw.write(joined([frame, frame, frame]));
    raw.sendFrame({ opcode: pong });
    await event(socket, "pong");
    assert.deepEqual(kinds, ["Buffer", "ArrayBuffer", "Array"]);
  });

  check("of text may be cut anywhere, in a character too, and byte by byte", async (t) => {
    const { raw, socket } = await rawClientOf(t, module);
    const bytes = Buffer.from("a€𝄞");
    const heard = messages(socket, 1);
    const frames = [...bytes].map((byte, i) => ({
      opcode: i === 0 ? text : continuation,
      payload: Uint8Array.of(byte),
      fin: i === bytes.length - 1,
    }));
    for (const byte of joined(frames)) {
      raw.write(Uint8Array.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal(String((await heard)[0]?.[0]), "a€𝄞");
  });

  check("with a length in a longer form than it needs is a message", async (t) => {
    const { raw, socket } = await rawClientOf(t, module);
    const heard = messages(socket, 2);
    raw.write(
      joined([
        { opcode: text, payload: "a", lengthBytes: 2 },
        { opcode: text, payload: "b", lengthBytes: 8 },
      ]),
    );
    assert.deepEqual(
      (await heard).map(([data]) => String(data)),
      ["a", "b"],
    );
  });

  check("of a hundred kilobytes and of a megabyte arrives in both directions", async (t) => {
    const { client, peer } = await connectPair(t, module);
    for (const length of [100_000, 1_048_576]) {
      for (const [from, to] of [
        [client, peer],
        [peer, client],
      ] as const) {
        const heard = event(to, "message");
        const data = Buffer.alloc(length, "abcdefghij");
        from.send(data);
        assert.ok(data.equals((await heard)[0]));
      }
    }
  });

  check("that came with the answer to the request is heard by a listener of open", async (t) => {
    const { server, client } = await connectPair(t, module);
    client.close();
    server.on("connection", (socket: CompatSocket) => socket.send("at once"));
    const again = new module.WebSocket(client.url);
    const heard = new Promise((resolve) => {
      again.on("open", () => again.on("message", (data) => resolve(String(data))));
    });
    assert.equal(await heard, "at once");
    again.terminate();
  });
});

await compare("the limits of what is received", (module, check) => {
  check("maxPayload counts data, part by part, and lets exactly as much pass", async (t) => {
    const { raw, socket } = await rawClientOf(t, module, { maxPayload: 5 });
    const heard = messages(socket, 3);
    raw.write(
      joined([
        { opcode: text, payload: "12345" },
        { opcode: text, payload: "123", fin: false },
        { opcode: ping, payload: "more than five" },
        { opcode: continuation, payload: "45" },
        { opcode: binary, payload: "12345" },
      ]),
    );
    assert.deepEqual(
      (await heard).map(([data]) => String(data)),
      ["12345", "12345", "12345"],
    );
  });

  check("maxPayload 0 is no limit", async (t) => {
    const { raw, socket } = await rawServerOf(t, module, { maxPayload: 0 });
    socket.on("error", () => assert.fail("an error"));
    raw.write(wireFrame({ opcode: binary, isMasked: false, claimedLength: 200_000_000n, payload: "" }));
    await turn();
    assert.equal(socket.readyState, socket.OPEN);
  });

  check("maxFragments lets exactly as many parts pass, and 0 is no limit", async (t) => {
    for (const [maxFragments, count] of [
      [3, 3],
      [0, 20_000],
    ] as const) {
      const { raw, socket } = await rawClientOf(t, module, { maxFragments });
      const heard = messages(socket, 2);
      const message = Array.from({ length: count }, (_, i) => ({
        opcode: i === 0 ? text : continuation,
        payload: "x",
        fin: i === count - 1,
      }));
      raw.write(joined([...message, ...message]));
      assert.deepEqual(
        (await heard).map(([data]) => String(data).length),
        [count, count],
      );
    }
  });

  check("the default of maxFragments is 16384", async (t) => {
    const { raw, socket } = await rawClientOf(t, module);
    const failed = event(socket, "error");
    const rest = Array.from({ length: 16_384 }, () => ({ opcode: continuation, fin: false }));
    raw.write(joined([{ opcode: text, fin: false }, ...rest]));
    const [error] = await failed;
    assert.equal(error.code, "WS_ERR_TOO_MANY_BUFFERED_PARTS");
    assert.equal(error.message, "Too many message fragments");
  });

  check("maxBufferedChunks is how many reads may wait for the end of a frame", async (t) => {
    const { raw, socket } = await rawClientOf(t, module, { maxBufferedChunks: 3 });
    const failed = event(socket, "error");
    const ended = closed(socket);
    const bytes = wireFrame({ opcode: text, payload: "x".repeat(50) });
    raw.socket.setNoDelay(true);
    for (let i = 0; i < 8; i++) {
      raw.write(bytes.subarray(i * 6, i * 6 + 6));
      await turn();
      await turn();
    }
    const [error] = await failed;
    assert.equal(error.name, "RangeError");
    assert.equal(error.message, "Too many buffered chunks");
    assert.equal(error.code, "WS_ERR_TOO_MANY_BUFFERED_PARTS");
    assert.deepEqual(await raw.readClose(), { code: 1008, reason: "" });
    raw.socket.end();
    assert.deepEqual(await ended, { code: 1006, reason: "" });
  });

  check("skipUTF8Validation lets text and reasons pass as they are", async (t) => {
    const bad = Buffer.from([0x61, 0xff]);
    for (const isServer of [true, false]) {
      const start = isServer ? rawClientOf : rawServerOf;
      const { raw, socket } = await start(t, module, { skipUTF8Validation: true });
      const heard = event(socket, "message");
      const ended = event(socket, "close");
      raw.sendFrame({ opcode: text, payload: bad, isMasked: isServer });
      const [data, isBinary] = await heard;
      assert.ok(bad.equals(data));
      assert.equal(isBinary, false);
      raw.sendFrame({
        opcode: opcodes.close,
        payload: Buffer.concat([Buffer.from([3, 232]), bad]),
        isMasked: isServer,
      });
      await raw.readFrame();
      raw.socket.end();
      const [code, reason] = await ended;
      assert.equal(code, 1000);
      assert.ok(bad.equals(reason));
    }
  });
});
