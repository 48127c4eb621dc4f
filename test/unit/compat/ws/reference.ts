// The parts of `ws` that its types do not name, and ways to hold ours against them.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as ws from "ws";
import type { PerMessageDeflateOptions } from "#src/compat/index.js";

type Parameters = Record<string, (string | true)[]>;

type Callback = (error: Error | null, data?: Buffer) => void;

/** What both implementations of permessage-deflate have. */
export interface Deflate {
  readonly params: object | null;
  readonly _threshold: number;
  readonly _maxPayload: number;
  readonly _isServer: boolean;
  offer(): object;
  accept(configurations: Parameters[]): object;
  compress(data: Buffer | string, fin: boolean, callback: Callback): void;
  decompress(data: Buffer, fin: boolean, callback: Callback): void;
  cleanup(): void;
}

export interface DeflateClass {
  readonly extensionName: string;
  new (options?: PerMessageDeflateOptions): Deflate;
}

interface Parts {
  PerMessageDeflate: DeflateClass;
  extension: { parse(header: string): Record<string, Parameters[]>; format(extensions: object): string };
  subprotocol: { parse(header: string): Set<string> };
}

export const reference = ws as unknown as Parts;

/** What the call answers, or the name and the message of what it throws. */
export function outcomeOf(call: () => unknown): unknown {
  try {
    return { value: call() };
  } catch (error) {
    const { name, message } = error as Error;
    return { name, message };
  }
}

type Parse = (header: string) => unknown;

/** Asserts that both read the header as the same, or refuse it with the same words. */
export function comparing(ours: Parse, theirs: Parse): (header: string) => void {
  return (header) => {
    assert.deepEqual(
      outcomeOf(() => ours(header)),
      outcomeOf(() => theirs(header)),
      JSON.stringify(header),
    );
  };
}

/** A test for each header that is refused, with the message that says why. */
export function testRefusals(failures: Record<string, string>, ours: Parse, theirs: Parse): void {
  const assertSame = comparing(ours, theirs);
  for (const [header, message] of Object.entries(failures)) {
    test(`is refused: ${JSON.stringify(header)}`, () => {
      assert.throws(() => ours(header), { name: "SyntaxError", message });
      assertSame(header);
    });
  }
}
