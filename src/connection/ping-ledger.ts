// Pings that wait for their pong, oldest first. A pong answers its ping and every earlier one, since a peer may answer
// only the newest (RFC 6455 §5.5.3).

import { LimitError } from "../protocol/index.js";

/** Nobody needs so many at once, and a peer that never answers would have them kept for as long as it stays. */
const MAX_PINGS = 256;

interface Ping {
  readonly payload: Uint8Array;
  readonly sentAt: number;
  resolve(roundTripMs: number): void;
  reject(error: Error): void;
}

export class PingLedger {
  #pings: Ping[] = [];
  #count = 0;

  /** A payload that tells a ping from those before it. */
  nextPayload(): Uint8Array {
    const count = ++this.#count;
    return Uint8Array.of(count >>> 24, count >>> 16, count >>> 8, count);
  }

  /** Why no other ping may be added now, if there is a reason. */
  get refusal(): LimitError | undefined {
    const { length } = this.#pings;
    if (length < MAX_PINGS) return undefined;
    const text = `${length} pings of this connection wait for their pong, the most that may`;
    return new LimitError("BUFFER_FULL", text, MAX_PINGS, length + 1);
  }

  /** Resolves with the round trip in milliseconds; rejects when the connection ends first. */
  add(payload: Uint8Array, sentAt: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#pings.push({ payload, sentAt, resolve, reject });
    });
  }

  settle(payload: Uint8Array, receivedAt: number): void {
    const index = this.#pings.findIndex((ping) => isEqual(ping.payload, payload));
    if (index < 0) return;
    for (const ping of this.#pings.splice(0, index + 1)) ping.resolve(receivedAt - ping.sentAt);
  }

  rejectAll(error: Error): void {
    for (const ping of this.#pings.splice(0)) ping.reject(error);
  }
}

function isEqual(first: Uint8Array, second: Uint8Array): boolean {
  if (first.length !== second.length) return false;
  for (let i = 0; i < first.length; i++) if (first[i] !== second[i]) return false;
  return true;
}
