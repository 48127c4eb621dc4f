import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { HeaderMap } from "#src/handshake/index.js";
import { createBalancer } from "#src/proxy/upstream/balance/balancer.js";
import { hashText } from "#src/proxy/upstream/balance/consistent-hash.js";

interface Member {
  readonly name: string;
  readonly weight: number;
  readonly active: number;
  readonly hash: number;
}

function member(name: string, weight = 1): Member {
  return { name, weight, active: 0, hash: hashText(name) };
}

const balancer = createBalancer({ hash: "address" });
const keys = Array.from({ length: 20_000 }, (_, i) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`);

function place(candidates: readonly Member[]): string[] {
  return keys.map(
    (clientAddress) => balancer.choose(candidates, { clientAddress, headers: new HeaderMap() }).name,
  );
}

function shareOf(placed: readonly string[], name: string): number {
  return placed.filter((other) => other === name).length / placed.length;
}

const names = [1, 2, 3, 4, 5].map((last) => `ws://10.0.0.${last}:3000`);

describe("consistent hashing", () => {
  test("has the same key go to the same upstream, whatever their order", () => {
    const five = names.map((name) => member(name));
    assert.deepEqual(place(five), place(five.toReversed()));
    assert.deepEqual(place(five), place(names.map((name) => member(name))));
  });

  test("shares equally among equals", () => {
    const placed = place(names.map((name) => member(name)));
    for (const name of names) assert.ok(Math.abs(shareOf(placed, name) - 0.2) < 0.02, name);
  });

  test("shares by weight", () => {
    const placed = place([member(names[0], 1), member(names[1], 3), member(names[2], 6)]);
    for (const [index, share] of [0.1, 0.3, 0.6].entries())
      assert.ok(Math.abs(shareOf(placed, names[index]) - share) < 0.02, names[index]);
  });

  test("moves only the keys of an upstream that goes, and spreads them over the rest", () => {
    const five = names.map((name) => member(name));
    const before = place(five);
    const after = place(five.slice(1));
    const moved = before.map((name, i) => (name === after[i] ? undefined : name));
    assert.deepEqual(new Set(moved), new Set([undefined, names[0]]));
    const heirs = after.filter((_, i) => before[i] === names[0]);
    for (const name of names.slice(1)) assert.ok(Math.abs(shareOf(heirs, name) - 0.25) < 0.04, name);
  });

  test("moves keys only to an upstream that comes", () => {
    const before = place(names.slice(1).map((name) => member(name)));
    const after = place(names.map((name) => member(name)));
    const moved = after.filter((name, i) => name !== before[i]);
    assert.deepEqual(new Set(moved), new Set([names[0]]));
    assert.ok(Math.abs(moved.length / keys.length - 0.2) < 0.02);
  });

  test("moves keys only to one that gets more weight", () => {
    const before = place([member(names[0], 1), member(names[1], 1), member(names[2], 1)]);
    const after = place([member(names[0], 2), member(names[1], 1), member(names[2], 1)]);
    const moved = after.filter((name, i) => name !== before[i]);
    assert.deepEqual(new Set(moved), new Set([names[0]]));
  });

  test("goes round for a request without a key", () => {
    const two = [member(names[0]), member(names[1])];
    const facts = { clientAddress: undefined, headers: new HeaderMap() };
    const chosen = Array.from({ length: 4 }, () => balancer.choose(two, facts).name);
    assert.deepEqual(chosen, [names[0], names[1], names[0], names[1]]);
  });
});
