// The fuzzer for a bounded number of cases; `npm run fuzz` goes on for as long as it is told.

import { describe, test } from "node:test";
import fc from "fast-check";
import { fuzzTargets } from "../fuzz/targets.js";

describe("only documented errors come out of a decoder", () => {
  for (const { name, property } of fuzzTargets) {
    test(name, (t) => {
      const seed = Math.floor(Math.random() * 0x7fff_ffff);
      t.diagnostic(`seed ${seed}`);
      fc.assert(property, { seed, numRuns: 2000 });
    });
  }
});
