import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import {
  decodeFrame,
  encodeFrame,
  isCloseCode,
  limitErrorCodes,
  protocolErrorCodes,
  type Role,
} from "#src/protocol/index.js";
import { seeded } from "../support/property-seed.js";
import { ProtocolLog } from "../support/protocol-log.js";
import { RunLengthCodec } from "../support/run-length-codec.js";

const limits = { maxMessageBytes: 2000, maxFragments: 3 };

/** Bytes that look like frames often enough to get past the first rule. */
const frame: fc.Arbitrary<RandomFrame> = fc.record({
  fin: fc.boolean(),
  rsv1: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, fc.boolean()),
  rsv2: fc.oneof({ weight: 30, arbitrary: fc.constant(false) }, fc.boolean()),
  rsv3: fc.oneof({ weight: 30, arbitrary: fc.constant(false) }, fc.boolean()),
  opcode: fc.oneof({ weight: 20, arbitrary: fc.constantFrom(0, 0, 0, 1, 2, 8, 9, 10) }, fc.nat(15)),
  isMaskRight: fc.oneof({ weight: 30, arbitrary: fc.constant(true) }, fc.boolean()),
  mask: fc.uint8Array({ minLength: 4, maxLength: 4 }),
  payload: fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.uint8Array({ minLength: 126, maxLength: 140 }),
    fc.string({ unit: "binary" }).map((text) => new TextEncoder().encode(text)),
    fc.constantFrom(1000, 1001, 1005, 3000, 5000).map((code) => Uint8Array.of(code >> 8, code & 255)),
  ),
});

const frames = fc.array(frame, { maxLength: 12 });
const noise = fc.uint8Array({ maxLength: 600 });
const roles = fc.constantFrom<Role>("client", "server");

interface RandomFrame {
  fin: boolean;
  rsv1: boolean;
  rsv2: boolean;
  rsv3: boolean;
  opcode: number;
  isMaskRight: boolean;
  mask: Uint8Array;
  payload: Uint8Array;
}

function toWire(role: Role, list: RandomFrame[]): Uint8Array {
  const encoded = list.map(({ isMaskRight, mask, ...rest }) =>
    encodeFrame(isMaskRight === (role === "server") ? { ...rest, mask } : rest),
  );
  return Uint8Array.from(encoded.flatMap((bytes) => [...bytes]));
}

function open(role: Role, hasCodec: boolean, isHolding = false): ProtocolLog {
  return new ProtocolLog({ role, limits, codec: hasCodec ? new RunLengthCodec() : undefined, isHolding });
}

/** Only documented events and errors, and nothing behind an end. */
function assertLawful(log: ProtocolLog): void {
  const ends = log.events.map((event, i) => (event.type === "close" || event.type === "failed" ? i : -1));
  assert.ok(ends.filter((i) => i >= 0).every((i) => i === log.events.length - 1));
  for (const event of log.events) {
    if (event.type === "text") assert.ok(Buffer.byteLength(event.data) <= limits.maxMessageBytes);
    if (event.type === "binary") assert.ok(event.data.length <= limits.maxMessageBytes);
    if (event.type === "close") assert.ok(event.code === 1005 || isCloseCode(event.code));
    if (event.type === "failed") {
      const table: Record<string, { closeCode: number }> = { ...protocolErrorCodes, ...limitErrorCodes };
      assert.equal(table[event.code]?.closeCode, event.closeCode);
      assert.deepEqual(log.machine.closeSent, { code: event.closeCode, reason: "" });
    }
  }
}

/** Pongs for the pings that came, and at most one Close, at the end. */
function assertLawfulOutput(log: ProtocolLog, bytes: Uint8Array): void {
  const opcodes: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    const decoded = decodeFrame(bytes, at);
    assert.ok(decoded?.frame.fin);
    assert.equal(decoded.frame.mask !== undefined, log.machine.role === "client");
    opcodes.push(decoded.frame.opcode);
    at += decoded.byteLength;
  }
  const pongs = log.events.filter(({ type }) => type === "ping").map(() => 10);
  assert.deepEqual(opcodes, log.machine.isOpen ? pongs : [...pongs, 8]);
}

/** Feeds the bytes whole and in pieces; both must say the same. */
function assertLawfulAtAnySplit(role: Role, bytes: Uint8Array, hasCodec: boolean, lengths: number[]): void {
  const whole = open(role, hasCodec);
  whole.receive(bytes);
  assertLawful(whole);
  const sent = whole.output.take();
  assertLawfulOutput(whole, sent);
  const split = open(role, hasCodec, lengths[0] % 2 === 0);
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const length = lengths[i % lengths.length];
    split.receive(bytes.subarray(at, at + length));
    at += length;
  }
  assert.deepEqual(split.events, whole.events);
  assert.deepEqual(split.output.take(), sent);
}

const lengths = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 10 });

describe("protocol, for bytes that no peer should send", () => {
  test("random bytes never throw, and end in documented errors only", (t) => {
    fc.assert(fc.property(roles, noise, fc.boolean(), lengths, assertLawfulAtAnySplit), seeded(t, 2000));
  });

  test("random frames never throw, and end in documented errors only", (t) => {
    fc.assert(
      fc.property(roles, frames, fc.boolean(), lengths, (role, list, hasCodec, lengths) => {
        assertLawfulAtAnySplit(role, toWire(role, list), hasCodec, lengths);
      }),
      seeded(t, 2000),
    );
  });

  test("random frames with changed bytes never throw, and end in documented errors only", (t) => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(roles, frames, fc.boolean(), lengths, changes, (role, list, hasCodec, lengths, changes) => {
        const bytes = toWire(role, list);
        for (const [at, value] of changes) if (bytes.length > 0) bytes[at % bytes.length] = value;
        assertLawfulAtAnySplit(role, bytes, hasCodec, lengths);
      }),
      seeded(t, 2000),
    );
  });

  test("random frames reach every error that this machine can report", () => {
    const seen = new Set<string>();
    const samples = fc.sample(fc.tuple(roles, frames, fc.boolean()), { seed: 6455, numRuns: 6000 });
    for (const [role, list, hasCodec] of samples) {
      const log = open(role, hasCodec);
      log.receive(toWire(role, list));
      for (const event of log.events) if (event.type === "failed") seen.add(event.code);
    }
    // An encoder writes lengths in their shortest form and never more bytes than it has; only HTTP has bodies.
    const unreachable = ["LENGTH_NOT_MINIMAL", "LENGTH_TOO_LARGE", "BUFFER_FULL", "BODY_TOO_LARGE"];
    const all = [...Object.keys(protocolErrorCodes), ...Object.keys(limitErrorCodes)];
    assert.deepEqual(
      all.filter((code) => !seen.has(code)),
      all.filter((code) => unreachable.includes(code)),
    );
  });
});
