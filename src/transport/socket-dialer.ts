// Dialling with Node's sockets: name, addresses in turn (Happy Eyeballs, RFC 8305), TCP, or a unix socket.

import { type NetConnectOpts, Socket } from "node:net";
import type { DialAddress, Dialer } from "./dialer.js";
import { openedStream } from "./opened-stream.js";
import { KEEP_ALIVE_DELAY_MS, SocketTransport } from "./socket-transport.js";
import type { Transport } from "./transport.js";

export const socketDialer: Dialer = {
  async dial(address: DialAddress, deadline: AbortSignal): Promise<Transport> {
    const socket = new Socket({ allowHalfOpen: true });
    // Nothing may be read before somebody attaches.
    socket.pause();
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_DELAY_MS);
    await openedStream(socket, "connect", deadline, () => socket.connect(address as NetConnectOpts));
    return new SocketTransport(socket, "shared");
  },
};
