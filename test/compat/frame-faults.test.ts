// Frames that break the rules: the error that is emitted, its code, and the close frame that the other end gets.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { deflateRawSync } from "node:zlib";
import { closePayloadOf, type FrameParts, opcodes, wireFrame } from "../support/wire.js";
import { compare } from "./implementations.js";
import { closed, connectPair, event, orderOf, rawClientOf, rawServerOf } from "./support/peers.js";
import type { Options } from "./support/ws-module.js";

interface Fault {
  readonly what: string;
  readonly frames: FrameParts[];
  readonly options?: Options;
  readonly message: string;
  readonly code: string;
  readonly closeCode: number;
  readonly name?: string;
}

const frameFault = (what: string, frames: FrameParts[], message: string, code: string): Fault => ({
  what,
  frames,
  message: `Invalid WebSocket frame: ${message}`,
  code: `WS_ERR_${code}`,
  closeCode: 1002,
});

const { text, binary, continuation, close, ping, pong } = opcodes;
const started: FrameParts = { opcode: text, payload: "a", fin: false };
const badUtf8 = Buffer.from([0x61, 0xc3, 0x28]);
const utf8Fault = (what: string, frames: FrameParts[]): Fault => ({
  what,
  frames,
  message: "Invalid WebSocket frame: invalid UTF-8 sequence",
  code: "WS_ERR_INVALID_UTF8",
  closeCode: 1007,
  name: "Error",
});
const tooLong = {
  message: "Max payload size exceeded",
  code: "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH",
  closeCode: 1009,
};
const tooMany = {
  message: "Too many message fragments",
  code: "WS_ERR_TOO_MANY_BUFFERED_PARTS",
  closeCode: 1008,
};
const rsv1 = "RSV1 must be clear";

const faults: Fault[] = [
  frameFault("RSV1 without compression", [{ opcode: text, rsv: 0x40 }], rsv1, "UNEXPECTED_RSV_1"),
  ...[0x20, 0x10, 0x30, 0x70].map((rsv) =>
    frameFault(`RSV ${rsv}`, [{ opcode: text, rsv }], "RSV2 and RSV3 must be clear", "UNEXPECTED_RSV_2_3"),
  ),
  ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode) =>
    frameFault(`opcode ${opcode}`, [{ opcode }], `invalid opcode ${opcode}`, "INVALID_OPCODE"),
  ),
  frameFault("a continuation of nothing", [{ opcode: continuation }], "invalid opcode 0", "INVALID_OPCODE"),
  frameFault("text within a message", [started, { opcode: text }], "invalid opcode 1", "INVALID_OPCODE"),
  frameFault("binary within a message", [started, { opcode: binary }], "invalid opcode 2", "INVALID_OPCODE"),
  frameFault(
    "RSV1 on a continuation",
    [started, { opcode: continuation, rsv: 0x40 }],
    rsv1,
    "UNEXPECTED_RSV_1",
  ),
  ...[close, ping, pong].flatMap((opcode) => [
    frameFault(`a part of ${opcode}`, [{ opcode, fin: false }], "FIN must be set", "EXPECTED_FIN"),
    frameFault(`RSV1 on ${opcode}`, [{ opcode, rsv: 0x40 }], rsv1, "UNEXPECTED_RSV_1"),
    frameFault(
      `${opcode} of 126 bytes`,
      [{ opcode, payload: Buffer.alloc(126) }],
      "invalid payload length 126",
      "INVALID_CONTROL_PAYLOAD_LENGTH",
    ),
    frameFault(
      `${opcode} of 65536 bytes`,
      [{ opcode, payload: Buffer.alloc(65_536) }],
      "invalid payload length 127",
      "INVALID_CONTROL_PAYLOAD_LENGTH",
    ),
  ]),
  frameFault(
    "a close of one byte",
    [{ opcode: close, payload: "a" }],
    "invalid payload length 1",
    "INVALID_CONTROL_PAYLOAD_LENGTH",
  ),
  frameFault(
    "a close of one byte that has not come yet",
    [{ opcode: close, claimedLength: 1n }],
    "invalid payload length 1",
    "INVALID_CONTROL_PAYLOAD_LENGTH",
  ),
  ...[0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535].map((code) =>
    frameFault(
      `the close code ${code}`,
      [{ opcode: close, payload: closePayloadOf(code) }],
      `invalid status code ${code}`,
      "INVALID_CLOSE_CODE",
    ),
  ),
  utf8Fault("text that is not UTF-8", [{ opcode: text, payload: badUtf8 }]),
  utf8Fault("text cut in a character", [{ opcode: text, payload: Buffer.from("€").subarray(0, 2) }]),
  utf8Fault("text with a surrogate", [{ opcode: text, payload: Buffer.from([0xed, 0xa0, 0x80]) }]),
  utf8Fault("long text that is not UTF-8", [
    { opcode: text, payload: Buffer.concat([Buffer.alloc(5000, 97), badUtf8]) },
  ]),
  utf8Fault("parts that are not UTF-8", [started, { opcode: continuation, payload: badUtf8 }]),
  utf8Fault("a reason that is not UTF-8", [{ opcode: close, payload: closePayloadOf(1000, badUtf8) }]),
  {
    what: "a length above 2^53 - 1",
    frames: [{ opcode: binary, claimedLength: 2n ** 53n }],
    message: "Unsupported WebSocket frame: payload length > 2^53 - 1",
    code: "WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH",
    closeCode: 1009,
  },
  {
    what: "a length above the default limit",
    frames: [{ opcode: binary, claimedLength: 104_857_601n }],
    ...tooLong,
  },
  {
    what: "a length above maxPayload",
    frames: [{ opcode: text, payload: "123456" }],
    options: { maxPayload: 5 },
    ...tooLong,
  },
  {
    what: "parts above maxPayload",
    frames: [
      { opcode: text, payload: "123", fin: false },
      { opcode: continuation, payload: "456", fin: false },
    ],
    options: { maxPayload: 5 },
    ...tooLong,
  },
  {
    what: "more parts than maxFragments",
    frames: [started, { opcode: continuation, fin: false }, { opcode: continuation }],
    options: { maxFragments: 2 },
    ...tooMany,
  },
];

