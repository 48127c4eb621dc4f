// A peer that sends one byte at a time costs as many copies as its bytes, and not as their square.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ClientEvent, ServerEvent } from "sluice/protocol";
import { copiedBytes } from "../../support/copied-bytes.js";
import { compression, concat, createClient, createServer, openPair } from "./endpoint-pair.js";

interface Receiver {
  receive(bytes?: Uint8Array): (ClientEvent | ServerEvent)[];
}

/** Hands the bytes over one by one. Answers the events, and how many bytes were copied for each that came. */
function drip(receiver: Receiver, bytes: Uint8Array): { types: string[]; copiesEach: number } {
  const types: string[] = [];
  const one = new Uint8Array(1);
  const copied = copiedBytes(() => {
    for (const byte of bytes) {
      one[0] = byte;
      for (const { type } of receiver.receive(one)) types.push(type);
    }
  });
  return { types, copiesEach: copied / bytes.length };
}

function assertLinear({ types, copiesEach }: ReturnType<typeof drip>, expected: readonly string[]): void {
  assert.deepEqual(types, expected);
  assert.ok(copiesEach < 8, `${copiesEach} copies of each byte`);
}

describe("an endpoint that gets one byte at a time copies each a few times", () => {
  test("of a message of 1 MiB in one frame", () => {
    const { client, server } = openPair();
    assertLinear(drip(server, client.sendBinary(new Uint8Array(1_048_576))), ["binary"]);
  });

  test("of a message of 1 MiB in 16 384 frames", () => {
    const { client, server } = openPair();
    client.beginMessage(true);
    const frames = Array.from({ length: 16_384 }, (_, i) =>
      client.sendFragment(new Uint8Array(64), i === 16_383),
    );
    assertLinear(drip(server, concat(frames)), ["binary"]);
  });

  test("of a compressed message", () => {
    const both = { compression: compression({ thresholdBytes: 0 }) };
    const { client, server } = openPair(both, both);
    const noise = Uint8Array.from({ length: 65_536 }, (_, i) => Math.imul(i * i + 1, 0x9e3779b1) >>> 24);
    const bytes = client.sendBinary(noise);
    assert.ok(bytes.length > 60_000, `${bytes.length} bytes`);
    assertLinear(drip(server, bytes), ["binary"]);
  });

  test("of a head of 16 KiB, and of as much behind it before the decision", () => {
    const client = createClient({ headers: { "X-Long": "x".repeat(15_000) } });
    const server = createServer();
    assertLinear(drip(server, client.request), ["offer"]);
    assertLinear(drip(server, new Uint8Array(16_384)), []);
    const response = server.accept({ headers: { "X-Long": "x".repeat(15_000) } });
    assertLinear(drip(client, response), ["open"]);
  });

  test("of what waits behind work that takes many calls", () => {
    const { client, server } = openPair({}, { receiveCredit: 1 });
    const many = concat(Array.from({ length: 20_000 }, () => client.sendPing()));
    assert.equal(server.receive(many.slice()).length, 1);
    const { types, copiesEach } = drip(server, many);
    assertLinear({ types: [...new Set(types)], copiesEach }, ["ping"]);
    assert.equal(types.length, 39_999);
    assert.equal(server.hasMore, false);
  });
});
