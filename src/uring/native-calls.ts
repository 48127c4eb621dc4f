// The addon as TypeScript sees it: one function per system call. Results below zero are -errno.

import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
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
  /** The error that waits for the next call (a positive errno), which is then forgotten; 0 when there is none. */
  socketTakeError(fd: number): number;
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

/** What the addon has to have, and what an older build of it may lack. */
const functions: Readonly<Record<keyof NativeCalls, true>> = {
  ringSetup: true,
  ringClose: true,
  ringEnter: true,
  ringRegisterBuffers: true,
  ringRegisterEvent: true,
  addressOf: true,
  socketOpen: true,
  socketBind: true,
  socketListen: true,
  socketSetOption: true,
  socketSetBytes: true,
  socketTakeError: true,
  socketName: true,
  socketPeerName: true,
  socketShutdown: true,
  socketReceive: true,
  socketSend: true,
  eventOpen: true,
  descriptorAdopt: true,
  descriptorClose: true,
  watchOpen: true,
  watchKeepAlive: true,
  watchClose: true,
};

/** The addon, or in words why there is none. SLUICE_ADDON names another one by its path, as our tests do for one that is watched. */
export function loadNativeCalls(): NativeCalls | string {
  if (process.platform !== "linux") return `io_uring is Linux's; this is ${process.platform}`;
  const named = process.env.SLUICE_ADDON;
  const path = named ? resolve(named) : fileInPackage("native/build/sluice.node");
  const what = named ? `the native addon that SLUICE_ADDON names, ${path},` : `the native addon ${path}`;
  if (!existsSync(path)) return named ? `${what} does not exist` : notBuilt();
  try {
    const loaded: unknown = createRequire(import.meta.url)(path);
    return isNativeCalls(loaded) ? loaded : `${what} is not Sluice's, or one of another version`;
  } catch (error) {
    // Whatever else is loaded may throw anything.
    return `${what} cannot be loaded: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function isNativeCalls(loaded: unknown): loaded is NativeCalls {
  if (typeof loaded !== "object" || loaded === null) return false;
  const found = loaded as Partial<Record<string, unknown>>;
  return Object.keys(functions).every((name) => typeof found[name] === "function");
}

function notBuilt(): string {
  const script = fileInPackage("scripts/build-native.mjs");
  return `the native addon is not built: \`node ${script}\` builds it, with a C compiler and Node's headers`;
}

/** The package's root is two folders above compiled files as well as sources. */
function fileInPackage(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}