await compare("an error of the other end's frames", (module, check) => {
  for (const { what, frames, options, message, code, closeCode, name = "RangeError" } of faults) {
    check(`${what}: ${code}, and ${closeCode}`, async (t) => {
      for (const isServer of [true, false]) {
        const { raw, socket } = await (isServer ? rawClientOf : rawServerOf)(t, module, options);
        const order = orderOf(socket, "message", "error", "close");
        const ended = closed(socket);
        const states: number[] = [];
        socket.on("error", () => states.push(socket.readyState));
        const failed = event(socket, "error");
        raw.write(Buffer.concat(frames.map((parts) => wireFrame({ isMasked: isServer, ...parts }))));
        const [error] = await failed;
        assert.deepEqual([error.name, error.message, error.code], [name, message, code]);
        assert.deepEqual(await raw.readClose(), { code: closeCode, reason: "" });
        assert.equal((await raw.readToEnd()).length, 0);
        raw.socket.end();
        assert.deepEqual(await ended, { code: 1006, reason: "" });
        assert.deepEqual(order, ["error", "close"]);
        assert.deepEqual(states, [2]);
      }
    });
  }

  check("a frame that a client did not mask: WS_ERR_EXPECTED_MASK", async (t) => {
    const { raw, socket } = await rawClientOf(t, module);
    const failed = event(socket, "error");
    raw.sendFrame({ opcode: text, payload: "a", isMasked: false });
    const [error] = await failed;
    assert.equal(error.message, "Invalid WebSocket frame: MASK must be set");
    assert.equal(error.code, "WS_ERR_EXPECTED_MASK");
    assert.deepEqual(await raw.readClose(), { code: 1002, reason: "" });
  });

  check("a frame that a server masked: WS_ERR_UNEXPECTED_MASK", async (t) => {
    const { raw, socket } = await rawServerOf(t, module);
    const failed = event(socket, "error");
    raw.sendFrame({ opcode: text, payload: "a", isMasked: true });
    const [error] = await failed;
    assert.equal(error.message, "Invalid WebSocket frame: MASK must be clear");
    assert.equal(error.code, "WS_ERR_UNEXPECTED_MASK");
    assert.deepEqual(await raw.readClose(), { code: 1002, reason: "" });
  });

  check("comes after the good messages before it, and nothing comes after it", async (t) => {
    const { raw, socket } = await rawClientOf(t, module);
    const order = orderOf(socket, "message", "ping", "error", "close");
    const ended = closed(socket);
    socket.on("error", () => {});
    const frames = [{ opcode: text }, { opcode: ping }, { opcode: 3 }, { opcode: text }, { opcode: ping }];
    raw.write(Buffer.concat(frames.map(wireFrame)));
    await raw.readToEnd();
    raw.socket.end();
    await ended;
    assert.deepEqual(order, ["message", "ping", "error", "close"]);
  });

  check("while the connection is closing is an error still, and no second close frame", async (t) => {
    const { raw, socket } = await rawClientOf(t, module);
    socket.close(1000);
    assert.deepEqual(await raw.readClose(), { code: 1000, reason: "" });
    const failed = event(socket, "error");
    const ended = closed(socket);
    raw.sendFrame({ opcode: 3 });
    assert.equal((await failed)[0].code, "WS_ERR_INVALID_OPCODE");
    assert.equal((await raw.readToEnd()).length, 0);
    raw.socket.end();
    assert.deepEqual(await ended, { code: 1006, reason: "" });
  });

  check("reaches the other end of the same implementation as a close code", async (t) => {
    const { client, peer } = await connectPair(t, module, { server: { maxPayload: 3 } });
    peer.on("error", () => {});
    const both = Promise.all([closed(client), closed(peer)]);
    client.send("1234");
    assert.deepEqual(await both, [
      { code: 1009, reason: "" },
      { code: 1006, reason: "" },
    ]);
  });
});

