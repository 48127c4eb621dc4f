// Node's TLS over any transport: a client's end, and a listener's.

import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import {
  type ConnectionOptions,
  connect,
  createServer,
  type Server,
  type TLSSocket,
  type TlsOptions,
} from "node:tls";
import { invalidArgument, type StateError } from "../protocol/index.js";
import { endpointsOf } from "./endpoints.js";
import type { TransportError } from "./errors.js";
import { HandshakeStream, toHandshakeStream } from "./handshake-stream.js";
import type { BoundAddress, ListenAddress, Listener, ListenerSink } from "./listener.js";
import { endAtError, openedStream } from "./opened-stream.js";
import { checkPem } from "./pem.js";
import { SocketTransport } from "./socket-transport.js";
import { tlsRefusalOf } from "./tls-refusal.js";
import type { TlsSuccessor } from "./tls-successor.js";
import type { Transport } from "./transport.js";

const ALPN_PROTOCOLS = ["http/1.1"];

/** Without what is undefined: that counts as not given, where Node lets it take the place of its default. */
export function givenOptions<Options extends object>(options: Options): Partial<Options> {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as Partial<Options>;
}

/**
 * The client's end of TLS over a connected transport, once the handshake is complete and the certificate verified.
 * `options` are Node's for `tls.connect`; a successor may carry it on then. Rejects with `TransportError` `TLS_FAILED`, with
 * `StateError` `INVALID_ARGUMENT` for options that Node cannot use, or with the deadline's reason; the transport is closed then.
 */
export async function secureTransport(
  transport: Transport,
  options: ConnectionOptions,
  deadline: AbortSignal,
  successor?: TlsSuccessor,
): Promise<Transport> {
  const plain = successor?.streamFor(transport, "client") ?? toHandshakeStream(transport);
  let stream: TLSSocket;
  try {
    stream = connect({ ALPNProtocols: ALPN_PROTOCOLS, ...givenOptions(options), socket: plain });
  } catch (error) {
    plain.destroy();
    throw unusable(error as Error);
  }
  stream.allowHalfOpen = true;
  adaptToStream(stream, plain);
  if (successor !== undefined) stream.on("keylog", (line) => successor.keyLogged(plain, line));
  await openedStream(stream, "secureConnect", deadline);
  if (plain instanceof HandshakeStream) plain.handshakeCompleted();
  const next = successor && (await succeedWithin(deadline, stream, () => successor.succeed(plain, stream)));
  return next ?? new SecureTransport(stream, transport.kind);
}

/** The stream is destroyed when the succession fails, or the deadline passes before. */
async function succeedWithin(
  deadline: AbortSignal,
  stream: TLSSocket,
  succeed: () => Promise<Transport | undefined>,
): Promise<Transport | undefined> {
  const onAbort = (): void => void stream.destroy();
  deadline.addEventListener("abort", onAbort);
  if (deadline.aborted) onAbort();
  try {
    return await succeed();
  } catch (error) {
    stream.destroy();
    throw deadline.aborted ? deadline.reason : error;
  } finally {
    deadline.removeEventListener("abort", onAbort);
  }
}

/** Node's TLS, and what carries it. */
class SecureTransport extends SocketTransport {
  readonly #carrier: string;

  constructor(stream: TLSSocket, carrier: string) {
    super(stream);
    this.#carrier = carrier;
  }

  override get kind(): string {
    return this.#carrier === "node" ? "node" : `${this.#carrier}+tls`;
  }
}

/** Makes up for what Node's TLS does not do upon a stream that is no socket. */
function adaptToStream(socket: TLSSocket, beneath: Duplex | undefined): void {
  if (beneath instanceof Socket) return;
  passOverEmptyWrites(socket);
  // It asks a handle of its own, which has no peer. What serves plain requests gets the socket itself, and asks it.
  Object.defineProperty(socket, "remoteAddress", { get: () => addressOf(beneath) });
  if (beneath !== undefined)
    Object.defineProperty(socket, "endpoints", { value: () => endpointsOf(beneath) });
}

function addressOf(stream: Duplex | undefined): string | undefined {
  return (stream as Partial<Socket> | undefined)?.remoteAddress;
}

type WriteDone = (error?: Error | null) => void;

/**
 * Node's TLS hands an empty write to the stream beneath as it is, beside its own writes. Upon a stream that is no socket Node
 * asserts that there is one at a time: a record from the peer that has to be answered (an alert, new keys) would end the process.
 */
function passOverEmptyWrites(socket: TLSSocket): void {
  const [write, writev] = [socket._write, socket._writev];
  socket._write = (chunk: Uint8Array | string, encoding: BufferEncoding, done: WriteDone): void => {
    if (chunk.length === 0) done();
    else write.call(socket, chunk, encoding, done);
  };
  socket._writev = (
    chunks: { chunk: Uint8Array | string; encoding: BufferEncoding }[],
    done: WriteDone,
  ): void => {
    if (chunks.every(({ chunk }) => chunk.length === 0)) done();
    else writev?.call(socket, chunks, done);
  };
}

/** Node's names for the socket beneath TLS, and for the wrapper that it puts around a stream which is none. */
type SecuredSocket = TLSSocket & {
  readonly _parent?: Socket | null;
  readonly _handle?: { readonly _parentWrap?: { readonly stream?: Duplex } } | null;
};

/** Who gets the connections, and hears of those that do not become one. */
export interface TlsListenerSink extends ListenerSink {
  /** A TLS handshake failed or took too long. Clients that leave by themselves are none of these. The address is the client's,
   * where it is still known. What is answered is sent to the client as it is, without TLS; nothing is sent for undefined. */
  refused(error: TransportError, remoteAddress: string | undefined): Uint8Array | undefined;
}

