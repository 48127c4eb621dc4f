// Family 12: compressed messages of many sizes and shapes, and what may not be compressed or not like this (RFC 7692 §6,
// §7.2).

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { deflateRawSync } from "node:zlib";
import {
  binary,
  close,
  continuation,
  frame,
  type OutgoingFrame,
  opcodes,
  ping,
  pong,
  text,
} from "../support/wire-frame.js";
import { DeflatePeer, noise, wordText } from "./deflate-peer.js";
import { type EchoOptions, type Role, useEchoEnds } from "./echo-ends.js";
import { expectEnding, expectFrames, type WireCase, wireTests, withSession } from "./wire-case.js";

const roles: readonly Role[] = ["server", "client"];
const timeout = 20_000;
const open = { fin: false };
const eager: EchoOptions = { compression: { thresholdBytes: 0 } };
const extensions = "permessage-deflate";

const contents: [string, typeof text, (bytes: number) => Buffer][] = [
  ["text of words", text, wordText],
  ["text of one letter", text, (bytes) => Buffer.alloc(bytes, "*")],
  ["binary noise", binary, noise],
];

/** Autobahn's sizes, and its fragments of a message of 128 KiB. */
const shapes: [number, number][] = [
  ...[16, 64, 256, 1024, 4096, 8192, 16_384, 32_768, 65_536, 131_072].map((bytes): [number, number] => [
    bytes,
    0,
  ]),
  ...[1, 7, 64].map((part): [number, number] => [1024, part]),
  ...[256, 1024, 4096, 32_768].map((part): [number, number] => [131_072, part]),
];

describe("family 12, compressed messages", () => {
  const ends = useEchoEnds(eager);
  // A server says itself that its window is 2^12.
  const own = (role: Role): number => (role === "server" ? 12 : 15);

  for (const role of roles) {
    for (const [label, make, content] of contents) {
      for (const [bytes, part] of shapes) {
        const shape = part === 0 ? `${bytes} bytes` : `${bytes} bytes, compressed in fragments of ${part}`;
        test(`RFC 7692 §7.2: a ${role} echoes ${label} of ${shape}, five times`, { timeout }, () =>
          withSession(ends(), role, { extensions }, async (session) => {
            const peer = new DeflatePeer(
              session,
              { windowBits: 15, isForgetful: false },
              { windowBits: own(role), isForgetful: false },
            );
            for (let i = 0; i < 5; i++) {
              await peer.send(make(content(bytes)), part, i === 0 && bytes <= 1024 ? 1 : "together");
              const { opcode, payload } = await peer.receive();
              assert.equal(opcode, make().opcode);
              assert.ok(payload.equals(content(bytes)));
            }
            if (bytes <= 32_768) peer.assertWindowKept();
            peer.close();
            await expectEnding(ends(), session, "stays open");
          }),
        );
      }
    }
  }
});

/** One message as RFC 7692 §7.2.1 makes it, by a compressor of its own. */
function compressed(payload: Uint8Array | string): Buffer {
  return deflateRawSync(payload, { finishFlush: 2 }).subarray(0, -4);
}

const first = { rsv: 4 };
/** The examples of RFC 7692 §7.2.3. */
const hello = Buffer.from("f248cdc9c90700", "hex");
const stored = Buffer.from("000500faff48656c6c6f00", "hex");
const finalBlock = Buffer.from("f348cdc9c9070000", "hex");
const twoBlocks = Buffer.from("f248050000 00ffff cac9c90700".replaceAll(" ", ""), "hex");

/** Messages that a receiver takes, whatever their compressor did. */
const taken: [string, OutgoingFrame[], OutgoingFrame[]][] = [
  ["the example of §7.2.3.1", [text(hello, first)], [text("Hello")]],
  [
    "the example of §7.2.3.1 in two fragments",
    [text(hello.subarray(0, 3), { rsv: 4, fin: false }), continuation(hello.subarray(3))],
    [text("Hello")],
  ],
  [
    "the example of §7.2.3.2, which refers to the message before",
    [text(hello, first), text(Buffer.from("f200110000", "hex"), first)],
    [text("Hello"), text("Hello")],
  ],
  ["the example of §7.2.3.3, a block without compression", [text(stored, first)], [text("Hello")]],
  ["the example of §7.2.3.4, a final block", [text(finalBlock, first)], [text("Hello")]],
  ["the example of §7.2.3.5, two blocks", [text(twoBlocks, first)], [text("Hello")]],
  ["the empty message of §7.2.3.6", [text(Buffer.of(0), first)], [text("")]],
  ["three messages with final blocks", Array(3).fill(text(finalBlock, first)), Array(3).fill(text("Hello"))],
  [
    "a reference to the message before a final block",
    [text(finalBlock, first), text(Buffer.from("f200110000", "hex"), first)],
    [text("Hello"), text("Hello")],
  ],
  [
    "a compressed payload of no bytes as an empty message",
    [text("", first), text(hello, first), binary("", first)],
    [text(""), text("Hello"), binary("")],
  ],
  ["an uncompressed message", [text("plain")], [text("plain")]],
  ["an uncompressed fragmented message", [text("pl", open), continuation("ain")], [text("plain")]],
  [
    "uncompressed messages between compressed ones",
    [text("plain"), text(hello, first), binary("plain"), binary(hello, first)],
    [text("plain"), text("Hello"), binary("plain"), binary("Hello")],
  ],
  [
    "a reference across an uncompressed message",
    [text(hello, first), text("plain"), text(Buffer.from("f200110000", "hex"), first)],
    [text("Hello"), text("plain"), text("Hello")],
  ],
  [
    "empty fragments around a compressed message",
    [text("", { rsv: 4, fin: false }), continuation(hello, open), continuation("")],
    [text("Hello")],
  ],
  [
    "pings between compressed fragments",
    [text(hello.subarray(0, 1), { rsv: 4, fin: false }), ping("now"), continuation(hello.subarray(1))],
    [pong("now"), text("Hello")],
  ],
  [
    "a character that compressed fragments cut",
    [
      text(compressed("é🙂").subarray(0, 3), { rsv: 4, fin: false }),
      continuation(compressed("é🙂").subarray(3)),
    ],
    [text("é🙂")],
  ],
];

