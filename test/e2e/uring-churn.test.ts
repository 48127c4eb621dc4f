import assert from "node:assert/strict";
import { test } from "node:test";
import { probe } from "sluice/uring";
import { startProcess } from "../support/outside-process.js";
import { projectPath } from "../support/paths.js";

const COUNT = 20_000;

interface Holdings {
  readonly descriptors: number;
  readonly rss: number;
  readonly external: number;
  readonly heapUsed: number;
}

test("twenty thousand connections come and go over a ring and leave nothing behind", async (t) => {
  // Where there is no ring, the program says why not; the other tests of the ring hold it to that.
  const { isAvailable, reason = "" } = probe().uring;
  const program = ["--expose-gc", projectPath("test/fixtures/uring-churn.mjs"), String(COUNT)];
  const { status, stdout, stderr } = await startProcess(t, process.execPath, program).result;
  if (!isAvailable) {
    assert.ok(stderr.includes(reason), stderr);
    return;
  }
  assert.deepEqual([status, stderr], [0, ""]);
  const { held, isFree }: { held: Holdings[]; isFree: boolean } = JSON.parse(stdout);
  assert.equal(isFree, true, "every slot of the ring is free, once");
  assert.equal(new Set(held.map(({ descriptors }) => descriptors)).size, 1);
  const grown = (of: keyof Holdings): number[] => held.slice(1).map((now, i) => now[of] - held[i][of]);
  t.diagnostic(`grown: rss ${grown("rss")}, external ${grown("external")}, heap ${grown("heapUsed")} bytes`);
  // What connections leave behind grows with each third of them, while what the engine and the allocator keep comes and
  // goes. Two kilobytes of 6,000 would be more than any of these.
  assert.ok(Math.min(...grown("external")) < 500_000, `${grown("external")} external bytes`);
  assert.ok(Math.min(...grown("heapUsed")) < 3_000_000, `${grown("heapUsed")} bytes of the heap`);
  assert.ok(Math.min(...grown("rss")) < 10_000_000, `${grown("rss")} bytes resident`);
});
