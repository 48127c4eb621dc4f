// Every rule that a peer can break, on a real socket: the Close frame with the right code leaves before TCP ends, for
// both roles, and nothing that came with or after the violation reaches the user.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { deflateRawSync } from "node:zlib";
import { connect, type LimitError, type ProtocolError, type WebSocketConnection } from "sluice";
import { limitErrorCodes, protocolErrorCodes } from "#src/protocol/index.js";
import { openRaw, type RawPeer } from "../support/raw-client.js";
import { startRawServer } from "../support/raw-server.js";
import { firstCall, startServer } from "../support/sluice-server.js";
import { closePayloadOf, type FrameParts, wireFrame } from "../support/wire.js";

interface Case {
  what: string;
  code: string;
  closeCode: number;
  frames: FrameParts[];
}

const text = { opcode: 1, payload: "x" };
const notUtf8 = Buffer.from([0xc3, 0x28]);
const bomb = deflateRawSync(Buffer.alloc(8_000_000));

const protocolCases: Case[] = [
  {
    what: "RSV1 without compression",
    code: "RESERVED_BITS",
    closeCode: 1002,
    frames: [{ ...text, rsv: 0x40 }],
  },
  { what: "RSV2", code: "RESERVED_BITS", closeCode: 1002, frames: [{ ...text, rsv: 0x20 }] },
  { what: "RSV3", code: "RESERVED_BITS", closeCode: 1002, frames: [{ ...text, rsv: 0x10 }] },
  { what: "opcode 3", code: "UNKNOWN_OPCODE", closeCode: 1002, frames: [{ opcode: 3 }] },
  { what: "opcode 11", code: "UNKNOWN_OPCODE", closeCode: 1002, frames: [{ opcode: 11 }] },
  {
    what: "a short length in 2 bytes",
    code: "LENGTH_NOT_MINIMAL",
    closeCode: 1002,
    frames: [{ ...text, lengthBytes: 2 }],
  },
  {
    what: "a short length in 8 bytes",
    code: "LENGTH_NOT_MINIMAL",
    closeCode: 1002,
    frames: [{ ...text, lengthBytes: 8 }],
  },
  ...[31n, 32n, 52n].map((exponent) => ({
    what: `a length of 2^${exponent}`,
    code: "MESSAGE_TOO_LARGE",
    closeCode: 1009,
    frames: [{ opcode: 2, claimedLength: 2n ** exponent }],
  })),
  {
    what: "a length of 2^53",
    code: "LENGTH_TOO_LARGE",
    closeCode: 1009,
    frames: [{ opcode: 2, claimedLength: 2n ** 53n }],
  },
  {
    what: "a length of 2^63",
    code: "LENGTH_TOO_LARGE",
    closeCode: 1009,
    frames: [{ opcode: 2, claimedLength: 2n ** 63n }],
  },
  {
    what: "a length of 2^64 - 1",
    code: "LENGTH_TOO_LARGE",
    closeCode: 1009,
    frames: [{ opcode: 2, claimedLength: 2n ** 64n - 1n }],
  },
  {
    what: "a fragmented ping",
    code: "CONTROL_FRAGMENTED",
    closeCode: 1002,
    frames: [{ opcode: 9, fin: false }],
  },
  {
    what: "a ping of 126 bytes",
    code: "CONTROL_TOO_LONG",
    closeCode: 1002,
    frames: [{ opcode: 9, payload: Buffer.alloc(126) }],
  },
  {
    what: "a continuation of nothing",
    code: "UNEXPECTED_CONTINUATION",
    closeCode: 1002,
    frames: [{ opcode: 0 }],
  },
  {
    what: "a message within a message",
    code: "EXPECTED_CONTINUATION",
    closeCode: 1002,
    frames: [{ ...text, fin: false }, text],
  },
  {
    what: "a Close of one byte",
    code: "CLOSE_PAYLOAD_TRUNCATED",
    closeCode: 1002,
    frames: [{ opcode: 8, payload: "x" }],
  },
  ...[0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 65_535].map((code) => ({
    what: `a Close with code ${code}`,
    code: "CLOSE_CODE_INVALID",
    closeCode: 1002,
    frames: [{ opcode: 8, payload: closePayloadOf(code) }],
  })),
  {
    what: "a reason that is not UTF-8",
    code: "CLOSE_REASON_NOT_UTF8",
    closeCode: 1007,
    frames: [{ opcode: 8, payload: closePayloadOf(1000, notUtf8) }],
  },
  {
    what: "a text that is not UTF-8",
    code: "TEXT_NOT_UTF8",
    closeCode: 1007,
    frames: [{ opcode: 1, payload: notUtf8 }],
  },
  {
    what: "a text that ends within a character",
    code: "TEXT_NOT_UTF8",
    closeCode: 1007,
    frames: [{ opcode: 1, payload: Buffer.from([0xe2, 0x82]) }],
  },
  {
    what: "a message over the limit",
    code: "MESSAGE_TOO_LARGE",
    closeCode: 1009,
    frames: [{ opcode: 2, payload: Buffer.alloc(1_048_577) }],
  },
  {
    what: "fragments over the limit",
    code: "MESSAGE_TOO_LARGE",
    closeCode: 1009,
    frames: [
      { opcode: 2, fin: false, payload: Buffer.alloc(1_048_576) },
      { opcode: 0, payload: "x" },
    ],
  },
  {
    what: "too many fragments",
    code: "TOO_MANY_FRAGMENTS",
    closeCode: 1008,
    frames: [{ opcode: 2, fin: false }, ...Array.from({ length: 16_384 }, () => ({ opcode: 0, fin: false }))],
  },
];