/** One mebibyte is what a message may have. */
const bomb = compressed(Buffer.alloc(1_048_577));

const wrong: [string, number, OutgoingFrame[]][] = [
  [
    "RSV1 on a continuation of a compressed message",
    1002,
    [text(hello, { rsv: 4, fin: false }), continuation("", first)],
  ],
  ["RSV1 on a continuation of an uncompressed message", 1002, [text("Hel", open), continuation("lo", first)]],
  ["RSV1 on a ping", 1002, [ping("", first)]],
  ["RSV1 on a pong", 1002, [pong("", first)]],
  ["RSV1 on a Close", 1002, [close(1000, "", first)]],
  ["RSV1 on a ping between compressed fragments", 1002, [text("", { rsv: 4, fin: false }), ping("", first)]],
  ...[3, 7, 11, 15].map((opcode): [string, number, OutgoingFrame[]] => [
    `RSV1 on opcode ${opcode}`,
    1002,
    [frame(opcode, "", first)],
  ]),
  ...[1, 2, 3, 5, 6, 7].map((rsv): [string, number, OutgoingFrame[]] => [
    `RSV bits ${rsv.toString(2).padStart(3, "0")} on a text message`,
    1002,
    [text(hello, { rsv })],
  ]),
  ["a reserved block type", 1007, [text(Buffer.of(0xff, 0xff), first)]],
  [
    "a reserved block type before the last fragment",
    1007,
    [text(Buffer.of(0xff, 0xff), { rsv: 4, fin: false })],
  ],
  [
    "a stored block whose length is wrong",
    1007,
    [binary(Buffer.from("000500faee48656c6c6f00", "hex"), first)],
  ],
  ["a stored block that is cut", 1007, [binary(stored.subarray(0, 7), first)]],
  [
    "a stored block that is cut by four bytes",
    1007,
    [binary(Buffer.from("000800f7ff48656c6c", "hex"), first)],
  ],
  ...[1, 2, 3, 4, 5, 6].map((cut): [string, number, OutgoingFrame[]] => [
    `the example of §7.2.3.1 without its last ${cut} bytes`,
    1007,
    [text(hello.subarray(0, -cut), first)],
  ]),
  ["a reference before the beginning", 1007, [text(Buffer.from("f200110000", "hex"), first)]],
  ["compressed text that is not UTF-8", 1007, [text(compressed(Buffer.of(0x61, 0xff)), first)]],
  ["compressed text that ends in a character", 1007, [text(compressed(Buffer.of(0x61, 0xc3)), first)]],
  [
    "compressed text that is not UTF-8 before the last fragment",
    1007,
    [
      text(Buffer.concat([compressed(Buffer.of(0x61, 0xff)), Buffer.of(0, 0, 255, 255)]), {
        rsv: 4,
        fin: false,
      }),
    ],
  ],
  ["a message that inflates to one byte more than maxMessageBytes", 1009, [binary(bomb, first)]],
  [
    "fragments that inflate to more before the last",
    1009,
    [binary(compressed(Buffer.alloc(2_000_000)), { rsv: 4, fin: false })],
  ],
  [
    "a compressed message between compressed fragments",
    1002,
    [text(hello, { rsv: 4, fin: false }), text(hello, first)],
  ],
];

const violations: WireCase[] = wrong.map(([label, code, sends]) => ({
  name: `fails with ${code} on ${label}, and ignores what follows`,
  section: "RFC 7692 §6, §7.2",
  sends: [text("before"), ...sends, ping("after"), text("after")],
  receives: [text("before")],
  ending: { fails: code },
  open: { extensions },
}));

describe("family 12, compressed messages of others", () => {
  // Answers stay uncompressed, so that they can be compared as they come.
  const ends = useEchoEnds({ compression: { thresholdBytes: Infinity } });
  wireTests(
    ends,
    taken.map(([label, sends, receives]) => ({
      name: `takes ${label}`,
      section: "RFC 7692 §6, §7.2",
      sends,
      receives,
      open: { extensions },
    })),
  );
  wireTests(ends, violations);

  for (const role of roles) {
    test(
      `RFC 7692 §6.1: a ${role} sends compressed what it is told to, with RSV1 and nothing else`,
      { timeout },
      () =>
        withSession(ends(), role, { extensions }, async (session) => {
          const peer = new DeflatePeer(
            session,
            { windowBits: 15, isForgetful: false },
            { windowBits: role === "server" ? 12 : 15, isForgetful: false },
          );
          for (const data of ["Hello", "", "Hello", "é".repeat(100_000)]) {
            session.connection.send(data, { compress: true });
            const { opcode, payload } = await peer.receive();
            assert.deepEqual([opcode, payload.toString()], [opcodes.text, data]);
          }
          const pinged = session.connection.ping("never compressed");
          await expectFrames(session, [ping("never compressed")]);
          await session.peer.send([pong("never compressed")]);
          await pinged;
          session.connection.pong("nor this");
          await expectFrames(session, [pong("nor this")]);
          peer.close();
          await expectEnding(ends(), session, "stays open");
        }),
    );
  }
});
