// What a server and a proxy have in common: a listener, the first moments of each of its connections, and plain HTTP.

import type { Duplex } from "node:stream";
import type { TlsOptions } from "node:tls";
import { createListener, createTlsListener, type TransportChoice } from "../carrier/index.js";
import { encodeResponseHead } from "../handshake/index.js";
import { StateError } from "../protocol/index.js";
import {
  type BoundAddress,
  type ListenAddress,
  type Listener,
  type ListenerLayer,
  type ListenerSink,
  TlsListener,
  type TlsListenerSink,
  type Transport,
  type TransportError,
} from "../transport/index.js";
import { DrainingSet } from "./draining-set.js";
import { HeadSession, type HeadSessionHost } from "./head-session.js";
import type { PlainHandlers } from "./plain-http.js";
import { PlainHttpServer } from "./plain-http-server.js";
import type { UpgradeTaker } from "./upgrade-taker.js";

const advice = "This port takes TLS: use https: or wss:";
const adviceBytes = new TextEncoder().encode(`${advice}\n`);
/** For what OpenSSL takes for a plain request: GET, HEAD, POST and PUT. Clients of WebSockets show the reason and no body. */
const answerWithoutTls = encodeResponseHead(
  400,
  advice,
  [
    ["Content-Type", "text/plain; charset=utf-8"],
    ["Content-Length", String(adviceBytes.length)],
    ["Connection", "close"],
  ],
  adviceBytes,
);

export interface FrontParts<Admitted> {
  readonly upgrader: UpgradeTaker<Admitted>;
  readonly handlers: PlainHandlers;
  readonly transport?: TransportChoice | undefined;
  readonly tls?: TlsOptions | undefined;
  /** Sees connections before TLS and HTTP do. */
  readonly layer?: ListenerLayer | undefined;
  /** Who listens, as messages call it. */
  readonly owner: string;
  /** Whose connection it is has to be known of each: it is asked at once, while it can be told. Whoever is not there any more by then
   * gets no answer. */
  readonly hasToKnowPeers?: boolean | undefined;
  /** It listens: what it accepts from now on is welcome. */
  opened(): void;
  /** Told of each TLS handshake that fails, with the client's address where it is still known. */
  refused(error: TransportError, remoteAddress: string | undefined): void;
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
  /** It listens on a unix socket, whose connections have no address. */
  #isUnix = false;
  /** Who waits until no connection is without its first request. */
  readonly #onIdle: (() => void)[] = [];
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

  get descriptor(): number | undefined {
    return this.#listener.descriptor;
  }

  /** Throws `StateError` `INVALID_ARGUMENT` for what cannot be used; then nothing has changed. */
  setSecureContext(options: TlsOptions): void {
    if (this.#listener instanceof TlsListener) this.#listener.setSecureContext(options);
  }

  /** The settings of the upgrader have changed. */
  reconfigure(): void {
    this.#http.reconfigure();
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
      this.#isUnix = "path" in bound;
      this.#parts.opened();
      this.#http.start();
      return bound;
    } finally {
      this.#openings.delete(opening);
    }
  }

  /** Accepts nothing more and lets go of the socket, which another process goes on with. Connections stay, and those that have
   * come get to their first request, or to its deadline, before this resolves. */
  async leave(): Promise<void> {
    await this.#listener.leave();
    if (this.#sessions.length > 0) await new Promise<void>((resolve) => this.#onIdle.push(resolve));
    // A plain request goes to the HTTP server in the next turn, which looks at it in the one after.
    for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
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
    if (last !== undefined && last !== session) {
      this.#sessions[session.place] = last;
      last.place = session.place;
    }
    if (this.#sessions.length === 0 && this.#onIdle.length > 0)
      for (const resolve of this.#onIdle.splice(0)) resolve();
  }

  accepted(transport: Transport): void {
    if (this.#isClosing || (this.#parts.hasToKnowPeers && this.#isNobodys(transport))) transport.destroy();
    else this.#sessions.push(new HeadSession(transport, this, this.#sessions.length));
  }

  /** The kernel forgets whose a connection is when that is reset, be there a request to be read or not. */
  #isNobodys({ remoteAddress }: Transport): boolean {
    // A layer may know of others than who is connected.
    return remoteAddress === undefined && !this.#isUnix && this.#parts.layer === undefined;
  }

  failed(error: TransportError): void {
    this.upgrader.report(error);
  }

  refused(error: TransportError, remoteAddress: string | undefined): Uint8Array | undefined {
    this.#parts.refused(error, remoteAddress);
    return error.errno === "ERR_SSL_HTTP_REQUEST" ? answerWithoutTls : undefined;
  }

  #createListener({ tls, transport, upgrader, layer }: FrontParts<Admitted>): Listener {
    const listen = (sink: ListenerSink): Listener => createListener(transport, sink);
    if (tls === undefined) return layer === undefined ? listen(this) : layer(this, listen);
    const options = { handshakeTimeout: upgrader.settings.handshakeTimeoutMs, ...tls };
    return createTlsListener(transport, options, this, layer);
  }
}
