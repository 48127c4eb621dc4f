// One block of WebAssembly memory for the process, into which transports read. Bytes in it are borrowed for one call,
// so one block serves every connection, no read allocates, and the masked payload is where the SIMD routine can work.

import { unmaskModule } from "./unmask-module.js";

// The part of the standard's API that is used here; Node's types leave it to the browser's.
declare const WebAssembly: {
  Memory: new (limits: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer };
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { readonly exports: Record<string, unknown> };
};

const PAGE_BYTES = 65_536;
/** 256 KiB: a deep pipeline of 16 KiB messages fits one read; more measured no better. */
const PAGES = 4;

const memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES });
const { exports } = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(unmaskModule, "base64")), {
  host: { memory },
});

/** The block's ArrayBuffer. It never grows and is never detached. */
export const sharedMemory = memory.buffer;

/** The block as what reads go into. No Buffer: its `slice` would not copy, and what has to wait must not wait here. */
export const sharedReadBuffer = new Uint8Array(sharedMemory, 0, PAGES * PAGE_BYTES);

/** XORs addresses `[start, end)` with a key and answers 0 when every resulting byte is ASCII. */
export const unmaskShared = exports.unmask as (start: number, end: number, key: number) => number;
