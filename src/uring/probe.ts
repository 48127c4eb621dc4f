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
  /** The kernel's module `tls` is loaded, so that connections on io_uring can have its TLS. */
  readonly kernelTls: Offer;
}

/** Makes the ring of this thread, unless there is one, and keeps it for the thread's connections. A refusal of the kernel's
 * holds for as long as the thread lives; its TLS is looked for anew each time. Never throws. */
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
