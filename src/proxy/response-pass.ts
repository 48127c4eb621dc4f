// An upstream's answer to an upgrade that is not 101, on its way to the client: its head, its body, and then the end of both
// connections. Nothing more of the client's goes to the upstream.

import type { HeadAnswer } from "../client/index.js";
import { encodeResponseHead, type HeaderList, type ResponseHead } from "../handshake/index.js";
import { systemClock, type Timer } from "../host/index.js";
import type { Transport, TransportError, TransportSink } from "../transport/index.js";
import { ProxyError } from "./errors.js";
import type { Passed } from "./exchange.js";
import { hookedResponse } from "./phases.js";
import { RelayWriter } from "./relay/relay-writer.js";
import type { Carriage, OpeningHost } from "./upgrade-tunnel.js";

const HIGH_WATER_BYTES = 65_536;

export async function passResponse(
  host: OpeningHost,
  upstream: Transport,
  { head, early }: HeadAnswer,
): Promise<Carriage> {
  const { routed, client } = host.arrival;
  const framing = framingOf(head);
  const given = routed.route.responseHeaders(head.headers);
  const told = await hookedResponse(host.asking, head.status, given);
  const headers = [...told, ...framing.headers, ["Connection", "close"] as const];
  host.gone.throwIfAborted();
  client.write(encodeResponseHead(head.status, head.reason, headers));
  routed.exchange.status = head.status;
  return new ResponsePass(host, upstream, framing.byteLength, early);
}

interface Framing {
  /** `Infinity` where the body ends with the connection, or by itself. */
  readonly byteLength: number;
  /** What tells the client so, beside Content-Length, which passes as it is. */
  readonly headers: HeaderList;
}

/** Throws `ProxyError` for a length that could be read in two ways (RFC 9112 §6.3). */
function framingOf({ status, headers }: ResponseHead): Framing {
  const coding = headers.get("transfer-encoding");
  const lengths = new Set(headers.getAll("content-length"));
  if (coding !== undefined && (lengths.size > 0 || coding.toLowerCase() !== "chunked"))
    throw new ProxyError(
      "UPSTREAM_INVALID",
      "the upstream's answer says in two ways, or in none, where it ends",
    );
  const [length] = lengths;
  if (
    lengths.size > 1 ||
    headers.count("content-length") > 1 ||
    (length !== undefined && !/^\d{1,15}$/.test(length))
  )
    throw new ProxyError("UPSTREAM_INVALID", "the upstream's answer has no single Content-Length");
  if (status === 204 || status === 304) return { byteLength: 0, headers: [] };
  if (coding !== undefined) return { byteLength: Infinity, headers: [["Transfer-Encoding", "chunked"]] };
  return { byteLength: length === undefined ? Infinity : Number(length), headers: [] };
}

class ResponsePass implements Carriage, TransportSink {
  readonly #host: OpeningHost;
  readonly #upstream: Transport;
  readonly #client: Transport;
  readonly #writer: RelayWriter;
  #left: number;
  #sent = 0;
  #timer: Timer | undefined;
  #isDone = false;

  constructor(host: OpeningHost, upstream: Transport, byteLength: number, early: Uint8Array | undefined) {
    this.#host = host;
    this.#upstream = upstream;
    this.#client = host.arrival.client;
    this.#writer = new RelayWriter(upstream, this.#client);
    this.#left = byteLength;
    this.#client.attach({
      receive: () => {},
      ended: () => {},
      drained: () => this.#drained(),
      closed: (error) => this.#finish(error),
    });
    this.#client.resume();
    upstream.attach(this);
    if (early !== undefined) this.receive(early, 0, early.length);
    if (this.#left === 0) this.ended();
    else upstream.resume();
    this.#wait();
  }

  get passed(): Passed {
    return { bytesReceived: 0, bytesSent: this.#sent };
  }

  watch(): boolean {
    return false;
  }

  receive(bytes: Uint8Array, start: number, end: number): void {
    if (this.#left === 0) return;
    const count = Math.min(end - start, this.#left);
    this.#left -= count;
    this.#sent += count;
    this.#writer.write(bytes, start, start + count);
    this.#wait();
    if (this.#left === 0) this.ended();
    else if (this.#writer.waitingBytes > HIGH_WATER_BYTES) this.#upstream.pause();
  }

  ended(): void {
    this.#left = 0;
    this.#writer.end();
    this.#upstream.destroy();
  }

  drained(): void {}

  closed(_error: TransportError | undefined): void {
    this.ended();
  }

  close(): void {
    // It ends by itself, and soon.
  }

  destroy(): void {
    this.#client.destroy();
  }

  #drained(): void {
    this.#writer.drained();
    if (this.#left > 0) this.#upstream.resume();
  }

  /** Either side may pause for as long as the end of a connection may take. */
  #wait(): void {
    this.#timer?.close();
    const { closeTimeoutMs } = this.#host.arrival.routed.route.settings;
    this.#timer = systemClock.schedule(closeTimeoutMs, (client) => client.destroy(), this.#client);
  }

  #finish(error: TransportError | undefined): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#timer?.close();
    this.#upstream.destroy();
    this.#host.tunnel.ended(error, this.passed);
  }
}
