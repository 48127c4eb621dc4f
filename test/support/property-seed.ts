// Property tests are repeatable: each says which seed it used, and takes one from the environment.

import type { TestContext } from "node:test";

/** Parameters for `fc.assert`. Run with SLUICE_SEED to repeat a run, and SLUICE_RUNS to multiply the number of cases. */
export function seeded(t: TestContext, numRuns: number): { seed: number; numRuns: number } {
  const seed = Number(process.env.SLUICE_SEED ?? Math.floor(Math.random() * 0x7fffffff));
  t.diagnostic(`SLUICE_SEED=${seed}`);
  return { seed, numRuns: numRuns * Number(process.env.SLUICE_RUNS ?? 1) };
}
