// A server that answers as it is told to, for clients that must survive every answer.

import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { RawPeer } from "./raw-client.js";
import { acceptValueOf, headOf, type WireHead } from "./wire.js";

interface After {
  after(hook: () => void): void;
}

export interface RawServer {
  readonly port: number;
  readonly url: string;
  /** The next connection. */
  accept(): Promise<RawPeer>;
  /** The next connection, on which a WebSocket request was read and answered. */
  acceptUpgrade(headers?: readonly string[]): Promise<RawPeer>;
}

/** Listens on a free port of this machine until the test is over. */
export async function startRawServer(t: After): Promise<RawServer> {
  const server = createServer({ allowHalfOpen: true });
  const sockets = new Set<Socket>();
  const waiting: RawPeer[] = [];
  let wake = (): void => {};
  server.on("connection", (socket) => {
    sockets.add(socket);
    waiting.push(new RawPeer(socket));
    wake();
  });
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const accept = async (): Promise<RawPeer> => {
    while (waiting.length === 0) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    return waiting.shift() as RawPeer;
  };
  return {
    port,
    url: `ws://127.0.0.1:${port}/`,
    accept,
    async acceptUpgrade(headers = []) {
      const peer = await accept();
      const request = await peer.readHead();
      peer.write(switchingHead(request, headers));
      return peer;
    },
  };
}

/** The response that accepts the request, with further header lines. */
export function switchingHead(request: WireHead, headers: readonly string[] = []): string {
  const accept = acceptValueOf(request.headers.get("sec-websocket-key") ?? "");
  return headOf(
    "HTTP/1.1 101 Switching Protocols",
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Accept: ${accept}`,
    ...headers,
  );
}
