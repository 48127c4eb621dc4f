// Family 5: messages in fragments, with control frames between them, and fragments in the wrong place (RFC 6455 §5.4).

import { describe } from "node:test";
import { binary, close, continuation, type OutgoingFrame, ping, pong, text } from "../support/wire-frame.js";
import { useEchoEnds } from "./echo-ends.js";
import { type WireCase, wireTests } from "./wire-case.js";
import { fragmented } from "./wire-message.js";

const open = { fin: false };

const kinds = [
  ["text", text],
  ["binary", binary],
] as const;

const joined: WireCase[] = kinds.flatMap(([kind, make]): WireCase[] => {
  const long = Buffer.alloc(70_000, "0123456789");
  const row = (name: string, sends: OutgoingFrame[], payload: string | Buffer): WireCase => ({
    name: `${name} of a ${kind} message`,
    section: "RFC 6455 §5.4",
    sends,
    receives: [make(payload)],
  });
  return [
    row("joins two fragments", [make("frag", open), continuation("ment")], "fragment"),
    row("joins an empty first fragment", [make("", open), continuation("end")], "end"),
    row("joins an empty last fragment", [make("begin", open), continuation("")], "begin"),
    row("joins two empty fragments", [make("", open), continuation("")], ""),
    row("joins three empty fragments", [make("", open), continuation("", open), continuation("")], ""),
    row(
      "joins an empty fragment in the middle",
      [make("a", open), continuation("", open), continuation("b")],
      "ab",
    ),
    row(
      "joins a hundred empty fragments",
      [make("", open), ...Array(98).fill(continuation("", open)), continuation("x")],
      "x",
    ),
    ...[1, 2, 3, 5, 7].map((size) =>
      row(
        `joins fragments of ${size} bytes`,
        fragmented(make("a message of some length"), size),
        "a message of some length",
      ),
    ),
    ...[125, 126, 127, 4096, 65_535, 65_536].map((size) =>
      row(`joins fragments of ${size} bytes`, fragmented(make(long), size), long),
    ),
  ];
});

const inSequence: WireCase[] = [
  {
    name: "keeps a fragmented message apart from the whole ones around it",
    section: "RFC 6455 §5.4",
    sends: [text("one"), binary("t", open), continuation("wo"), text("three")],
    receives: [text("one"), binary("two"), text("three")],
  },
  {
    name: "takes two fragmented messages of different types in a row",
    section: "RFC 6455 §5.4",
    sends: [
      text("o", open),
      continuation("ne"),
      binary("t", open),
      continuation("w", open),
      continuation("o"),
    ],
    receives: [text("one"), binary("two")],
  },
  ...kinds.flatMap(([kind, make]): WireCase[] => [
    {
      name: `answers a ping between two fragments of a ${kind} message before its end`,
      section: "RFC 6455 §5.4",
      sends: [make("begin", open), ping("now"), continuation(" end")],
      receives: [pong("now"), make("begin end")],
    },
    {
      name: `takes a pong between two fragments of a ${kind} message`,
      section: "RFC 6455 §5.4",
      sends: [make("begin", open), pong("now"), continuation(" end")],
      receives: [make("begin end")],
    },
    {
      name: `answers pings of 0 and 125 bytes among five fragments of a ${kind} message`,
      section: "RFC 6455 §5.4",
      sends: [
        ...[
          make("1", open),
          continuation("2", open),
          ping(""),
          continuation("3", open),
          continuation("4", open),
        ],
        ...[ping(Buffer.alloc(125, 1)), ping("third"), continuation("5"), ping("last")],
      ],
      receives: [pong(""), pong(Buffer.alloc(125, 1)), pong("third"), make("12345"), pong("last")],
    },
  ]),
];

