// A program as TypeScript users of ws write it. It compiles against the types of @types/ws; `assignable` beside it has
// to say that our module is one of them.

import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type * as ws from "ws";

type Info = Parameters<ws.VerifyClientCallbackSync>[0];

/** What `import` gives a program, as @types/ws describes it. */
export type TypedModule = typeof ws;

/** Uses every exported member in its typed form. */
export function typedEcho({ WebSocketServer, WebSocket, createWebSocketStream }: TypedModule): {
  server: ws.WebSocketServer;
  open(url: string): ws.WebSocket;
  streamOf(socket: ws.WebSocket): Duplex;
} {
  const server = new WebSocketServer({
    port: 0,
    host: "127.0.0.1",
    perMessageDeflate: { threshold: 0 },
    verifyClient: ({ origin, secure, req }: Info) => origin !== "" && !secure && req.method === "GET",
    handleProtocols: (protocols, _request: IncomingMessage) => [...protocols][0] ?? false,
  });
  server.on("connection", (socket: ws.WebSocket, _request: IncomingMessage) => {
    socket.on("message", (data: ws.RawData, isBinary: boolean) => socket.send(data, { binary: isBinary }));
  });
  return {
    server,
    open(url) {
      const options: ws.ClientOptions = { handshakeTimeout: 10_000, maxPayload: 1000 };
      const socket = new WebSocket(url, ["a"], options);
      socket.binaryType = "arraybuffer";
      return socket;
    },
    streamOf: (socket) => createWebSocketStream(socket, { encoding: "utf8" }),
  };
}
