// Accepting sockets as transports. A server of Node's makes an ordinary socket for every connection, before anybody can
// say how it is to read; making another one over the same handle costs a kilobyte of garbage per connection that only a
// full collection frees. So the handle's callback is taken over, and each connection gets one socket, the right one.

import cluster from "node:cluster";
import { linkSync, renameSync } from "node:fs";
import { type AddressInfo, createServer, type ListenOptions, type Server } from "node:net";
import { TransportError, toTransportError } from "./errors.js";
import { socketPathOf } from "./inherited-socket.js";
import type { BoundAddress, ListenAddress, Listener, ListenerSink } from "./listener.js";
import { KEEP_ALIVE_DELAY_MS, SocketTransport } from "./socket-transport.js";

/** How many connections the kernel may queue before they are accepted. Node's 511 refuses bursts that a server can take. */
const BACKLOG = 4096;

/** The primary of node:cluster listens for its workers and deals connections out; only Node's sockets know of that. */
export function isDealtToByPrimary(): boolean {
  return cluster.isWorker;
}

/** What libuv calls for each connection; `onconnection` has been Node's name for it since version 0.11. */
interface ListenHandle {
  readonly fd?: number;
  onconnection?: (
    this: ListenHandle,
    error: number | undefined,
    connection: ConnectionHandle | undefined,
  ) => void;
}

interface ConnectionHandle {
  /** Absent on unix sockets, as the next. */
  setNoDelay?(isOn: boolean): void;
  setKeepAlive?(isOn: boolean, initialDelaySeconds: number): void;
  useUserBuffer?: unknown;
}

/** What a server of Node's makes sockets with, where it does. */
const SOCKET_OPTIONS = {
  pauseOnConnect: true,
  allowHalfOpen: true,
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay: KEEP_ALIVE_DELAY_MS,
};

export class SocketListener implements Listener {
  readonly #sink: ListenerSink;
  readonly #hasSharedReads: boolean;
  /** What is about to listen. A server of Node's that is closed before it listens says neither that it does nor that it will
   * not; so it is closed when it does. */
  #opening: Server | undefined;
  #server: Server | undefined;
  /** The file of a unix socket that was made here: closing removes it. */
  #ownPath: string | undefined;

  /** Without shared reads, what is accepted can become a stream that TLS is put upon. */
  constructor(sink: ListenerSink, hasSharedReads = true) {
    this.#sink = sink;
    this.#hasSharedReads = hasSharedReads;
  }

  get isListening(): boolean {
    return this.#opening !== undefined || this.#server !== undefined;
  }

  get descriptor(): number | undefined {
    const fd = this.#server === undefined ? undefined : handleOf(this.#server)?.fd;
    return fd === undefined || fd < 0 ? undefined : fd;
  }

  async listen(address: ListenAddress): Promise<BoundAddress> {
    const options = listenOptions(address);
    const server = this.#createServer();
    this.#opening = server;
    try {
      await listening(server, options);
      const bound = boundAddress(server.address() as AddressInfo | string | null, address);
      if (this.#opening === server) this.#begin(server);
      else server.close();
      this.#ownPath = "path" in address ? address.path : undefined;
      return bound;
    } finally {
      if (this.#opening === server) this.#opening = undefined;
    }
  }

  close(): void {
    this.#opening = undefined;
    this.#server?.close();
    this.#server = undefined;
  }

  async leave(): Promise<void> {
    if (this.#server === undefined || this.#ownPath === undefined) this.close();
    else keepingFile(this.#ownPath, () => this.close());
  }

  #createServer(): Server {
    const mode = this.#hasSharedReads ? "shared" : "stream";
    return createServer(SOCKET_OPTIONS, (socket) => this.#sink.accepted(new SocketTransport(socket, mode)));
  }

  #begin(server: Server): void {
    this.#server = server;
    server.on("error", (error) => this.#sink.failed(toTransportError(error)));
    if (this.#hasSharedReads) takeOver(server, (transport) => this.#sink.accepted(transport));
  }
}

type NodeListenOptions = ListenOptions & { fd?: number; reusePort?: boolean };

/** Settles before a connection can come. */
function listening(server: Server, options: NodeListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: Error): void => {
      server.off("error", settle).off("listening", settle);
      if (error === undefined) resolve();
      else if (options.reusePort === true && (error as NodeJS.ErrnoException).code === "ENOTSUP")
        reject(
          new TransportError(
            "UNSUPPORTED_TRANSPORT",
            unsharedBecause(`${process.platform} does not share ports`),
          ),
        );
      else reject(toTransportError(error));
    };
    // Node overlooks the backlog of the options where it listens on a descriptor, and takes the one beside them.
    server.on("error", settle).on("listening", settle).listen(options, BACKLOG);
  });
}

/** For Node's `listen`. A version that does not know an option would overlook it, and the second listener find its port taken. */
function listenOptions(address: ListenAddress): NodeListenOptions {
  if (!("port" in address) || !address.isPortShared) return { ...address };
  const problem = sharingProblem();
  if (problem !== undefined) throw new TransportError("UNSUPPORTED_TRANSPORT", problem);
  const { port, host } = address;
  return { port, host, reusePort: true };
}

/** Why no port can be shared over the sockets of this Node.js, as far as its version tells; undefined where one may be. */
export function sharingProblem(): string | undefined {
  const [major, minor] = process.versions.node.split(".").map(Number);
  const isKnown = major >= 24 || (major === 23 && minor >= 1) || (major === 22 && minor >= 12);
  return isKnown
    ? undefined
    : unsharedBecause(`Node.js shares them from 22.12 and 23.1 on, and this is ${process.versions.node}`);
}

function unsharedBecause(reason: string): string {
  return `the port cannot be shared over Node's sockets: ${reason}; transport "uring" shares them on Linux`;
}

function boundAddress(address: AddressInfo | string | null, asked: ListenAddress): BoundAddress {
  if (typeof address === "string") return { path: address };
  // Node does not ask a unix socket that it has not bound itself.
  if (address === null) return { path: "fd" in asked ? socketPathOf(asked.fd) : "" };
  return { address: address.address, port: address.port, isIPv6: address.family === "IPv6" };
}

/**
 * libuv removes the file of a unix socket when it closes what it has bound, also while others listen there. It is put back at
 * once; whoever connects in that instant finds none.
 */
function keepingFile(path: string, close: () => void): void {
  const aside = `${path}.${process.pid}`;
  try {
    linkSync(path, aside);
  } catch {
    // An abstract name has no file.
    close();
    return;
  }
  close();
  renameSync(aside, path);
}

function handleOf(server: Server): ListenHandle | undefined {
  return (server as { _handle?: ListenHandle | null })._handle ?? undefined;
}

/**
 * Makes a listening server hand out transports with shared reads. False where its handle is not what is expected: the
 * server's "connection" event then goes on as usual.
 */
export function takeOver(server: Server, accept: (transport: SocketTransport) => void): boolean {
  const handle = handleOf(server);
  const original = handle?.onconnection;
  if (handle === undefined || typeof original !== "function") return false;
  handle.onconnection = function onConnection(error, connection) {
    // Failures to accept are Node's to report, and so is what cannot read into a given buffer.
    if (error || typeof connection?.useUserBuffer !== "function") {
      original.call(this, error, connection);
      return;
    }
    connection.setNoDelay?.(true);
    connection.setKeepAlive?.(true, KEEP_ALIVE_DELAY_MS / 1000);
    accept(SocketTransport.overHandle(connection));
  };
  return true;
}
