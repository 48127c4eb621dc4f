// Fuzzes every decoder for as long as it is told: npm run fuzz -- [--seconds 60] [--seed N] [--only TEXT]
// Stops at the first failure with what is needed to see it again.

import { parseArgs } from "node:util";
import fc from "fast-check";
import { fuzzTargets } from "./targets.js";

function options(): { seconds: number; seed: number; only: string } {
  try {
    const { values } = parseArgs({
      options: {
        seconds: { type: "string", default: "60" },
        seed: { type: "string", default: String(Date.now() % 1_000_000_000) },
        only: { type: "string", default: "" },
      },
    });
    const [seconds, seed] = [Number(values.seconds), Number(values.seed)];
    if (!(seconds > 0) || !Number.isInteger(seed))
      throw new Error("--seconds takes a number above 0, --seed an integer");
    return { seconds, seed, only: values.only };
  } catch (error) {
    process.stderr.write(`fuzz: ${(error as Error).message}\n`);
    process.exit(2);
  }
}

const { seconds, seed, only } = options();
const targets = fuzzTargets.filter(({ name }) => name.includes(only));
const until = performance.now() + seconds * 1000;
const RUNS_PER_ROUND = 2000;
let round = 0;
process.stdout.write(`seed ${seed}, ${targets.length} targets, ${seconds} s\n`);
while (performance.now() < until) {
  for (const { name, property } of targets) {
    const result = await fc.check(property, { seed: seed + round, numRuns: RUNS_PER_ROUND });
    if (!result.failed) continue;
    process.stderr.write(
      `${name} failed; see it again with --seed ${seed + round} --only ${JSON.stringify(name)}\n`,
    );
    process.stderr.write(`${fc.defaultReportMessage(result) ?? ""}\n`);
    process.exit(1);
  }
  round++;
}
process.stdout.write(`${round * RUNS_PER_ROUND} cases per target, no failure\n`);
