// A ring over a played kernel, and an owner that writes down what it is told.

import type { RingSetup } from "#src/uring/native-calls.js";
import { Ring, type RingOwner } from "#src/uring/ring.js";
import { FakeKernel } from "../../support/fake-kernel.js";
import type { FakeRingOptions } from "../../support/fake-ring.js";

/** Writes down what it is told. */
export class Owner implements RingOwner {
  readonly told: [kind: number, result: number, flags: number][] = [];
  onTold: (kind: number) => void = () => {};

  completed(kind: number, result: number, flags: number): void {
    this.told.push([kind, result, flags]);
    this.onTold(kind);
  }
}

export function openRing(options: FakeRingOptions = {}): {
  kernel: FakeKernel;
  ring: Ring;
  owner: Owner;
  slot: number;
} {
  const kernel = new FakeKernel({ entries: 4, completions: 8, ...options });
  kernel.cancelling = "by the test";
  const ring = new Ring(kernel, kernel.ringSetup() as RingSetup);
  const owner = new Owner();
  return { kernel, ring, owner, slot: ring.claimSlot(owner) };
}

/** The kinds of what the kernel has taken, in order. */
export function takenKinds({ ring }: FakeKernel): number[] {
  return ring.taken.map(({ kind }) => kind);
}

export function numbers(count: number, from = 0): number[] {
  return Array.from({ length: count }, (_, i) => from + i);
}
