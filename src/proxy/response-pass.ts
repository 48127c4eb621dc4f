// An upstream's answer to an upgrade that is not 101, on its way to the client: its head, its body, and then the end of both
// connections. Nothing more of the client's goes to the upstream. A body that is cut off stays one for the client: it is never
// ended as a whole one would be.

import type { HeadAnswer } from "../client/index.js";
import { encodeResponseHead } from "../handshake/index.js";
import { type Clock, systemClock, type Timer } from "../host/index.js";
import type { Transport, TransportError, TransportSink } from "../transport/index.js";
import type { Carriage } from "./carriage.js";
import { drainTimedOut, ProxyError, type ProxyErrorCode } from "./errors.js";
import type { Passed } from "./exchange.js";
import type { OpeningHost } from "./opening-host.js";
import { hookedResponse } from "./phases.js";
import { RelayWriter } from "./relay/relay-writer.js";
import { framingOf, type ResponseBody, withoutLength } from "./response-body.js";
import { type SilenceHost, SilenceWatch } from "./silence-watch.js";

const HIGH_WATER_BYTES = 65_536;
const chunkEnd = Buffer.from("\r\n");
const lastChunk = Buffer.from("0\r\n\r\n");

export async function passResponse(
  host: OpeningHost,
  upstream: Transport,
  { head, early }: HeadAnswer,
): Promise<void> {
  const { routed, client } = host.arrival;
  const framing = framingOf(head);
  const given = routed.route.responseHeaders(head.headers);
  const told = await hookedResponse(host.asking, head.status, given);
  const headers = [...withoutLength(told), ...framing.headers, ["Connection", "close"] as const];
  host.gone.throwIfAborted();
  client.write(encodeResponseHead(head.status, head.reason, headers));
  routed.exchange.status = head.status;
  const { exchange } = routed;
  const pass = new ResponsePass({
    ...{ client, upstream, early },
    body: framing.body,
    upstreamUrl: exchange.upstream ?? "",
    closeTimeoutMs: routed.route.settings.closeTimeoutMs,
    clock: systemClock,
    failed: (error) => exchange.report(error),
    released: () => host.tunnel.released(),
    ended: (error, passed) => host.tunnel.ended(error, passed),
  });
  host.tunnel.carried(pass);
  pass.start();
}

export interface ResponsePassParts {
  readonly client: Transport;
  readonly upstream: Transport;
  readonly body: ResponseBody;
  /** What came behind the head. */
  readonly early: Uint8Array | undefined;
  readonly upstreamUrl: string;
  /** Milliseconds in which neither side does anything, and for all that is left once the proxy closes. */
  readonly closeTimeoutMs: number;
  readonly clock: Clock;
  /** The upstream did wrong. */
  failed(error: ProxyError): void;
  /** The upstream has done its part. */
  released(): void;
  /** Both connections are over. */
  ended(error: Error | undefined, passed: Passed): void;
}

export class ResponsePass implements Carriage, TransportSink, SilenceHost {
  readonly #parts: ResponsePassParts;
  readonly #upstream: Transport;
  readonly #client: Transport;
  readonly #writer: RelayWriter;
  readonly #body: ResponseBody;
  readonly #silence: SilenceWatch;
  #sent = 0;
  /** The same with what says where chunks end. */
  #written = 0;
  #timer: Timer | undefined;
  /** Why the client does not get all of it: it is cut off as soon as it has what came before. */
  #failure: ProxyError | undefined;
  /** Nothing more of the upstream's is passed on. */
  #isComplete = false;
  /** The network has taken all of it, so that nothing is missing for a client that hangs up. */
  #isTaken = false;
  #isFinished = false;

  constructor(parts: ResponsePassParts) {
    const { client, upstream, body, clock } = parts;
    this.#parts = parts;
    this.#upstream = upstream;
    this.#client = client;
    this.#writer = new RelayWriter(upstream, client);
    this.#body = body;
    this.#silence = new SilenceWatch(clock, this);
  }

