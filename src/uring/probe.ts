// What this machine offers for carrying connections, and what it lacks.

import { release } from "node:os";
import { ringLoop } from "./ring-loop.js";
import { missingKernelTls } from "./tls-options.js";

/** Something that is there, or why it is not. */
export interface Offer {
  readonly isAvailable: boolean;
  /** Why not, in words that say what to do. */
  readonly reason: string | undefined;
}

/** What the machine offers. */
export interface Probe {
  /** Such as "linux". */
  readonly platform: string;
  /** The kernel's version. */
  readonly kernel: string;
  /** `transport: "uring"` works. */
  readonly uring: Offer;
  /** The kernel can encrypt TLS itself. */
  readonly kernelTls: Offer;
}

/** Asks the kernel for the ring that connections of this thread would have, and keeps it for them. Never throws. */
export function probe(): Probe {
  const loop = ringLoop();
  const refusal = typeof loop === "string" ? loop : undefined;
  const missingTls = missingKernelTls();
  return {
    platform: process.platform,
    kernel: release(),
    uring: offer(refusal),
    kernelTls: offer(missingTls),
  };
}

function offer(reason: string | undefined): Offer {
  return { isAvailable: reason === undefined, reason };
}
