// TLS handshakes that failed since the proxy began, by listener and reason: as many numbers as those have names, whoever knocks.

import { type TlsFailure, type TlsFailureReason, tlsFailureReasons } from "../listening/tls-failure.js";

export interface TlsFailureCount extends Pick<TlsFailure, "listener" | "reason"> {
  readonly count: number;
}

export class TlsTally {
  readonly #counts = new Map<string, Record<TlsFailureReason, number>>();

  /** A listener with TLS: whoever looks finds its numbers from the start. */
  begin(listener: string): void {
    if (this.#counts.has(listener)) return;
    const none = Object.fromEntries(tlsFailureReasons.map((reason) => [reason, 0]));
    this.#counts.set(listener, none as Record<TlsFailureReason, number>);
  }

  add({ listener, reason }: Pick<TlsFailure, "listener" | "reason">): void {
    const counts = this.#counts.get(listener);
    if (counts !== undefined) counts[reason]++;
  }

  *[Symbol.iterator](): Generator<TlsFailureCount> {
    for (const [listener, counts] of this.#counts)
      for (const reason of tlsFailureReasons) yield { listener, reason, count: counts[reason] };
  }
}
