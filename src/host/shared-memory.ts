// One block of memory for the thread, from which regions are lent for reading and writing. It is WebAssembly memory where
// there is any, so that the SIMD routine works on bytes where they lie. It never moves and is never detached, and takes
// no physical memory before it is touched, so the kernel may be given addresses in it.

import { unmaskModule } from "./unmask-module.js";

// The part of the standard's API that is used here; Node's types leave it to the browser's.
declare const WebAssembly:
  | {
      Memory: new (limits: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer };
      Module: new (bytes: Uint8Array) => object;
      Instance: new (module: object, imports: object) => { readonly exports: Record<string, unknown> };
    }
  | undefined;

/** XORs addresses `[start, end)` with a key and answers 0 when every resulting byte is ASCII. */
type UnmaskRoutine = (start: number, end: number, key: number) => number;

const PAGE_BYTES = 65_536;
/** 64 MiB of addresses: reads, sends, and the arenas of a ring. */
const PAGES = 1024;
/** A deep pipeline of 16 KiB messages fits one read; more measured no better. */
const READ_BYTES = 262_144;

/** What plain memory has to do for: reads, and the sends of a busy moment. */
const PLAIN_BYTES = 4_194_304;

/** Without a compiler (`--jitless`), or without so many addresses (`ulimit -v`), plain memory serves as well, only slower. */
function openMemory(): { buffer: ArrayBuffer; unmask: UnmaskRoutine | undefined } {
  try {
    if (typeof WebAssembly !== "undefined") {
      const memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES });
      const module = new WebAssembly.Module(Buffer.from(unmaskModule, "base64"));
      const { exports } = new WebAssembly.Instance(module, { host: { memory } });
      return { buffer: memory.buffer, unmask: exports.unmask as UnmaskRoutine };
    }
  } catch {
    // What cannot be had is done without.
  }
  return { buffer: new ArrayBuffer(PLAIN_BYTES), unmask: undefined };
}

const memory = openMemory();
let lentBytes = 0;

/** The block's ArrayBuffer. */
export const sharedMemory = memory.buffer;

/** The SIMD routine over addresses in the block, where there is one. */
export const unmaskShared = memory.unmask;

/**
 * Lends a part of the block for the life of the thread; undefined when no such part is left. No Buffer: its `slice` would
 * not copy, and what has to wait must not wait here.
 */
export function lendSharedMemory(byteLength: number): Uint8Array | undefined {
  const rounded = Math.ceil(byteLength / PAGE_BYTES) * PAGE_BYTES;
  if (lentBytes + rounded > sharedMemory.byteLength) return undefined;
  const region = new Uint8Array(sharedMemory, lentBytes, byteLength);
  lentBytes += rounded;
  return region;
}

/** Where transports read. Bytes in it are borrowed for one call, so it serves every connection, and no read allocates. */
export const sharedReadBuffer = lendSharedMemory(READ_BYTES) as Uint8Array;
