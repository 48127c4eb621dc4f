// Family 7, the frames: bodies and codes of Close, and what stands around it (RFC 6455 §5.5.1, §7.4).

import { describe } from "node:test";
import { binary, close, continuation, frame, opcodes, ping, pong, text } from "../support/wire-frame.js";
import { useEchoEnds } from "./echo-ends.js";
import { invalidSequences } from "./utf-8-sequences.js";
import { type WireCase, wireTests } from "./wire-case.js";

const open = { fin: false };

const around: WireCase[] = [
  {
    name: "echoes a message that came before a Close, and answers the Close",
    section: "RFC 6455 §5.5.1",
    sends: [text("Hello"), close(1000)],
    receives: [text("Hello")],
    ending: { answers: 1000 },
  },
  {
    name: "answers the first of two Close frames only",
    section: "RFC 6455 §5.5.1",
    sends: [close(1000), close(1001)],
    ending: { answers: 1000 },
  },
  {
    name: "answers no ping behind a Close",
    section: "RFC 6455 §5.5.2",
    sends: [close(1000), ping("late")],
    ending: { answers: 1000 },
  },
  {
    name: "answers a ping before a Close",
    section: "RFC 6455 §5.5.2",
    sends: [ping("in time"), close(1000)],
    receives: [pong("in time")],
    ending: { answers: 1000 },
  },
  {
    name: "echoes no message behind a Close",
    section: "RFC 6455 §1.4",
    sends: [close(1000), text("late"), binary("late")],
    ending: { answers: 1000 },
  },
  {
    name: "does not judge what comes behind a Close",
    section: "RFC 6455 §1.4",
    sends: [close(1000), frame(15, "reserved"), text(Buffer.of(0xff)), ping("", { fin: false })],
    ending: { answers: 1000 },
  },
  {
    name: "answers a Close between two fragments, and drops the message",
    section: "RFC 6455 §5.4, §5.5.1",
    sends: [text("begin", open), close(1000), continuation("end")],
    ending: { answers: 1000 },
  },
  {
    name: "answers a Close inside a character of fragmented text",
    section: "RFC 6455 §5.5.1, §8.1",
    sends: [text(Buffer.of(0xf0, 0x9f), open), close(1000)],
    ending: { answers: 1000 },
  },
  {
    name: "echoes 256 KiB and answers the Close and not the ping behind it",
    section: "RFC 6455 §5.5.1",
    sends: [text("B".repeat(262_144)), close(1000), ping("late")],
    receives: [text("B".repeat(262_144))],
    ending: { answers: 1000 },
  },
];

const bodies: WireCase[] = [
  {
    name: "answers a Close without a body with one without a body",
    section: "RFC 6455 §5.5.1",
    sends: [close()],
    ending: { answers: undefined },
  },
  {
    name: "fails with 1002 on a Close whose body is one byte",
    section: "RFC 6455 §5.5.1",
    sends: [frame(opcodes.close, Buffer.of(3))],
    ending: { fails: 1002 },
  },
  ...[1, 8, 64, 122, 123].map(
    (length): WireCase => ({
      name: `answers a Close with a reason of ${length} bytes with the code alone`,
      section: "RFC 6455 §5.5.1",
      sends: [close(1000, "*".repeat(length))],
      ending: { answers: 1000 },
    }),
  ),
  {
    name: "answers a Close with a reason outside ASCII",
    section: "RFC 6455 §5.5.1",
    sends: [close(1000, "tschüß 🙂 ".repeat(7))],
    ending: { answers: 1000 },
  },
  {
    name: "fails with 1002 on a Close with a reason of 124 bytes",
    section: "RFC 6455 §5.5",
    sends: [close(1000, "*".repeat(124))],
    ending: { fails: 1002 },
  },
];

const reasons: WireCase[] = invalidSequences
  .filter(({ hex, group }) => hex.length > 2 || group.startsWith("6.14"))
  .map(({ hex, group }) => ({
    name: `fails with 1007 on a Close whose reason holds ${hex.slice(0, 24)} (${group})`,
    section: "RFC 6455 §5.5.1, §8.1",
    sends: [close(1000, Buffer.concat([Buffer.from("reason "), Buffer.from(hex, "hex")]))],
    ending: { fails: 1007 },
  }));

/** RFC 6455 §7.4.1 and §7.4.2, with 1012 to 1014 from IANA's registry, which §11.7 keeps open. */
const validCodes = [
  1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3001, 3999, 4000, 4999,
];
const invalidCodes = [
  ...[0, 1, 125, 255, 256, 999, 1004, 1005, 1006, 1015, 1016, 1017, 1099, 1100, 1999, 2000, 2999],
  ...[5000, 5001, 9999, 32_768, 61_440, 65_535],
];

const codes: WireCase[] = [
  ...validCodes.map(
    (code): WireCase => ({
      name: `answers a Close with code ${code} with the same code`,
      section: "RFC 6455 §5.5.1, §7.4",
      sends: [close(code)],
      ending: { answers: code },
    }),
  ),
  ...validCodes.map(
    (code): WireCase => ({
      name: `answers a Close with code ${code} and a reason with the same code`,
      section: "RFC 6455 §5.5.1, §7.4",
      sends: [text("before"), close(code, "a reason"), text("after")],
      receives: [text("before")],
      ending: { answers: code },
    }),
  ),
  ...invalidCodes.flatMap((code): WireCase[] => [
    {
      name: `fails with 1002 on a Close with code ${code}`,
      section: "RFC 6455 §7.4",
      sends: [close(code)],
      ending: { fails: 1002 },
    },
    {
      name: `fails with 1002 on a Close with code ${code} and a reason`,
      section: "RFC 6455 §7.4",
      sends: [close(code, "a reason")],
      ending: { fails: 1002 },
    },
  ]),
];

describe("family 7, Close frames", () => {
  const ends = useEchoEnds();
  wireTests(ends, [...around, ...bodies]);
  wireTests(ends, codes);
  wireTests(ends, reasons);
});
