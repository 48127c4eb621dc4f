// Accepting sockets as transports. A server of Node's makes an ordinary socket for every connection, before anybody can
// say how it is to read; making another one over the same handle costs a kilobyte of garbage per connection that only a
// full collection frees. So the handle's callback is taken over, and each connection gets one socket, the right one.

import type { Server } from "node:net";
import { SocketTransport } from "./socket-transport.js";

/** What libuv calls for each connection; `onconnection` has been Node's name for it since version 0.11. */
interface ListenHandle {
  onconnection?: (
    this: ListenHandle,
    error: number | undefined,
    connection: ConnectionHandle | undefined,
  ) => void;
}

interface ConnectionHandle {
  /** Absent on unix sockets. */
  setNoDelay?(isOn: boolean): void;
  useUserBuffer?: unknown;
}

/**
 * Makes a listening server hand out transports with shared reads. False where its handle is not what is expected: the
 * server's "connection" event then goes on as usual.
 */
export function acceptTransports(server: Server, accept: (transport: SocketTransport) => void): boolean {
  const handle = (server as { _handle?: ListenHandle | null })._handle;
  const original = handle?.onconnection;
  if (handle === undefined || handle === null || typeof original !== "function") return false;
  handle.onconnection = function onConnection(error, connection) {
    // Failures to accept are Node's to report, and so is what cannot read into a given buffer.
    if (error || typeof connection?.useUserBuffer !== "function") {
      original.call(this, error, connection);
      return;
    }
    connection.setNoDelay?.(true);
    accept(SocketTransport.overHandle(connection));
  };
  return true;
}
