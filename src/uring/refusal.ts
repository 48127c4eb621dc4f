// What a ring is asked for, and what it means when the kernel refuses.

import { getSystemErrorName } from "node:util";
import * as abi from "./abi.js";

/** One thread submits, and the kernel does its part of the work when that thread enters it, and at no other time. */
export const RING_FLAGS =
  abi.IORING_SETUP_SUBMIT_ALL |
  abi.IORING_SETUP_TASKRUN_FLAG |
  abi.IORING_SETUP_SINGLE_ISSUER |
  abi.IORING_SETUP_DEFER_TASKRUN;

/** Why there is no ring, in words that say what to do. */
export function describeRefusal(errno: number): string {
  if (errno === abi.EPERM)
    return "io_uring is forbidden here (EPERM): kernel.io_uring_disabled, or a container's seccomp profile";
  if (errno === abi.ENOSYS) return "this kernel has no io_uring (ENOSYS)";
  if (errno === abi.EINVAL)
    return "this kernel's io_uring is too old: deferred task work came with Linux 6.1 (EINVAL)";
  if (errno === abi.ENOMEM)
    return "the limit of locked memory is too low for a ring (ENOMEM): see `ulimit -l`";
  if (errno === abi.EOPNOTSUPP)
    return "this program's V8 cannot share memory with a ring (as Electron's cannot)";
  return `the kernel refused a ring (${nameOf(errno)})`;
}

/** Why a ring has no buffers to receive into. */
export function describeMissingBuffers(errno: number): string {
  if (errno === abi.EINVAL) return "the kernel has no buffer rings, which came with Linux 5.19 (EINVAL)";
  return `the kernel refused a ring's buffers (${nameOf(errno)})`;
}

/** Why nothing wakes the event loop for a ring. */
export function describeMissingEvent(errno: number): string {
  return `a ring's eventfd cannot be had, or not be watched (${nameOf(errno)})`;
}

function nameOf(errno: number): string {
  const name = getSystemErrorName(-errno);
  return name.startsWith("E") ? name : `errno ${errno}`;
}
