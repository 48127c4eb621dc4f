// Family 2: pings are answered with their own bytes, pongs with nothing (RFC 6455 §5.5, §5.5.2, §5.5.3).

import { describe } from "node:test";
import { binary, close, continuation, ping, pong, text } from "../support/wire-frame.js";
import { useEchoEnds } from "./echo-ends.js";
import { type WireCase, wireTests } from "./wire-case.js";

const bytes = (size: number, value = 0xfe): Buffer => Buffer.alloc(size, value);

const payloads: [string, Uint8Array][] = [
  ["no payload", bytes(0)],
  ["1 byte", bytes(1)],
  ["text of 13 bytes", Buffer.from("Hello, world!")],
  ["bytes that are not UTF-8", Buffer.from("00ff fefdfcfbfaf9 80c0".replaceAll(" ", ""), "hex")],
  ["64 bytes", bytes(64, 0)],
  ["124 bytes", bytes(124)],
  ["125 bytes", Buffer.from(Array.from({ length: 125 }, (_, i) => 255 - i))],
];

const answered: WireCase[] = payloads.flatMap(([label, payload]): WireCase[] => [
  {
    name: `answers a ping with ${label}`,
    section: "RFC 6455 §5.5.2",
    sends: [ping(payload)],
    receives: [pong(payload)],
    arrivals: ["together", 1, 2, 7],
  },
  {
    name: `sends nothing for an unsolicited pong with ${label}`,
    section: "RFC 6455 §5.5.3",
    sends: [pong(payload)],
    arrivals: ["together", 1, 7],
  },
  {
    name: `answers a ping behind an unsolicited pong with ${label}`,
    section: "RFC 6455 §5.5.3",
    sends: [pong(payload), ping(payload), pong(payload)],
    receives: [pong(payload)],
  },
  {
    name: `answers a ping with ${label} between two messages`,
    section: "RFC 6455 §5.5.2",
    sends: [text("one"), ping(payload), binary("two")],
    receives: [text("one"), pong(payload), binary("two")],
  },
]);

const numbered = (count: number): string[] => Array.from({ length: count }, (_, i) => `payload ${i}`);

const many: WireCase[] = [1, 2, 10, 100].flatMap((count): WireCase[] => [
  {
    name: `answers ${count} pings in a row in their order`,
    section: "RFC 6455 §5.5.2",
    sends: numbered(count).map((payload) => ping(payload)),
    receives: numbered(count).map((payload) => pong(payload)),
    arrivals: ["together", "frame by frame", 1, 3],
  },
  {
    name: `sends nothing for ${count} pongs in a row`,
    section: "RFC 6455 §5.5.3",
    sends: numbered(count).map((payload) => pong(payload)),
  },
  {
    name: `answers ${count} pings between the frames of one message before its end`,
    section: "RFC 6455 §5.4, §5.5.2",
    sends: [
      text("<", { fin: false }),
      ...numbered(count).flatMap((payload) => [ping(payload), continuation("*", { fin: false })]),
      continuation(">"),
    ],
    receives: [...numbered(count).map((payload) => pong(payload)), text(`<${"*".repeat(count)}>`)],
  },
]);

const controls = [
  ["ping", ping],
  ["pong", pong],
  ["Close", (payload: Uint8Array, flags?: object) => ({ ...close(undefined, "", flags), payload })],
] as const;

const tooLong: WireCase[] = controls.flatMap(([kind, make]) =>
  [126, 127, 1000, 65_535, 65_536].map(
    (size): WireCase => ({
      name: `fails with 1002 on a ${kind} of ${size} bytes`,
      section: "RFC 6455 §5.5",
      sends: [make(Buffer.concat([Buffer.of(3, 232), bytes(size - 2, 0x2a)]))],
      ending: { fails: 1002 },
    }),
  ),
);

const byHeader: WireCase[] = controls.flatMap(([kind, make]): WireCase[] => [
  {
    name: `fails with 1002 on a ${kind} of 126 bytes by its first two bytes`,
    section: "RFC 6455 §5.5",
    sends: [make(bytes(0), { announcedLength: 126 })],
    ending: { fails: 1002 },
  },
  {
    name: `fails with 1002 on a ${kind} of 125 bytes whose length takes 16 bits`,
    section: "RFC 6455 §5.2, §5.5",
    sends: [make(Buffer.concat([Buffer.of(3, 232), bytes(123, 0x2a)]), { lengthBits: 16 })],
    ending: { fails: 1002 },
  },
  {
    name: `fails with 1002 on an empty ${kind} whose length takes 64 bits`,
    section: "RFC 6455 §5.2, §5.5",
    sends: [make(bytes(0), { lengthBits: 64 })],
    ending: { fails: 1002 },
  },
  {
    name: `fails with 1002 on a ${kind} of 126 bytes after a message and a ping`,
    section: "RFC 6455 §5.5",
    sends: [text("one"), ping("two"), make(bytes(126)), text("three"), ping("four")],
    receives: [text("one"), pong("two")],
    ending: { fails: 1002 },
  },
]);

describe("family 2, pings and pongs", () => {
  const ends = useEchoEnds();
  wireTests(ends, [...answered, ...many]);
  wireTests(ends, [...tooLong, ...byHeader]);
});
