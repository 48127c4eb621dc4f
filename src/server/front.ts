// What a server and a proxy have in common: a listener, the first moments of each of its connections, and plain HTTP.

import type { Duplex } from "node:stream";
import type { TlsOptions } from "node:tls";
import { createListener, createTlsListener, type TransportChoice } from "../carrier/index.js";
import { StateError } from "../protocol/index.js";
import type {
  BoundAddress,
  ListenAddress,
  Listener,
  TlsListenerSink,
  Transport,
  TransportError,
} from "../transport/index.js";
import { DrainingSet } from "./draining-set.js";
import { HeadSession, type HeadSessionHost } from "./head-session.js";
import type { PlainHandlers } from "./plain-http.js";
import { PlainHttpServer } from "./plain-http-server.js";
import type { UpgradeTaker } from "./upgrade-taker.js";

export interface FrontParts<Admitted> {
  readonly upgrader: UpgradeTaker<Admitted>;
  readonly handlers: PlainHandlers;
  readonly transport?: TransportChoice | undefined;
  readonly tls?: TlsOptions | undefined;
  /** Who listens, as messages call it. */
  readonly owner: string;
  /** It listens: what it accepts from now on is welcome. */
  opened(): void;
  /** Told of each TLS handshake that fails. */
  refused(): void;
}

/** A call of `listen` that is under way. */
interface Opening {
  /** The front was closed meanwhile. */
  isCancelled: boolean;
}

export class Front<Admitted> implements HeadSessionHost<Admitted>, TlsListenerSink {
  readonly #parts: FrontParts<Admitted>;
  /** Each knows its place. (The obsolete tables of a Set that is always filled and emptied would keep sessions alive.) */
  readonly #sessions: HeadSession<Admitted>[] = [];
  readonly #listener: Listener;
  readonly #http: PlainHttpServer<Admitted>;
  /** Calls of `listen` that have not ended: a host is looked up, a port bound. */
  readonly #openings = new DrainingSet<Opening>();
  #isClosing = false;
  /** Calls of `close` that have not ended. */
  #closings = 0;

  /** Throws `StateError` `INVALID_ARGUMENT` for `tls` that cannot be used, `TransportError` `UNSUPPORTED_TRANSPORT`. */
  constructor(parts: FrontParts<Admitted>) {
    this.#parts = parts;
    this.#listener = this.#createListener(parts);
    this.#http = new PlainHttpServer(parts.upgrader, parts.handlers);
  }

  get upgrader(): UpgradeTaker<Admitted> {
    return this.#parts.upgrader;
  }

  get isSecure(): boolean {
    return this.#parts.tls !== undefined;
  }

  /** Rejects with `TransportError`, and with `StateError` `ALREADY_USED` while it listens or closes, or when it is closed
   * before it listens. */
  async listen(address: ListenAddress): Promise<BoundAddress> {
    const { owner } = this.#parts;
    if (this.#listener.isListening)
      throw new StateError("ALREADY_USED", `the ${owner} listens already, or is about to`);
    if (this.#closings > 0) {
      const text = `the ${owner} is closing; wait for what close answered, then listen`;
      throw new StateError("ALREADY_USED", text);
    }
    const opening: Opening = { isCancelled: false };
    this.#openings.add(opening);
    try {
      const bound = await this.#listener.listen(address);
      if (opening.isCancelled) {
        const text = `the ${owner} was closed before it listened; listen again when it is to be open`;
        throw new StateError("ALREADY_USED", text);
      }
      this.#isClosing = false;
      this.#parts.opened();
      this.#http.start();
      return bound;
    } finally {
      this.#openings.delete(opening);
    }
  }

  /** Accepts nothing more, and ends what has not asked for anything yet. Resolves when plain requests have been answered, at
   * the latest after `timeoutMs`, which may be `Infinity`. */
  async close(timeoutMs: number): Promise<void> {
    this.#isClosing = true;
    this.#closings++;
    for (const opening of this.#openings) opening.isCancelled = true;
    this.#listener.close();
    for (const session of [...this.#sessions]) session.abandon();
    try {
      await Promise.all([
        this.#http.close(timeoutMs),
        this.#openings.drained(timeoutMs, (opening) => this.#openings.delete(opening)),
      ]);
    } finally {
      this.#closings--;
    }
  }

  handOver(stream: Duplex): void {
    this.#http.add(stream);
  }

  left(session: HeadSession<Admitted>): void {
    const last = this.#sessions.pop();
    if (last === undefined || last === session) return;
    this.#sessions[session.place] = last;
    last.place = session.place;
  }

  accepted(transport: Transport): void {
    if (this.#isClosing) transport.destroy();
    else this.#sessions.push(new HeadSession(transport, this, this.#sessions.length));
  }

  failed(error: TransportError): void {
    this.upgrader.report(error);
  }

  refused(): void {
    this.#parts.refused();
  }

  #createListener({ tls, transport, upgrader }: FrontParts<Admitted>): Listener {
    if (tls === undefined) return createListener(transport, this);
    const options = { handshakeTimeout: upgrader.settings.handshakeTimeoutMs, ...tls };
    return createTlsListener(transport, options, this);
  }
}
