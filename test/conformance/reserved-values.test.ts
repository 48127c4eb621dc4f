// Families 3 and 4: reserved bits and reserved opcodes, while no extension gives them a meaning (RFC 6455 §5.2).

import { describe } from "node:test";
import {
  close,
  continuation,
  frame,
  type OutgoingFrame,
  opcodes,
  ping,
  pong,
  text,
} from "../support/wire-frame.js";
import { useEchoEnds } from "./echo-ends.js";
import { type WireCase, wireTests } from "./wire-case.js";

const reservedBits = [1, 2, 3, 4, 5, 6, 7];
const bitNames = (rsv: number): string =>
  [4, 2, 1].flatMap((bit, i) => ((rsv & bit) === 0 ? [] : [`RSV${i + 1}`])).join(" and ");

/** A frame of each kind, and what stands before it. */
const carriers: [string, readonly OutgoingFrame[], number, string][] = [
  ["a text message", [], opcodes.text, "hello"],
  ["an empty text message", [], opcodes.text, ""],
  ["a binary message", [], opcodes.binary, "hello"],
  ["a continuation", [text("begin", { fin: false })], opcodes.continuation, "end"],
  ["a ping", [], opcodes.ping, "hello"],
  ["a pong", [], opcodes.pong, "hello"],
  ["a Close", [], opcodes.close, "\x03\x68"],
  ["a first fragment", [], opcodes.text, "hello"],
];

const bits: WireCase[] = carriers.flatMap(([label, before, opcode, payload]) =>
  reservedBits.map((rsv) => ({
    name: `fails with 1002 on ${label} with ${bitNames(rsv)}`,
    section: "RFC 6455 §5.2",
    sends: [...before, frame(opcode, payload, { rsv, fin: label !== "a first fragment" })],
    ending: { fails: 1002 },
  })),
);

const bitsLater: WireCase[] = reservedBits.flatMap((rsv): WireCase[] => [
  {
    name: `echoes what came before a message with ${bitNames(rsv)}, fails with 1002 and ignores what follows`,
    section: "RFC 6455 §5.2, §7.1.7",
    sends: [text("before"), text("wrong", { rsv }), ping("after"), text("after"), close(1000)],
    receives: [text("before")],
    ending: { fails: 1002 },
  },
  {
    name: `fails with 1002 on a ping with ${bitNames(rsv)} between two fragments`,
    section: "RFC 6455 §5.2, §5.4",
    sends: [text("begin", { fin: false }), ping("wrong", { rsv }), continuation("end")],
    ending: { fails: 1002 },
  },
]);

const reservedOpcodes = [3, 4, 5, 6, 7, 11, 12, 13, 14, 15];

const unknown: WireCase[] = reservedOpcodes.flatMap((opcode): WireCase[] => [
  {
    name: `fails with 1002 on opcode ${opcode} without payload`,
    section: "RFC 6455 §5.2",
    sends: [frame(opcode)],
    ending: { fails: 1002 },
  },
  {
    name: `fails with 1002 on opcode ${opcode} with payload`,
    section: "RFC 6455 §5.2",
    sends: [frame(opcode, "reserved opcode payload")],
    ending: { fails: 1002 },
  },
  {
    name: `fails with 1002 on opcode ${opcode} by the first two bytes of a frame of 65536`,
    section: "RFC 6455 §5.2",
    sends: [frame(opcode, "", { announcedLength: 65_536 })],
    ending: { fails: 1002 },
  },
  {
    name: `fails with 1002 on opcode ${opcode} without FIN`,
    section: "RFC 6455 §5.2",
    sends: [frame(opcode, "reserved opcode payload", { fin: false })],
    ending: { fails: 1002 },
  },
  {
    name: `echoes what came before opcode ${opcode} without payload, fails with 1002 and ignores what follows`,
    section: "RFC 6455 §5.2, §7.1.7",
    sends: [text("before"), frame(opcode), ping("after"), text("after")],
    receives: [text("before")],
    ending: { fails: 1002 },
  },
  {
    name: `echoes what came before opcode ${opcode} with payload, fails with 1002 and ignores what follows`,
    section: "RFC 6455 §5.2, §7.1.7",
    sends: [text("before"), ping("before"), frame(opcode, "payload"), pong("after"), close(1000)],
    receives: [text("before"), pong("before")],
    ending: { fails: 1002 },
  },
  {
    name: `fails with 1002 on opcode ${opcode} between two fragments`,
    section: "RFC 6455 §5.2, §5.4",
    sends: [text("begin", { fin: false }), frame(opcode, "payload"), continuation("end")],
    ending: { fails: 1002 },
  },
]);

describe("family 3, reserved bits", () => {
  const ends = useEchoEnds();
  wireTests(ends, [...bits, ...bitsLater]);
});

describe("family 4, reserved opcodes", () => {
  const ends = useEchoEnds();
  wireTests(ends, unknown);
});