/** What accepts TLS connections: hands out transports whose handshake is complete. */
export class TlsListener implements Listener, ListenerSink {
  readonly #inner: Listener;
  readonly #server: Server;
  readonly #sink: TlsListenerSink;
  readonly #successor: TlsSuccessor | undefined;
  /** What a TLS handshake is being made on. */
  readonly #shakingHands = new Set<Duplex>();
  /** Who waits until no handshake is under way. */
  readonly #onIdle: (() => void)[] = [];
  /** What carries the connections: the same for all. */
  #carrier = "node";

  /** `listen` makes the listener beneath; a successor may carry connections on. Throws `StateError` `INVALID_ARGUMENT` for
   * options that Node cannot use. */
  constructor(
    options: TlsOptions,
    sink: TlsListenerSink,
    listen: (sink: ListenerSink) => Listener,
    successor?: TlsSuccessor,
  ) {
    this.#sink = sink;
    this.#successor = successor;
    this.#server = createTlsServer(options);
    this.#server.on("secureConnection", (socket: SecuredSocket) => this.#secured(socket));
    if (successor !== undefined) {
      this.#server.on("keylog", (line, socket) => {
        const stream = streamBeneath(socket);
        if (stream !== undefined) successor.keyLogged(stream, line);
      });
    }
    this.#server.on("tlsClientError", (error, socket: SecuredSocket) => {
      const refusal = tlsRefusalOf(error, socket);
      const stream = streamBeneath(socket);
      const answer = refusal && sink.refused(refusal, addressOf(stream));
      if (answer !== undefined && stream !== undefined) {
        // The client may be gone.
        endAtError(stream);
        stream.write(answer);
      }
      // Node leaves a client that is late with its TLS handshake connected.
      socket.destroy();
    });
    this.#inner = listen(this);
  }

  get isListening(): boolean {
    return this.#inner.isListening;
  }

  listen(address: ListenAddress): Promise<BoundAddress> {
    return this.#inner.listen(address);
  }

  get descriptor(): number | undefined {
    return this.#inner.descriptor;
  }

  /** Handshakes that have begun are made to their end, for which they have their deadline. */
  async leave(): Promise<void> {
    await this.#inner.leave();
    if (this.#shakingHands.size > 0) await new Promise<void>((resolve) => this.#onIdle.push(resolve));
  }

  /** Handshakes from now on are made with these options; connections that are open keep theirs. Throws as the constructor. */
  setSecureContext(options: TlsOptions): void {
    checkPem(options);
    try {
      this.#server.setSecureContext(givenOptions(options));
    } catch (error) {
      throw unusable(error as Error);
    }
  }

  /** Those whose TLS handshake is not complete belong to nobody yet, and end. */
  close(): void {
    this.#inner.close();
    for (const stream of this.#shakingHands) stream.destroy();
  }

  accepted(transport: Transport): void {
    const stream = this.#successor?.streamFor(transport, "server") ?? toHandshakeStream(transport);
    this.#shakingHands.add(stream);
    // A socket knows its peer's address for ever once it was asked, and no more when its handle is gone.
    void addressOf(stream);
    stream.once("close", () => this.#handsShaken(stream));
    this.#carrier = transport.kind;
    // TLS takes this over: a client that ends its side before the handshake is complete will never complete it.
    stream.allowHalfOpen = false;
    this.#server.emit("connection", stream);
    stream.allowHalfOpen = true;
  }

  failed(error: TransportError): void {
    this.#sink.failed(error);
  }

  #secured(socket: SecuredSocket): void {
    socket.allowHalfOpen = true;
    const stream = streamBeneath(socket);
    adaptToStream(socket, stream);
    if (stream instanceof HandshakeStream) stream.handshakeCompleted();
    const succession = stream && this.#successor?.succeed(stream, socket);
    if (succession === undefined) {
      this.#handOut(stream, new SecureTransport(socket, this.#carrier));
      return;
    }
    endAtError(socket);
    succession.then(
      (next) => this.#handOut(stream, next ?? new SecureTransport(socket, this.#carrier)),
      (error: TransportError) => {
        socket.destroy();
        if (error.code === "TLS_FAILED") this.#sink.refused(error, addressOf(stream));
      },
    );
  }

  #handOut(stream: Duplex | undefined, transport: Transport): void {
    this.#handsShaken(stream);
    this.#sink.accepted(transport);
  }

  #handsShaken(stream: Duplex | undefined): void {
    // Better that a handshake ends as late as its deadline than that a connection ends which belongs to somebody.
    if (stream === undefined) this.#shakingHands.clear();
    else this.#shakingHands.delete(stream);
    if (this.#shakingHands.size === 0) for (const resolve of this.#onIdle.splice(0)) resolve();
  }
}

/** What TLS is upon. */
function streamBeneath(socket: SecuredSocket): Duplex | undefined {
  return socket._parent ?? socket._handle?._parentWrap?.stream;
}

function createTlsServer(options: TlsOptions): Server {
  checkPem(options);
  try {
    return createServer({
      // Node takes one of the two: who chooses by a callback has no list.
      ...(options.ALPNCallback === undefined && { ALPNProtocols: ALPN_PROTOCOLS }),
      allowHalfOpen: true,
      pauseOnConnect: true,
      ...givenOptions(options),
    });
  } catch (error) {
    throw unusable(error as Error);
  }
}

/** Node throws for options that OpenSSL can make nothing of. */
function unusable(cause: Error): StateError {
  const [said] = cause.message.split("\n");
  const reason = /key values mismatch/i.test(said) ? "tls.key does not belong to tls.cert" : said;
  return invalidArgument(`tls cannot be used: ${reason}`, { cause });
}
