// Node's TLS over any transport: a client's end, and a listener's.

import { type ConnectionOptions, connect, createServer, type Server, type TlsOptions } from "node:tls";
import type { TransportError } from "./errors.js";
import type { BoundAddress, ListenAddress, Listener, ListenerSink } from "./listener.js";
import { openedStream } from "./opened-stream.js";
import { SocketTransport } from "./socket-transport.js";
import type { Transport } from "./transport.js";
import { toStream } from "./transport-stream.js";

const ALPN_PROTOCOLS = ["http/1.1"];

/**
 * The client's end of TLS over a connected transport, once the handshake is complete and the certificate verified.
 * `options` are Node's for `tls.connect`. Rejects with `TransportError` `TLS_FAILED` or the deadline's reason.
 */
export async function secureTransport(
  transport: Transport,
  options: ConnectionOptions,
  deadline: AbortSignal,
): Promise<Transport> {
  const stream = connect({ ALPNProtocols: ALPN_PROTOCOLS, ...options, socket: toStream(transport) });
  stream.allowHalfOpen = true;
  await openedStream(stream, "secureConnect", deadline);
  return new SocketTransport(stream);
}

/** What accepts TLS connections: hands out transports whose handshake is complete. */
export class TlsListener implements Listener, ListenerSink {
  readonly #inner: Listener;
  readonly #server: Server;
  readonly #sink: ListenerSink;

  /** `listen` makes the listener beneath. Throws Node's error for TLS options that it cannot use. */
  constructor(options: TlsOptions, sink: ListenerSink, listen: (sink: ListenerSink) => Listener) {
    this.#sink = sink;
    this.#server = createServer({
      ALPNProtocols: ALPN_PROTOCOLS,
      allowHalfOpen: true,
      pauseOnConnect: true,
      ...options,
    });
    this.#server.on("secureConnection", (socket) => sink.accepted(new SocketTransport(socket)));
    // Node leaves a client that is late with its TLS handshake connected.
    this.#server.on("tlsClientError", (_error, socket) => socket.destroy());
    this.#inner = listen(this);
  }

  get isListening(): boolean {
    return this.#inner.isListening;
  }

  listen(address: ListenAddress): Promise<BoundAddress> {
    return this.#inner.listen(address);
  }

  close(): void {
    this.#inner.close();
  }

  accepted(transport: Transport): void {
    this.#server.emit("connection", toStream(transport));
  }

  failed(error: TransportError): void {
    this.#sink.failed(error);
  }
}