/** Each sequence is wrong at its last frame. */
const wrong: [string, OutgoingFrame[]][] = [
  ["a ping without FIN", [ping("fragment", open)]],
  ["a pong without FIN", [pong("fragment", open)]],
  ["a Close without FIN", [close(1000, "", open)]],
  ["an empty Close without FIN", [close(undefined, "", open)]],
  ["a ping without FIN whose continuation would follow", [ping("frag", open), continuation("ment")]],
  ["a pong without FIN whose continuation would follow", [pong("frag", open), continuation("ment")]],
  ["a ping without FIN between two fragments", [text("begin", open), ping("x", open)]],
  ["a continuation with FIN that continues nothing", [continuation("non-continuation payload")]],
  ["an empty continuation with FIN that continues nothing", [continuation("")]],
  ["a continuation without FIN that continues nothing", [continuation("non-continuation payload", open)]],
  ["an empty continuation without FIN that continues nothing", [continuation("", open)]],
  ["a continuation after a ping", [continuation("continues a ping")]],
  ["a text message between two fragments of text", [text("begin", open), text("whole")]],
  ["a text message between two fragments of binary", [binary("begin", open), text("whole")]],
  ["a binary message between two fragments of text", [text("begin", open), binary("whole")]],
  ["an empty text message between two fragments", [text("begin", open), text("")]],
  ["a first fragment after a first fragment", [text("begin", open), text("begin again", open)]],
  ["a first fragment after a continuation", [text("a", open), continuation("b", open), binary("c", open)]],
  ["a text message after an empty first fragment", [text("", open), text("whole")]],
];

const wrongAlone: WireCase[] = wrong.flatMap(([label, sends]): WireCase[] => [
  {
    name: `fails with 1002 on ${label}`,
    section: "RFC 6455 §5.4, §5.5",
    sends,
    ending: { fails: 1002 },
  },
  {
    name: `fails with 1002 on ${label}, after good messages and before others`,
    section: "RFC 6455 §5.4, §7.1.7",
    sends: [
      text("one"),
      binary("t", open),
      continuation("wo"),
      ping("3"),
      ...sends,
      text("no"),
      ping("no"),
      close(1000),
    ],
    receives: [text("one"), binary("two"), pong("3")],
    ending: { fails: 1002 },
  },
]);

const wrongAfter: WireCase[] = [open, { fin: true }].flatMap((flags): WireCase[] => {
  const kind = flags.fin ? "with FIN" : "without FIN";
  return [
    {
      name: `echoes a whole message and fails with 1002 on a continuation ${kind} behind it`,
      section: "RFC 6455 §5.4",
      sends: [text("whole"), continuation("more", flags)],
      receives: [text("whole")],
      ending: { fails: 1002 },
    },
    {
      name: `echoes a fragmented message and fails with 1002 on one more continuation ${kind}`,
      section: "RFC 6455 §5.4",
      sends: [text("frag", open), continuation("ment"), continuation("more", flags), text("after", open)],
      receives: [text("fragment")],
      ending: { fails: 1002 },
    },
    {
      name: `fails with 1002 on a continuation ${kind} before a message, twice`,
      section: "RFC 6455 §5.4",
      sends: [continuation("none", flags), text("a", open), continuation("b"), continuation("none", flags)],
      ending: { fails: 1002 },
    },
  ];
});

const handshake: WireCase[] = [
  {
    name: "echoes a message that comes in one piece with the peer's half of the opening handshake",
    section: "RFC 6455 §4.1, §4.2.2",
    sends: [],
    receives: [text("first")],
    open: { early: [text("first")] },
  },
  {
    name: "answers a ping that comes in one piece with the peer's half of the opening handshake",
    section: "RFC 6455 §4.1, §4.2.2",
    sends: [],
    receives: [pong("first")],
    open: { early: [ping("first")] },
  },
  {
    name: "joins a message whose first fragment comes in one piece with the peer's half of the opening handshake",
    section: "RFC 6455 §4.1, §4.2.2",
    sends: [continuation(" end")],
    receives: [text("begin end")],
    open: { early: [text("begin", open)] },
  },
  {
    name: "fails with 1002 on a wrong frame that comes with the peer's half of the opening handshake",
    section: "RFC 6455 §4.1, §4.2.2",
    sends: [],
    receives: [],
    ending: { fails: 1002 },
    open: { early: [continuation("none"), text("after")] },
  },
];

describe("family 5, fragmentation", () => {
  const ends = useEchoEnds();
  wireTests(ends, [...joined, ...inSequence]);
  wireTests(ends, [...wrongAlone, ...wrongAfter]);
  wireTests(ends, handshake);
});
