// Family 6: text is UTF-8 as a whole, wherever frames and TCP cut it, and fails as soon as it cannot be (RFC 6455 §5.6,
// §8.1). Each sequence stands alone, in the middle of text, in fragments of one byte and under announced lengths.

import { describe } from "node:test";
import { binary, continuation, type OutgoingFrame, ping, pong, text } from "../support/wire-frame.js";
import { useEchoEnds } from "./echo-ends.js";
import { invalidSequences, type Utf8Sequence, validSequences } from "./utf-8-sequences.js";
import { type WireCase, wireTests } from "./wire-case.js";

const section = "RFC 6455 §8.1";
const prefix = Buffer.from("κόσμε, ");
const suffix = Buffer.from(" 日本");

/** One byte a fragment. */
function byteFragments(payload: Buffer, isWhole: boolean): OutgoingFrame[] {
  return [...payload].map((byte, i) =>
    (i === 0 ? text : continuation)(Buffer.of(byte), { fin: isWhole && i === payload.length - 1 }),
  );
}

function twoFragments(payload: Buffer, at: number): OutgoingFrame[] {
  return [text(payload.subarray(0, at), { fin: false }), continuation(payload.subarray(at))];
}

const label = ({ group, hex }: Utf8Sequence): string =>
  `${hex.length <= 24 ? hex : `${hex.slice(0, 24)}…`} (${group})`;

const valid: WireCase[] = validSequences.flatMap((sequence) => {
  const bytes = Buffer.from(sequence.hex, "hex");
  const inText = Buffer.concat([prefix, bytes, suffix]);
  const everyCut = Array.from({ length: bytes.length + 1 }, (_, i) =>
    twoFragments(inText, prefix.length + i),
  );
  return [
    { name: `echoes the text ${label(sequence)}`, section, sends: [text(bytes)], receives: [text(bytes)] },
    {
      name: `echoes ${label(sequence)} inside text, whole, in two fragments cut anywhere and in fragments of one byte`,
      section,
      sends: [text(inText), ...everyCut.flat(), ...byteFragments(inText, true)],
      receives: [text(inText), ...everyCut.map(() => text(inText)), text(inText)],
      arrivals: ["together", "frame by frame", 1, 5],
    },
  ];
});

/** What a wrong sequence looks like when it is sent no further than the byte that no text could hold. */
function failFast(sequence: Utf8Sequence, bytes: Buffer, failsAt: number): WireCase[] {
  const begin = Buffer.concat([prefix, bytes.subarray(0, failsAt)]);
  return [
    {
      name: `fails with 1007 at the wrong byte of ${label(sequence)}, before the frame has arrived`,
      section,
      sends: [text(begin, { announcedLength: begin.length + 50 })],
      ending: { fails: 1007 },
    },
    {
      name: `fails with 1007 at the wrong byte of ${label(sequence)}, before the last fragment`,
      section,
      sends: [...byteFragments(begin, false), ping("late")],
      ending: { fails: 1007 },
    },
  ];
}

const invalid: WireCase[] = invalidSequences.flatMap((sequence) => {
  const { failsAt = "end" } = sequence;
  const bytes = Buffer.from(sequence.hex, "hex");
  const inText = Buffer.concat([prefix, bytes, suffix]);
  return [
    {
      name: `fails with 1007 on the text ${label(sequence)}, and ignores what follows`,
      section: `${section}, §7.1.7`,
      sends: [text("before"), text(bytes), ping("after"), text("after")],
      receives: [text("before")],
      ending: { fails: 1007 },
    },
    {
      name: `fails with 1007 on ${label(sequence)} inside text`,
      section,
      sends: [text(inText)],
      ending: { fails: 1007 },
    },
    {
      name: `fails with 1007 on ${label(sequence)} inside text in fragments of one byte`,
      section,
      sends: byteFragments(inText, true),
      ending: { fails: 1007 },
    },
    ...(failsAt === "end" ? [] : failFast(sequence, bytes, failsAt)),
  ];
});

const empty: WireCase[] = [
  { name: "echoes an empty text message", section, sends: [text("")], receives: [text("")] },
  {
    name: "echoes an empty text message of three fragments",
    section,
    sends: [text("", { fin: false }), continuation("", { fin: false }), continuation("")],
    receives: [text("")],
  },
  {
    name: "echoes text between two empty fragments",
    section,
    sends: [text("", { fin: false }), continuation("middle", { fin: false }), continuation("")],
    receives: [text("middle")],
  },
];

const others: WireCase[] = [
  {
    name: "takes bytes that are not UTF-8 in binary messages, pings and pongs",
    section: "RFC 6455 §5.6",
    sends: [
      binary(Buffer.of(0xff, 0xc0)),
      ping(Buffer.of(0x80)),
      pong(Buffer.of(0xfe)),
      binary(Buffer.of(0xed, 0xa0)),
    ],
    receives: [binary(Buffer.of(0xff, 0xc0)), pong(Buffer.of(0x80)), binary(Buffer.of(0xed, 0xa0))],
  },
  {
    name: "keeps a character together that two pings cut",
    section: "RFC 6455 §5.4, §5.6",
    sends: [
      ...[
        text(Buffer.of(0xf0, 0x9f), { fin: false }),
        ping(Buffer.of(0x99)),
        continuation(Buffer.of(0x99), { fin: false }),
      ],
      ...[pong(Buffer.of(0x82)), continuation(Buffer.of(0x82))],
    ],
    receives: [pong(Buffer.of(0x99)), text("🙂")],
  },
  {
    name: "does not carry half a character of one message into the next",
    section,
    sends: [text(Buffer.of(0xc3), { fin: false }), continuation(Buffer.of(0xa9)), text(Buffer.of(0xa9))],
    receives: [text("é")],
    ending: { fails: 1007 },
  },
  {
    name: "fails with 1007 on a character whose rest is in the next message",
    section,
    sends: [text(Buffer.of(0xc3)), text(Buffer.of(0xa9))],
    ending: { fails: 1007 },
  },
  {
    name: "fails with 1007 on half a character at the end of a long text",
    section,
    sends: [text(Buffer.concat([Buffer.alloc(100_000, "é"), Buffer.of(0xc3)]))],
    ending: { fails: 1007 },
  },
  {
    name: "fails with 1007 on one wrong byte in the middle of a long text, before the frame has arrived",
    section,
    sends: [text(Buffer.concat([Buffer.alloc(100_000, "é"), Buffer.of(0xff)]), { announcedLength: 300_000 })],
    ending: { fails: 1007 },
  },
];

describe("family 6, UTF-8", () => {
  const ends = useEchoEnds();
  wireTests(ends, [...empty, ...valid, ...others]);
  wireTests(ends, invalid);
});
