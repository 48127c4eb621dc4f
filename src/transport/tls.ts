// Node's TLS over any transport: a client's end, and a listener's.

import {
  type ConnectionOptions,
  connect,
  createServer,
  type Server,
  type TLSSocket,
  type TlsOptions,
} from "node:tls";
import { type TransportError, toTransportError } from "./errors.js";
import type { BoundAddress, ListenAddress, Listener, ListenerSink } from "./listener.js";
import { openedStream } from "./opened-stream.js";
import { SocketTransport } from "./socket-transport.js";
import type { Transport } from "./transport.js";
import { toStream } from "./transport-stream.js";

const ALPN_PROTOCOLS = ["http/1.1"];

/**
 * The client's end of TLS over a connected transport, once the handshake is complete and the certificate verified.
 * `options` are Node's for `tls.connect`. Rejects with `TransportError` `TLS_FAILED`, also for options that Node cannot
 * use, or with the deadline's reason; the transport is closed then.
 */
export async function secureTransport(
  transport: Transport,
  options: ConnectionOptions,
  deadline: AbortSignal,
): Promise<Transport> {
  const plain = toStream(transport);
  let stream: TLSSocket;
  try {
    stream = connect({ ALPNProtocols: ALPN_PROTOCOLS, ...options, socket: plain });
  } catch (error) {
    plain.destroy();
    throw toTransportError(error as Error);
  }
  stream.allowHalfOpen = true;
  await openedStream(stream, "secureConnect", deadline);
  return new SocketTransport(stream);
}

/** What accepts TLS connections: hands out transports whose handshake is complete. */
export class TlsListener implements Listener, ListenerSink {
  readonly #inner: Listener;
  readonly #server: Server;
  readonly #sink: ListenerSink;

  /** `listen` makes the listener beneath. Throws `TransportError` `TLS_FAILED` for options that Node cannot use. */
  constructor(options: TlsOptions, sink: ListenerSink, listen: (sink: ListenerSink) => Listener) {
    this.#sink = sink;
    this.#server = createTlsServer(options);
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

function createTlsServer(options: TlsOptions): Server {
  try {
    return createServer({
      ALPNProtocols: ALPN_PROTOCOLS,
      allowHalfOpen: true,
      pauseOnConnect: true,
      ...options,
    });
  } catch (error) {
    throw toTransportError(error as Error);
  }
}
