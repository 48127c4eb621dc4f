import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { CollectedOutput, decodeFrame, type Role, WebSocketProtocol } from "#src/protocol/index.js";
import { seeded } from "../support/property-seed.js";
import { type ProtocolEvent, ProtocolLog } from "../support/protocol-log.js";
import { RunLengthCodec } from "../support/run-length-codec.js";

type Step =
  | { kind: "text"; text: string; isEncoded: boolean }
  | { kind: "binary"; data: Uint8Array }
  | { kind: "ping" | "pong"; data: Uint8Array }
  | { kind: "fragments"; isBinary: boolean; text: string; cuts: number[]; pings: Uint8Array[] };

const text = fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: "binary-ascii", maxLength: 300 }));
const control = fc.uint8Array({ maxLength: 125 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant("text" as const), text, isEncoded: fc.boolean() }),
  fc.record({ kind: fc.constant("binary" as const), data: fc.uint8Array({ maxLength: 400 }) }),
  fc.record({ kind: fc.constantFrom("ping" as const, "pong" as const), data: control }),
  fc.record({
    kind: fc.constant("fragments" as const),
    isBinary: fc.boolean(),
    text,
    cuts: fc.array(fc.nat(1000), { maxLength: 6 }),
    pings: fc.array(control, { maxLength: 3 }),
  }),
);

const encoder = new TextEncoder();

/** Sends one step and answers what the peer is to report. */
function send(machine: WebSocketProtocol, step: Step): ProtocolEvent[] {
  if (step.kind === "text") {
    if (step.isEncoded) machine.sendEncodedText(encoder.encode(step.text));
    else machine.sendText(step.text);
    return [{ type: "text", data: step.text }];
  }
  if (step.kind === "fragments") return sendFragments(machine, step);
  if (step.kind === "binary") machine.sendBinary(step.data);
  else if (step.kind === "ping") machine.sendPing(step.data);
  else machine.sendPong(step.data);
  return [{ type: step.kind, data: step.data }];
}

function sendFragments(machine: WebSocketProtocol, step: Step & { kind: "fragments" }): ProtocolEvent[] {
  const bytes = encoder.encode(step.text);
  const cuts = step.cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b);
  const edges = [0, ...cuts, bytes.length];
  machine.beginMessage(step.isBinary, bytes.length % 2 === 0);
  for (let i = 1; i < edges.length; i++) {
    machine.sendFragment(bytes.subarray(edges[i - 1], edges[i]), i === edges.length - 1);
    if (i < edges.length - 1 && i <= step.pings.length) machine.sendPing(step.pings[i - 1]);
  }
  const pings = step.pings.slice(0, edges.length - 2);
  return [
    ...pings.map((data) => ({ type: "ping" as const, data })),
    step.isBinary ? { type: "binary", data: bytes } : { type: "text", data: step.text },
  ];
}

/** Cuts the bytes into pieces of the given lengths, over and over. */
function* pieces(bytes: Uint8Array, lengths: number[]): Generator<Uint8Array> {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const length = lengths[i % lengths.length];
    yield bytes.subarray(at, at + length);
    at += length;
  }
}

const scenario = fc.record({
  steps: fc.array(step, { maxLength: 12 }),
  lengths: fc.array(fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 700 })), {
    minLength: 1,
  }),
  keys: fc.array(fc.integer(), { minLength: 1 }),
  isHolding: fc.boolean(),
  credit: fc.constantFrom(Infinity, 1, 300, 5000),
  hasCodec: fc.boolean(),
});

interface Scenario {
  steps: Step[];
  lengths: number[];
  keys: number[];
  isHolding: boolean;
  credit: number;
  hasCodec: boolean;
}

function assertRoundTrip(from: Role, scenario: Scenario): void {
  const { steps, lengths, keys, isHolding, credit, hasCodec } = scenario;
  const to = from === "client" ? "server" : "client";
  const output = new CollectedOutput();
  let keyCount = 0;
  const sender = new WebSocketProtocol({
    role: from,
    sink: new ProtocolLog({ role: from }),
    output,
    nextMaskKey: from === "client" ? () => keys[keyCount++ % keys.length] : undefined,
    codec: hasCodec ? new RunLengthCodec() : undefined,
  });
  const expected = steps.flatMap((step) => send(sender, step));
  sender.sendClose(1000, "end");
  const wire = output.take();
  const receiver = new ProtocolLog({
    role: to,
    isHolding,
    credit,
    codec: hasCodec ? new RunLengthCodec() : undefined,
  });
  for (const piece of pieces(wire, lengths)) receiver.receive(piece);
  assert.deepEqual(receiver.events, [...expected, { type: "close", code: 1000, reason: "end" }]);
  assertAnswers(receiver, expected);
}

/** What the receiver sent back is a pong for each ping, then Close. */
function assertAnswers(receiver: ProtocolLog, expected: ProtocolEvent[]): void {
  const bytes = receiver.output.take();
  const answers: [number, Uint8Array][] = [];
  for (let at = 0; at < bytes.length; ) {
    const decoded = decodeFrame(bytes, at);
    assert.ok(decoded);
    assert.equal(decoded.frame.mask !== undefined, receiver.machine.role === "client");
    answers.push([decoded.frame.opcode, decoded.frame.payload]);
    at += decoded.byteLength;
  }
  const pongs = expected.flatMap((event) => (event.type === "ping" ? [[10, event.data]] : []));
  assert.deepEqual(answers, [...pongs, [8, Uint8Array.of(0x03, 0xe8)]]);
}

describe("protocol, for random messages", () => {
  test("what a client sends is what a server reports, at any fragmentation, split and masking key", (t) => {
    fc.assert(
      fc.property(scenario, (scenario) => assertRoundTrip("client", scenario)),
      seeded(t, 1000),
    );
  });

  test("what a server sends is what a client reports, at any fragmentation and split", (t) => {
    fc.assert(
      fc.property(scenario, (scenario) => assertRoundTrip("server", scenario)),
      seeded(t, 1000),
    );
  });
});
