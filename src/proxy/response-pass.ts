// An upstream's answer to an upgrade that is not 101, on its way to the client: its head, its body, and then the end of both
// connections. Nothing more of the client's goes to the upstream. A body that is cut off stays one for the client: it is never
// ended as a whole one would be.

import type { HeadAnswer } from "../client/index.js";
import { encodeResponseHead } from "../handshake/index.js";
import { systemClock, type Timer } from "../host/index.js";
import type { Transport, TransportError, TransportSink } from "../transport/index.js";
import type { Carriage } from "./carriage.js";
import { ProxyError, type ProxyErrorCode } from "./errors.js";
import type { Passed } from "./exchange.js";
import { hookedResponse } from "./phases.js";
import { RelayWriter } from "./relay/relay-writer.js";
import { framingOf, type ResponseBody, withoutLength } from "./response-body.js";
import type { OpeningHost } from "./upgrade-tunnel.js";

const HIGH_WATER_BYTES = 65_536;
const chunkEnd = Buffer.from("\r\n");
const lastChunk = Buffer.from("0\r\n\r\n");

export async function passResponse(
  host: OpeningHost,
  upstream: Transport,
  { head, early }: HeadAnswer,
): Promise<Carriage> {
  const { routed, client } = host.arrival;
  const framing = framingOf(head);
  const given = routed.route.responseHeaders(head.headers);
  const told = await hookedResponse(host.asking, head.status, given);
  const headers = [...withoutLength(told), ...framing.headers, ["Connection", "close"] as const];
  host.gone.throwIfAborted();
  client.write(encodeResponseHead(head.status, head.reason, headers));
  routed.exchange.status = head.status;
  return new ResponsePass(host, upstream, framing.body, early);
}

class ResponsePass implements Carriage, TransportSink {
  readonly #host: OpeningHost;
  readonly #upstream: Transport;
  readonly #client: Transport;
  readonly #writer: RelayWriter;
  readonly #body: ResponseBody;
  #sent = 0;
  #timer: Timer | undefined;
  /** Why the client does not get all of it: it is cut off as soon as it has what came before. */
  #failure: ProxyError | undefined;
  /** Nothing more of the upstream's is passed on. */
  #isComplete = false;
  #isFinished = false;

  constructor(host: OpeningHost, upstream: Transport, body: ResponseBody, early: Uint8Array | undefined) {
    this.#host = host;
    this.#upstream = upstream;
    this.#client = host.arrival.client;
    this.#writer = new RelayWriter(upstream, this.#client);
    this.#body = body;
    this.#client.attach({
      receive: () => {},
      ended: () => {},
      drained: () => this.#drained(),
      closed: (error) => this.#finish(error),
    });
    this.#client.resume();
    upstream.attach(this);
    this.#wait();
    if (body.isDone) this.#complete();
    else if (early !== undefined) this.receive(early, 0, early.length);
    if (!this.#isComplete && !this.#isBehind) upstream.resume();
  }

  get passed(): Passed {
    return { bytesReceived: 0, bytesSent: this.#sent };
  }

  watch(): boolean {
    return false;
  }

  receive(bytes: Uint8Array, start: number, end: number): void {
    if (this.#isComplete) return;
    const stop = this.#body.scan(bytes, start, end);
    if (stop > start) this.#pass(bytes, start, stop);
    this.#wait();
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
    this.#writer.send(lastChunk);
    this.#complete();
  }

  drained(): void {}

  closed(error: TransportError | undefined): void {
    if (error === undefined) this.ended();
    else if (!this.#isComplete) this.#cut(`did not finish its answer: ${error.message}`, error);
  }

  close(): void {
    // It ends by itself, and soon.
  }

  destroy(): void {
    this.#client.destroy();
  }

  get #isBehind(): boolean {
    return this.#writer.waitingBytes > HIGH_WATER_BYTES;
  }

  /** A body that ends with the connection goes on in chunks: the end of a connection says nothing of what is missing. */
  #pass(bytes: Uint8Array, start: number, end: number): void {
    this.#sent += end - start;
    if (this.#body.isOpenEnded) this.#writer.send(Buffer.from(`${(end - start).toString(16)}\r\n`));
    this.#writer.write(bytes, start, end);
    if (this.#body.isOpenEnded) this.#writer.send(chunkEnd);
  }

  /** The client has its answer as soon as it takes it. */
  #complete(): void {
    this.#isComplete = true;
    this.#writer.end();
    this.#leaveUpstream();
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
    const { exchange } = this.#host.arrival.routed;
    this.#failure = new ProxyError(code, `upstream ${exchange.upstream} ${what}`, { cause });
    exchange.report(this.#failure);
  }

  #leaveUpstream(): void {
    this.#upstream.destroy();
    this.#host.tunnel.released();
  }

  #drained(): void {
    this.#writer.drained();
    this.#endIfCut();
    if (!this.#isComplete) this.#upstream.resume();
  }

  /** Either side may pause for as long as the end of a connection may take. */
  #wait(): void {
    this.#timer?.close();
    const { closeTimeoutMs } = this.#host.arrival.routed.route.settings;
    this.#timer = systemClock.schedule(closeTimeoutMs, (pass: ResponsePass) => pass.#giveUp(), this);
  }

  #giveUp(): void {
    if (this.#writer.waitingBytes > 0 && this.#failure === undefined) {
      const text = "the client took nothing of the answer for too long (closeTimeoutMs)";
      this.#failure = new ProxyError("CLIENT_GONE", text);
    } else if (!this.#isComplete)
      this.#fail("UPSTREAM_TIMED_OUT", "paused within its answer for too long (closeTimeoutMs)");
    this.#client.destroy();
  }

  #finish(error: TransportError | undefined): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    this.#isComplete = true;
    this.#timer?.close();
    this.#upstream.destroy();
    this.#host.tunnel.ended(this.#failure ?? error, this.passed);
  }
}