  start(): void {
    const { early, closeTimeoutMs } = this.#parts;
    this.#client.attach({
      receive: () => {},
      ended: () => {},
      drained: () => this.#drained(),
      closed: (error) => this.#finish(error),
    });
    this.#client.resume();
    this.#upstream.attach(this);
    // Either side may pause for as long as the end of a connection may take.
    this.#silence.limit(closeTimeoutMs);
    if (this.#body.isDone) this.#complete();
    else if (early !== undefined) this.receive(early, 0, early.length);
    if (!this.#isComplete && !this.#isBehind) this.#upstream.resume();
  }

  get passed(): Passed {
    return { bytesReceived: 0, bytesSent: this.#sent };
  }

  /** Bytes that have come, and those that the client has taken: while it is behind, only these. */
  get activity(): number {
    const { pendingBytes, progress } = this.#client;
    const waiting = this.#writer.waitingBytes - pendingBytes + progress;
    return this.#sent + this.#written - waiting;
  }

  watch(): boolean {
    return false;
  }

  receive(bytes: Uint8Array, start: number, end: number): void {
    if (this.#isComplete) return;
    const stop = this.#body.scan(bytes, start, end);
    if (stop > start) this.#pass(bytes, start, stop);
    if (this.#body.isBroken) this.#cut("sent a body that is not chunked as it was said to be");
    else if (this.#body.isDone) this.#complete();
    else if (this.#isBehind) this.#upstream.pause();
  }

  ended(): void {
    if (this.#isComplete) return;
    if (!this.#body.isOpenEnded) {
      this.#cut("ended the connection within its answer");
      return;
    }
    this.#send(lastChunk);
    this.#complete();
  }

  drained(): void {}

  closed(error: TransportError | undefined): void {
    if (error === undefined) this.ended();
    else if (!this.#isComplete) this.#cut(`did not finish its answer: ${error.message}`, error);
  }

  /** Nothing is left to be told: the answer may come to its end, but not for long. */
  close(): void {
    const { clock, closeTimeoutMs } = this.#parts;
    this.#timer ??= clock.schedule(closeTimeoutMs, (pass: ResponsePass) => pass.destroy(), this);
  }

  destroy(): void {
    if (this.#hasMore) this.#failure ??= drainTimedOut();
    this.#client.destroy();
  }

  silent(): void {
    if (this.#writer.waitingBytes > 0 && this.#failure === undefined) {
      const text = "the client took nothing of the answer for too long (closeTimeoutMs)";
      this.#failure = new ProxyError("CLIENT_GONE", text);
    } else if (!this.#isComplete)
      this.#fail("UPSTREAM_TIMED_OUT", "paused within its answer for too long (closeTimeoutMs)");
    this.#client.destroy();
  }

  get #isBehind(): boolean {
    return this.#writer.waitingBytes > HIGH_WATER_BYTES;
  }

  /** The client has not got all of it. */
  get #hasMore(): boolean {
    return !this.#isComplete || this.#writer.waitingBytes > 0;
  }

  /** A body that ends with the connection goes on in chunks: the end of a connection says nothing of what is missing. */
  #pass(bytes: Uint8Array, start: number, end: number): void {
    this.#sent += end - start;
    this.#written += end - start;
    if (this.#body.isOpenEnded) this.#send(Buffer.from(`${(end - start).toString(16)}\r\n`));
    this.#writer.write(bytes, start, end);
    if (this.#body.isOpenEnded) this.#send(chunkEnd);
  }

  #send(bytes: Uint8Array): void {
    this.#written += bytes.length;
    this.#writer.send(bytes);
  }

  /** The client has its answer as soon as it takes it. */
  #complete(): void {
    this.#isComplete = true;
    this.#writer.end();
    this.#noteTaken();
    this.#leaveUpstream();
  }

  #noteTaken(): void {
    this.#isTaken ||= this.#isComplete && this.#writer.waitingBytes === 0;
  }

  #cut(what: string, cause?: Error): void {
    this.#isComplete = true;
    this.#fail("UPSTREAM_INVALID", what, cause);
    this.#leaveUpstream();
    this.#endIfCut();
  }

  #endIfCut(): void {
    if (this.#failure !== undefined && this.#writer.waitingBytes === 0) this.#client.destroy();
  }

  #fail(code: ProxyErrorCode, what: string, cause?: Error): void {
    const { upstreamUrl, failed } = this.#parts;
    this.#failure = new ProxyError(code, `upstream ${upstreamUrl} ${what}`, { cause });
    failed(this.#failure);
  }

  #leaveUpstream(): void {
    this.#upstream.destroy();
    this.#parts.released();
  }

  #drained(): void {
    this.#writer.drained();
    this.#noteTaken();
    this.#endIfCut();
    if (!this.#isComplete) this.#upstream.resume();
  }

  #finish(error: TransportError | undefined): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    this.#isComplete = true;
    this.#silence.stop();
    this.#timer?.close();
    this.#upstream.destroy();
    this.#parts.ended(this.#failure ?? (this.#isTaken ? undefined : clientGone(error)), this.passed);
  }
}

function clientGone(cause: TransportError | undefined): ProxyError | undefined {
  if (cause === undefined) return undefined;
  return new ProxyError("CLIENT_GONE", "the client went before it had all of the answer", { cause });
}
