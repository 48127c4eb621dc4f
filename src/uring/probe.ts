// What this machine offers for carrying connections, and what it lacks.

import { release } from "node:os";
import { missingKernelTls } from "./kernel-tls.js";
import { loadNativeCalls, type NativeCalls } from "./native-calls.js";
import { describeRefusal, RING_FLAGS } from "./refusal.js";

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

/** Asks the kernel, with a small ring that is closed again. Never throws. */
export function probe(): Probe {
  const native = loadNativeCalls();
  const refusal = typeof native === "string" ? native : tryRing(native);
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

function tryRing(native: NativeCalls): string | undefined {
  const setup = native.ringSetup(8, 16, RING_FLAGS);
  if (typeof setup === "number") return describeRefusal(-setup);
  native.ringClose(setup.fd);
  return undefined;
}
