import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { HeaderMap } from "#src/handshake/index.js";
import { createBalancer } from "#src/proxy/upstream/balance/balancer.js";

const facts = { clientAddress: undefined, headers: new HeaderMap() };

function members(...loads: readonly (readonly [active: number, weight: number])[]) {
  return loads.map(([active, weight], hash) => ({ active, weight, hash }));
}

describe("least connections", () => {
  test("has the next request go to whoever has the fewest", () => {
    assert.equal(createBalancer("least-connections").choose(members([3, 1], [1, 1], [2, 1]), facts).hash, 1);
  });

  test("has more go to one that weighs more", () => {
    const balancer = createBalancer("least-connections");
    assert.equal(balancer.choose(members([3, 4], [1, 1]), facts).hash, 0);
    assert.equal(balancer.choose(members([5, 4], [1, 1]), facts).hash, 1);
  });

  test("goes round among equals", () => {
    const balancer = createBalancer("least-connections");
    const three = members([1, 1], [2, 2], [7, 1]);
    const hashes = Array.from({ length: 6 }, () => balancer.choose(three, facts).hash);
    assert.deepEqual(
      [hashes.filter((hash) => hash === 0).length, hashes.filter((hash) => hash === 1).length],
      [2, 4],
    );
  });

  test("fills up by weight", () => {
    const balancer = createBalancer("least-connections");
    const two = members([0, 3], [0, 1]);
    for (let i = 0; i < 400; i++) balancer.choose(two, facts).active++;
    assert.deepEqual(
      two.map(({ active }) => active),
      [300, 100],
    );
  });
});
