// Who may carry a connection on when Node's TLS has made its handshake: the kernel's TLS does.

import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import type { Transport } from "./transport.js";

export type TlsRole = "client" | "server";

export interface TlsSuccessor {
  /** The stream that the handshake is made on. */
  streamFor(transport: Transport, role: TlsRole): Duplex;
  /** A line of the handshake's key log. */
  keyLogged(stream: Duplex, line: Buffer): void;
  /** What carries the connection from now on; undefined when Node's TLS goes on. Rejects when the connection is over. */
  succeed(stream: Duplex, socket: TLSSocket): Promise<Transport | undefined>;
}
