// The port for accepting connections.

import type { TransportError } from "./errors.js";
import type { Transport } from "./transport.js";

/** A port of one address (port 0 takes a free one; no host: all of them), the path of a unix socket, or a socket that listens
 * already, by the descriptor that this process has of it, which is the listener's from then on. */
export type ListenAddress =
  | {
      readonly port: number;
      readonly host?: string | undefined;
      /** Several listeners, one in each thread or process, that all say so share the port; the kernel deals connections out. */
      readonly isPortShared?: boolean | undefined;
    }
  | { readonly path: string }
  | { readonly fd: number };

/** Where a listener has come to listen: an IP address and a port, or the path of a unix socket. */
export type BoundAddress =
  | { readonly address: string; readonly port: number; readonly isIPv6: boolean }
  | { readonly path: string };

/** Who gets the connections. */
export interface ListenerSink {
  /** A connection, not attached yet: nothing is read before somebody attaches. */
  accepted(transport: Transport): void;
  /** Connections could not be accepted; the listener goes on. */
  failed(error: TransportError): void;
}

export interface Listener {
  /** It accepts, or is about to. */
  readonly isListening: boolean;
  /** Begins to accept. Rejects with `TransportError`. May be called again after `close`. A `close` meanwhile leaves nothing
   * that listens, and the outcome is the same as if it had come right after. */
  listen(address: ListenAddress): Promise<BoundAddress>;
  /** The descriptor of the socket that it listens on, for whoever is to go on in another process. Undefined while it does
   * not listen, and where there is none to give. */
  readonly descriptor: number | undefined;
  /**
   * Accepts nothing more and lets go of the socket, which others have too and go on with: what waits to be accepted is theirs.
   * Resolves when what has been accepted has been handed out, or is gone.
   */
  leave(): Promise<void>;
  /** Accepts nothing more. Connections that were handed out stay. */
  close(): void;
}

/** What stands between a listener and whoever gets its connections: `listen` makes the listener beneath. */
export type ListenerLayer = (sink: ListenerSink, listen: (sink: ListenerSink) => Listener) => Listener;
