// What a socket stands on: the handle, which can go over to another socket. All of it is asked for before it is used, since
// Node promises none of it.

import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { sharedReadBuffer } from "../host/index.js";

/** The handle of a socket. Node's own code moves it between sockets in the same way, and looks at what it has not written
 * before a socket is found idle. */
interface Handle {
  useUserBuffer?: unknown;
  /** Bytes that the kernel has not taken, counted in the middle of a write, too. */
  writeQueueSize?: number;
}

interface HandleOwner {
  _handle?: Handle | null;
}

export function handleOf(socket: Duplex): Handle | undefined {
  return (socket as HandleOwner)._handle ?? undefined;
}

/**
 * The same connection in a new socket. `onread` is a documented option of `net.Socket`, but one that can only be given
 * when a socket is made, and a server makes its sockets itself. Undefined where the handle is not what is expected
 * (TLS, other streams, a future Node): the old socket is then used as it is.
 */
export function reopen(socket: Duplex, onread: object): Socket | undefined {
  const owner = socket as HandleOwner;
  const handle = owner._handle;
  if (!(socket instanceof Socket) || socket.connecting || typeof handle?.useUserBuffer !== "function")
    return undefined;
  if ((socket as { encrypted?: boolean }).encrypted) return undefined;
  owner._handle = null;
  return socketOver(handle, onread);
}

/**
 * A socket over the handle. Its constructor copies the options and sets four of them. Those that it had to add would give
 * every copy a hidden class of its own, a kilobyte per connection that only a full collection frees, so that all four are
 * here, with the values that it sets.
 */
export function socketOver(handle: object, onread: object): Socket {
  const options = {
    handle,
    onread,
    allowHalfOpen: true,
    emitClose: false,
    autoDestroy: true,
    decodeStrings: false,
  };
  return new Socket(options);
}

/** An ordinary stream over a handle with shared reads, which the handle cannot give up: what arrives is copied. */
export function reopenAsStream(socket: Duplex): Socket | undefined {
  const callback = (length: number): boolean =>
    stream?.push(Buffer.from(sharedReadBuffer.subarray(0, length))) ?? false;
  const stream = reopen(socket, { buffer: sharedReadBuffer, callback });
  return stream;
}
