// The addon as TypeScript sees it: one function per system call. Results below zero are -errno.

import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

/** A ring as the kernel made it: its descriptor, its queues in memory, and where in them what lies (bytes). */
export interface RingSetup {
  readonly fd: number;
  readonly queues: ArrayBuffer;
  readonly entries: ArrayBuffer;
  readonly features: number;
  readonly sqHead: number;
  readonly sqTail: number;
  readonly sqMask: number;
  readonly sqFlags: number;
  readonly sqArray: number;
  readonly sqEntries: number;
  readonly cqHead: number;
  readonly cqTail: number;
  readonly cqMask: number;
  readonly cqEntries: number;
  readonly cqFlags: number;
  readonly cqes: number;
}

/** What wakes the event loop; only the addon can look inside. */
export interface Watch {
  readonly __watch: never;
}

export interface NativeCalls {
  ringSetup(entries: number, completions: number, flags: number): RingSetup | number;
  /** Ends every operation, then the ring, whose two buffers are detached. */
  ringClose(fd: number): number;
  ringEnter(fd: number, submissions: number, completions: number, flags: number): number;
  ringRegisterBuffers(fd: number, address: number, entries: number, group: number): number;
  ringRegisterEvent(fd: number, eventFd: number): number;
  /** Where the bytes lie in memory, for as long as the array lives. */
  addressOf(bytes: Uint8Array): number;
  socketOpen(domain: number, type: number, protocol: number): number;
  socketBind(fd: number, address: Uint8Array): number;
  socketListen(fd: number, backlog: number): number;
  socketSetOption(fd: number, level: number, name: number, value: number): number;
  /** An option that is more than a number. */
  socketSetBytes(fd: number, level: number, name: number, value: Uint8Array): number;
  /** Writes the socket's own address and answers its length. */
  socketName(fd: number, address: Uint8Array): number;
  socketPeerName(fd: number, address: Uint8Array): number;
  socketShutdown(fd: number, how: number): number;
  /** Writes what is there and answers how many bytes. */
  socketReceive(fd: number, bytes: Uint8Array, flags: number): number;
  socketSend(fd: number, bytes: Uint8Array, flags: number): number;
  eventOpen(): number;
  /** Has a descriptor that came with a completion closed with the thread, as those that were opened here are. */
  descriptorAdopt(fd: number): number;
  descriptorClose(fd: number): number;
  /** Calls back whenever the eventfd was written to. Keeps the process alive until told otherwise. */
  watchOpen(eventFd: number, callback: () => void): Watch | number;
  watchKeepAlive(watch: Watch, isKeepingAlive: boolean): void;
  watchClose(watch: Watch): void;
}

/** Where the build puts the addon; SLUICE_ADDON names another one, as our tests do for one that is watched. */
function addonPath(): string {
  return (
    process.env.SLUICE_ADDON ?? fileURLToPath(new URL("../../native/build/sluice.node", import.meta.url))
  );
}

/** The addon, or in words why there is none. */
export function loadNativeCalls(): NativeCalls | string {
  if (process.platform !== "linux") return `io_uring is Linux's; this is ${process.platform}`;
  const path = addonPath();
  try {
    return createRequire(import.meta.url)(path) as NativeCalls;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === "MODULE_NOT_FOUND"
      ? "the native addon is not built (it takes a C compiler and Node's headers; see native/README.md)"
      : `the native addon cannot be loaded: ${message}`;
  }
}
