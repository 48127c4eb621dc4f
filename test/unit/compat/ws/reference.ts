// The parts of `ws` that its types do not name, and a way to say what a call does.

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