await compare("an error of compressed frames", (module, check) => {
  const options = { perMessageDeflate: true };
  const asked = { "Sec-WebSocket-Extensions": "permessage-deflate" };
  const deflated = (data: string | Buffer): Buffer =>
    deflateRawSync(data, { finishFlush: 2 }).subarray(0, -4);

  check("a limit that is not above 0, once it is cut to 32 bits, is none", async (t) => {
    for (const limit of [0, -1, 2 ** 31, 2 ** 32]) {
      const { client, peer } = await connectPair(t, module, {
        server: { maxPayload: limit, maxFragments: limit, maxBufferedChunks: limit },
      });
      const received = new Promise((resolve) => peer.on("message", (data: Buffer) => resolve(data.length)));
      client.send("a", { fin: false });
      client.send("x".repeat(100_000), { fin: true });
      assert.equal(await received, 100_001);
    }
  });

  check("that inflate to more than maxPayload", async (t) => {
    for (const payload of [deflated("a".repeat(2000)), deflated(randomBytes(1500))]) {
      const { raw, socket } = await rawClientOf(t, module, { ...options, maxPayload: 1024 }, asked);
      const failed = event(socket, "error");
      const ended = closed(socket);
      raw.sendFrame({ opcode: binary, payload, rsv: 0x40 });
      const [error] = await failed;
      assert.deepEqual(
        [error.name, error.message, error.code],
        ["RangeError", tooLong.message, tooLong.code],
      );
      assert.deepEqual(await raw.readClose(), { code: 1009, reason: "" });
      raw.socket.end();
      assert.deepEqual(await ended, { code: 1006, reason: "" });
    }
  });

  check("that are no deflate", async (t) => {
    const { raw, socket } = await rawClientOf(t, module, options, asked);
    const failed = event(socket, "error");
    raw.sendFrame({ opcode: text, payload: Buffer.from([0xff, 0xff, 0xff]), rsv: 0x40 });
    const [error] = await failed;
    assert.equal(error.code, "Z_DATA_ERROR");
    assert.equal(error.errno, -3);
    assert.ok(error instanceof Error);
    assert.deepEqual(await raw.readClose(), { code: 1007, reason: "" });
  });

  check("that inflate to what is not UTF-8", async (t) => {
    const { raw, socket } = await rawClientOf(t, module, options, asked);
    const failed = event(socket, "error");
    raw.sendFrame({ opcode: text, payload: deflated(badUtf8), rsv: 0x40 });
    assert.equal((await failed)[0].code, "WS_ERR_INVALID_UTF8");
    assert.deepEqual(await raw.readClose(), { code: 1007, reason: "" });
  });

  check("with RSV1 where it may not be", async (t) => {
    for (const frames of [[{ opcode: ping, rsv: 0x40 }], [started, { opcode: continuation, rsv: 0x40 }]]) {
      const { raw, socket } = await rawClientOf(t, module, options, asked);
      const failed = event(socket, "error");
      raw.write(Buffer.concat(frames.map(wireFrame)));
      assert.equal((await failed)[0].code, "WS_ERR_UNEXPECTED_RSV_1");
    }
  });
});
