// Bytes of memory that are really in use: what a probe of the code under test says of itself is not all that it holds.

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** Bytes of heap and array buffers that are in use. */
export function usedBytes(): number {
  // The first collection leaves freed array buffers to a thread of its own; the second waits for that thread.
  collectGarbage();
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/**
 * What one of these holds, as the mean over many: the platform's own heap comes and goes by a hundred KiB or two, so that
 * 256 are needed to tell a KiB.
 */
export function heldBytesEach(count: number, make: () => unknown): number {
  // Code and tables that are made for the first ones are not held by them.
  for (let i = 0; i < 8; i++) make();
  const before = usedBytes();
  const made = Array.from({ length: count }, make);
  const held = (usedBytes() - before) / count;
  if (made.length !== count) throw new Error("they are held until here");
  return held;
}
