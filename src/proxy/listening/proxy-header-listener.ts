// What stands between a listener and its server where every connection has to begin with a PROXY header. Only proxies that are
// trusted may say for whom they connect: others are cut before a byte of theirs is read, and so is whoever begins otherwise.

import type {
  BoundAddress,
  ListenAddress,
  Listener,
  ListenerSink,
  Transport,
  TransportError,
  TransportSink,
} from "../../transport/index.js";
import { ProxyError } from "../errors.js";
import { IntroducedTransport } from "./introduced-transport.js";
import type { ProxyHeader } from "./proxy-header.js";
import { ProxyHeaderReader } from "./proxy-header-reader.js";

/** A line in the log for each packet of a flood would be another flood. */
const REPORT_INTERVAL_MS = 10_000;

export interface ProxyHeaderHost {
  isTrusted(address: string | undefined): boolean;
  /** Milliseconds for a header. */
  readonly headerTimeoutMs: number;
  /** Told of connections that were cut, once in a while. */
  report(error: ProxyError): void;
}

export class ProxyHeaderListener implements Listener, ListenerSink {
  readonly #sink: ListenerSink;
  readonly #host: ProxyHeaderHost;
  readonly #inner: Listener;
  /** Connections whose header has not come. */
  readonly #waiting = new Set<Introduction>();
  readonly #onIdle: (() => void)[] = [];
  /** It listens on a unix socket: who may connect is what its file says, and there is no address to trust. */
  #isUnix = false;
  #reportedAt = Number.NEGATIVE_INFINITY;
  #unreported = 0;

  constructor(sink: ListenerSink, listen: (sink: ListenerSink) => Listener, host: ProxyHeaderHost) {
    this.#sink = sink;
    this.#host = host;
    this.#inner = listen(this);
  }

  get isListening(): boolean {
    return this.#inner.isListening;
  }

  get descriptor(): number | undefined {
    return this.#inner.descriptor;
  }

  async listen(address: ListenAddress): Promise<BoundAddress> {
    const bound = await this.#inner.listen(address);
    this.#isUnix = "path" in bound;
    return bound;
  }

  async leave(): Promise<void> {
    await this.#inner.leave();
    if (this.#waiting.size > 0) await new Promise<void>((resolve) => this.#onIdle.push(resolve));
  }

  close(): void {
    this.#inner.close();
    for (const introduction of [...this.#waiting]) introduction.abandon();
  }

  accepted(transport: Transport): void {
    const { remoteAddress } = transport;
    if (this.#isUnix || this.#host.isTrusted(remoteAddress)) {
      this.#waiting.add(new Introduction(transport, this, this.#host.headerTimeoutMs));
      return;
    }
    transport.destroy();
    const text = `a connection from ${remoteAddress ?? "nobody who is there any more"} was cut: it is not in trustedProxies, whose word proxyProtocol takes for who connects`;
    this.#report(new ProxyError("PROXY_HEADER_INVALID", text));
  }

  failed(error: TransportError): void {
    this.#sink.failed(error);
  }

  introduced(transport: Transport): void {
    this.#sink.accepted(transport);
  }

  left(introduction: Introduction, error: ProxyError | undefined): void {
    this.#waiting.delete(introduction);
    if (error !== undefined) this.#report(error);
    if (this.#waiting.size === 0) for (const resolve of this.#onIdle.splice(0)) resolve();
  }

  #report(error: ProxyError): void {
    const now = performance.now();
    if (now - this.#reportedAt < REPORT_INTERVAL_MS) {
      this.#unreported++;
      return;
    }
    const others = this.#unreported;
    this.#reportedAt = now;
    this.#unreported = 0;
    const text = `${error.message} (and ${others} more connections since the last report)`;
    this.#host.report(others === 0 ? error : new ProxyError("PROXY_HEADER_INVALID", text));
  }
}

/** A connection until its header has come. */
class Introduction implements TransportSink {
  readonly #transport: Transport;
  readonly #owner: ProxyHeaderListener;
  readonly #reader = new ProxyHeaderReader();
  readonly #timer: NodeJS.Timeout;
  /** Asked while it is known. */
  readonly #peer: string;
  #isOver = false;

  constructor(transport: Transport, owner: ProxyHeaderListener, timeoutMs: number) {
    this.#transport = transport;
    this.#owner = owner;
    this.#peer = transport.remoteAddress ?? "a unix socket";
    this.#timer = setTimeout(
      () => this.#cut(`no PROXY header came within ${timeoutMs} ms (requestTimeoutMs)`),
      timeoutMs,
    );
    transport.attach(this);
  }

  /** Ends the connection without a word. */
  abandon(): void {
    this.#leave(undefined);
    this.#transport.destroy();
  }

  receive(bytes: Uint8Array, start: number, end: number): void {
    if (this.#isOver) return;
    const at = this.#reader.receive(bytes, start, end);
    const { result } = this.#reader;
    if (result instanceof ProxyError) this.#cut(result.message);
    else if (result !== undefined) this.#introduce(result, bytes.slice(at, end));
  }

  ended(): void {
    // Who comes to see whether anybody is there has nothing to say.
    if (this.#isOver) return;
    if (this.#reader.hasBegun) this.#cut("the connection ended within its PROXY header");
    else this.abandon();
  }

  drained(): void {}

  closed(): void {
    this.#leave(undefined);
  }

  #introduce(header: ProxyHeader, early: Uint8Array): void {
    this.#owner.introduced(new IntroducedTransport(this.#transport, header, early));
    this.#leave(undefined);
  }

  #cut(reason: string): void {
    const text = `a connection from ${this.#peer} was cut: ${reason}`;
    this.#leave(new ProxyError("PROXY_HEADER_INVALID", text));
    this.#transport.destroy();
  }

  #leave(error: ProxyError | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#owner.left(this, error);
  }
}
