// How many bytes code copies from one array into another: work that a clock would only guess at.

import { mock } from "node:test";

/** Bytes that `run` copies by `set`, `slice` and `copyWithin`, and by arrays made of arrays. */
export function copiedBytes(run: () => void): number {
  let copied = 0;
  const arrays = Object.getPrototypeOf(Uint8Array.prototype) as Uint8Array;
  const { set, slice, copyWithin } = arrays;
  const Plain = globalThis.Uint8Array;
  const methods = [
    mock.method(arrays, "set", function (this: Uint8Array, source: ArrayLike<number>, offset?: number) {
      copied += source.length;
      set.call(this, source, offset);
    }),
    mock.method(arrays, "slice", function (this: Uint8Array, start?: number, end?: number) {
      const part = slice.call(this, start, end);
      copied += part.length;
      return part;
    }),
    mock.method(arrays, "copyWithin", function (this: Uint8Array, to: number, from: number, end?: number) {
      copied += (end ?? this.length) - from;
      return copyWithin.call(this, to, from, end);
    }),
  ];
  globalThis.Uint8Array = new Proxy(Plain, {
    construct(target, given: [unknown]) {
      if (given[0] instanceof Plain) copied += given[0].length;
      return Reflect.construct(target, given);
    },
  });
  try {
    run();
  } finally {
    globalThis.Uint8Array = Plain;
    for (const { mock: method } of methods) method.restore();
  }
  return copied;
}
