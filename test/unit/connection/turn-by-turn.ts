// What happens in single turns of the event loop.

import assert from "node:assert/strict";
import type { VirtualHost } from "../../support/memory-connection.js";

/** Ends a turn, and lets the promises run that hang on it. */
export async function endTurn(host: VirtualHost): Promise<void> {
  host.turns.step();
  await new Promise((resolve) => setImmediate(resolve));
}

/** Ends this turn, and others until nothing is left to do. Answers how `count` grew in each. */
export async function turnByTurn(host: VirtualHost, count: () => number): Promise<number[]> {
  const growths: number[] = [];
  do {
    const before = count();
    await endTurn(host);
    growths.push(count() - before);
  } while (!host.turns.isIdle);
  return growths;
}

/** All of it happened, and in no turn more than `mostPerTurn` of it. */
export function assertShared(growths: number[], mostPerTurn: number, total: number): void {
  assert.equal(
    growths.reduce((sum, growth) => sum + growth, 0),
    total,
  );
  for (const growth of growths) assert.ok(growth <= mostPerTurn, `${growths} in single turns`);
}
