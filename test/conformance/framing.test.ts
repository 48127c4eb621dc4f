// Family 1: sizes, length fields and masks (RFC 6455 §5.1, §5.2, §5.3).

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { binary, close, continuation, type OutgoingFrame, ping, pong, text } from "../support/wire-frame.js";
import { useEchoEnds } from "./echo-ends.js";
import { expectFrames, type WireCase, wireTests, withSession } from "./wire-case.js";

const kinds = [
  ["text", text, (size: number) => "*".repeat(size)],
  ["binary", binary, (size: number) => Buffer.alloc(size, 0xfe)],
] as const;

const sizes = [0, 1, 2, 3, 4, 5, 124, 125, 126, 127, 128, 129, 1000, 65_534, 65_535, 65_536, 65_537];

const whole: WireCase[] = kinds.flatMap(([kind, make, payload]) =>
  sizes.map((size) => ({
    name: `echoes a ${kind} message of ${size} bytes`,
    section: "RFC 6455 §5.2",
    sends: [make(payload(size))],
    receives: [make(payload(size))],
  })),
);

const chopped: WireCase[] = kinds.flatMap(([kind, make, payload]) =>
  [3, 7, 64, 997, 1460, 4096, 65_535].map((piece) => ({
    name: `echoes a ${kind} message of 65536 bytes that arrives in pieces of ${piece}`,
    section: "RFC 6455 §5.2",
    sends: [make(payload(65_536))],
    receives: [make(payload(65_536))],
    arrivals: [piece],
  })),
);

const every = Buffer.from(Array.from({ length: 256 }, (_, i) => i));

const contents: WireCase[] = [
  {
    name: "echoes every byte value",
    section: "RFC 6455 §5.6",
    sends: [binary(every)],
    receives: [binary(every)],
    arrivals: ["together", 1, 5],
  },
  {
    name: "echoes three messages of both kinds in their order",
    section: "RFC 6455 §6.2",
    sends: [text("one"), binary("two"), text("three")],
    receives: [text("one"), binary("two"), text("three")],
  },
];

const keys = [
  [0, 0, 0, 0],
  [255, 255, 255, 255],
  [0, 0, 0, 1],
  [128, 0, 0, 0],
  [0x37, 0xfa, 0x21, 0x3d],
  [1, 2, 3, 4],
];

const masks: WireCase[] = keys.flatMap((maskKey): WireCase[] =>
  [1, 4, 7, 130].map((size) => ({
    name: `unmasks ${size} bytes under the key ${Buffer.from(maskKey).toString("hex")}`,
    section: "RFC 6455 §5.3",
    sends: [binary(every.subarray(0, size), { maskKey })],
    receives: [binary(every.subarray(0, size))],
    roles: ["server"],
  })),
);

const single: [string, OutgoingFrame][] = [
  ["a text message", text("hello")],
  ["an empty text message", text("")],
  ["a binary message", binary("hello")],
  ["a first fragment", text("hello", { fin: false })],
  ["a ping", ping("hello")],
  ["an empty ping", ping("")],
  ["a pong", pong("hello")],
  ["a Close", close(1000)],
];

const wrongMasks: WireCase[] = single.flatMap(([kind, frame]): WireCase[] => [
  {
    name: `fails with 1002 on ${kind} that is not masked`,
    section: "RFC 6455 §5.1",
    sends: [{ ...frame, isMasked: false }],
    ending: { fails: 1002 },
    roles: ["server"],
  },
  {
    name: `fails with 1002 on ${kind} that is masked`,
    section: "RFC 6455 §5.1",
    sends: [{ ...frame, isMasked: true }],
    ending: { fails: 1002 },
    roles: ["client"],
  },
]);

const wrongMaskLater: WireCase[] = [
  {
    name: "fails with 1002 on a continuation with the other mask bit, between frames that are right",
    section: "RFC 6455 §5.1",
    sends: [
      text("before"),
      text("begin", { fin: false }),
      continuation("end", { isMasked: false }),
      text("after"),
    ],
    receives: [text("before")],
    ending: { fails: 1002 },
    roles: ["server"],
  },
  {
    name: "fails with 1002 on a continuation with the other mask bit, between frames that are right",
    section: "RFC 6455 §5.1",
    sends: [
      text("before"),
      text("begin", { fin: false }),
      continuation("end", { isMasked: true }),
      text("after"),
    ],
    receives: [text("before")],
    ending: { fails: 1002 },
    roles: ["client"],
  },
];

const longForms: WireCase[] = kinds.flatMap(([kind, make, payload]) =>
  (
    [
      [0, 16],
      [1, 16],
      [125, 16],
      [0, 64],
      [125, 64],
      [126, 64],
      [65_535, 64],
    ] as const
  ).map(([size, lengthBits]) => ({
    name: `fails with 1002 on a ${kind} message of ${size} bytes whose length takes ${lengthBits} bits`,
    section: "RFC 6455 §5.2",
    sends: [make(payload(size), { lengthBits })],
    ending: { fails: 1002 },
  })),
);

const hugeLengths: WireCase[] = (
  [
    ["2^20 + 1", 2n ** 20n + 1n],
    ["2^31", 2n ** 31n],
    ["2^32", 2n ** 32n],
    ["2^53", 2n ** 53n],
    ["2^63 - 1", 2n ** 63n - 1n],
    ["2^63, whose highest bit is set,", 2n ** 63n],
    ["2^64 - 1", 2n ** 64n - 1n],
  ] as const
).flatMap(([label, announcedLength]): WireCase[] => [
  {
    name: `refuses a frame of ${label} bytes with 1009 by its header`,
    section: "RFC 6455 §5.2, §7.4.1",
    sends: [binary("", { announcedLength })],
    ending: { fails: 1009 },
  },
]);

describe("family 1, framing", () => {
  const ends = useEchoEnds();
  wireTests(ends, [...whole, ...chopped, ...contents]);
  wireTests(ends, [...masks, ...wrongMasks, ...wrongMaskLater]);
  wireTests(ends, [...longForms, ...hugeLengths]);

  test("RFC 6455 §5.3: a client masks 200 frames with 200 different keys", { timeout: 20_000 }, () =>
    withSession(ends(), "client", undefined, async (session) => {
      const messages = Array.from({ length: 200 }, () => text("the same"));
      await session.peer.send(messages);
      await expectFrames(session, messages);
      assert.equal(new Set(session.peer.receivedKeys).size, 200);
    }),
  );
});