const compressedCases: Case[] = [
  {
    what: "data that cannot be inflated",
    code: "DEFLATE_DATA_INVALID",
    closeCode: 1007,
    frames: [{ opcode: 2, rsv: 0x40, payload: Buffer.alloc(20, 0xff) }],
  },
  {
    what: "RSV1 on a continuation",
    code: "RESERVED_BITS",
    closeCode: 1002,
    frames: [
      { opcode: 2, rsv: 0x40, fin: false, payload: bomb.subarray(0, 5) },
      { opcode: 0, rsv: 0x40 },
    ],
  },
  { what: "RSV1 on a ping", code: "RESERVED_BITS", closeCode: 1002, frames: [{ opcode: 9, rsv: 0x40 }] },
  {
    what: "a bomb",
    code: "MESSAGE_TOO_LARGE",
    closeCode: 1009,
    frames: [{ opcode: 2, rsv: 0x40, payload: bomb }],
  },
  {
    what: "a compressed text that is not UTF-8",
    code: "TEXT_NOT_UTF8",
    closeCode: 1007,
    frames: [{ opcode: 1, rsv: 0x40, payload: deflateRawSync(notUtf8) }],
  },
];

type Failure = ProtocolError | LimitError;

/** The Close that comes back, what the user was told, and what reached the user. */
async function provoke(
  peer: RawPeer,
  frames: FrameParts[],
  isMasked: boolean,
): Promise<{ code: number; reason: string }> {
  // A message behind the violation, in the same packet, must reach nobody.
  const bytes = [...frames, { opcode: 1, payload: "behind" }].map((parts) =>
    wireFrame({ isMasked, ...parts }),
  );
  peer.write(Buffer.concat(bytes));
  const close = await peer.readClose();
  assert.equal((await peer.readToEnd()).length, 0, "TCP ends after the Close, with nothing behind it");
  peer.socket.end();
  return close;
}

const extension = { "Sec-WebSocket-Extensions": "permessage-deflate" };

for (const [kind, cases] of [
  ["", protocolCases],
  [" of a compressed connection", compressedCases],
] as const) {
  const isCompressed = kind !== "";

  describe(`a server${kind} answers a broken rule with the right Close`, () => {
    const roleCases = isCompressed
      ? cases
      : [
          ...cases,
          {
            what: "a frame without a mask",
            code: "MASK_MISSING",
            closeCode: 1002,
            frames: [{ ...text, isMasked: false }],
          },
        ];
    for (const { what, code, closeCode, frames } of roleCases) {
      test(`${what}: ${code}, ${closeCode}`, async (t) => {
        const failed = firstCall<[unknown, Error]>();
        const closed = firstCall<[unknown, number]>();
        const received: unknown[] = [];
        const { port, server } = await startServer(
          t,
          { message: (_ws, data) => void received.push(data), error: failed.handler, close: closed.handler },
          { compression: isCompressed },
        );
        const peer = await openRaw(t, { port });
        await peer.upgrade(isCompressed ? extension : {});
        assert.deepEqual(await provoke(peer, frames, true), { code: closeCode, reason: "" });
        const error = (await failed.called)[1] as Failure;
        assert.deepEqual([error.code, error.closeCode], [code, closeCode]);
        await closed.called;
        assert.deepEqual(received, []);
        assert.equal(server.metrics().peerErrors, 1);
      });
    }
  });

  describe(`a client${kind} answers a broken rule with the right Close`, () => {
    const roleCases = isCompressed
      ? cases
      : [
          ...cases,
          {
            what: "a frame with a mask",
            code: "MASK_FORBIDDEN",
            closeCode: 1002,
            frames: [{ ...text, isMasked: true }],
          },
        ];
    for (const { what, code, closeCode, frames } of roleCases) {
      test(`${what}: ${code}, ${closeCode}`, async (t) => {
        const server = await startRawServer(t);
        const opening = connect(server.url);
        const peer = await server.acceptUpgrade(
          isCompressed ? ["Sec-WebSocket-Extensions: permessage-deflate"] : [],
        );
        const ws: WebSocketConnection = await opening;
        const failed = firstCall<[unknown, Error]>();
        const received: unknown[] = [];
        ws.listen({ message: (_ws, data) => void received.push(data), error: failed.handler });
        assert.deepEqual(await provoke(peer, frames, false), { code: closeCode, reason: "" });
        const error = (await failed.called)[1] as Failure;
        assert.deepEqual([error.code, error.closeCode], [code, closeCode]);
        const info = await ws.closed;
        assert.deepEqual([info.code, info.wasClean, info.sent?.code], [1006, false, closeCode]);
        assert.deepEqual(received, []);
      });
    }
  });
}

test("every code of the tables is among these cases, but for those of slow peers and of HTTP bodies", () => {
  const covered = new Set([...protocolCases, ...compressedCases].map(({ code }) => code));
  const all = [...Object.keys(protocolErrorCodes), ...Object.keys(limitErrorCodes)];
  const rest = all.filter((code) => !covered.has(code));
  assert.deepEqual(rest.sort(), ["BODY_TOO_LARGE", "BUFFER_FULL", "MASK_FORBIDDEN", "MASK_MISSING"]);
});

test("a violation in the middle of a flood is answered though its sender does not stop", async (t) => {
  const { port } = await startServer(t, {}, { closeTimeoutMs: 5000 });
  const peer = await openRaw(t, { port });
  await peer.upgrade();
  peer.sendFrame({ ...text, isMasked: false });
  const block = Buffer.alloc(65_536);
  for (let i = 0; i < 200; i++) peer.write(block);
  assert.equal((await peer.readClose()).code, 1002);
  await peer.readToEnd();
});
