import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { HeaderMap } from "#src/handshake/index.js";
import { createBalancer } from "#src/proxy/upstream/balance/balancer.js";

const facts = { clientAddress: undefined, headers: new HeaderMap() };

function members(...weights: number[]) {
  return weights.map((weight, hash) => ({ weight, active: 0, hash }));
}

function choices(
  candidates: ReturnType<typeof members>,
  count: number,
  balancer = createBalancer("round-robin"),
) {
  return Array.from({ length: count }, () => balancer.choose(candidates, facts).hash).join("");
}

describe("smooth round-robin", () => {
  test("goes from one to the next", () => {
    assert.equal(choices(members(1, 1, 1), 7), "0120120");
  });

  test("gives each as much as it weighs, and spreads it", () => {
    assert.equal(choices(members(5, 1, 1), 7), "0010200");
  });

  test("begins again where it ended, over any number of rounds", () => {
    const balancer = createBalancer("round-robin");
    const three = members(3, 2, 1);
    const counts = [0, 0, 0];
    for (let i = 0; i < 600; i++) counts[balancer.choose(three, facts).hash]++;
    assert.deepEqual(counts, [300, 200, 100]);
  });

  test("does not flood one that comes back", () => {
    const balancer = createBalancer("round-robin");
    const three = members(1, 1, 1);
    choices(three, 3, balancer);
    choices(three.slice(0, 2), 100, balancer);
    const after = choices(three, 6, balancer);
    assert.equal([...after].filter((hash) => hash === "2").length, 2);
  });
});
