// A server in the words of `ws`, over `ws` itself or over what stands in for it.
import { peerArguments } from "./peer-arguments.mjs";

export function serve({ WebSocket, WebSocketServer }) {
  const { port, isBroadcast, hasCompression } = peerArguments();
  const server = new WebSocketServer({
    host: "127.0.0.1",
    port,
    maxPayload: 64 * 1024 * 1024,
    perMessageDeflate: hasCompression,
  });
  server.on("connection", (socket) => {
    socket.on("error", () => {});
    socket.on("message", (data, isBinary) => {
      if (!isBroadcast) socket.send(data, { binary: isBinary });
      else {
        for (const client of server.clients) {
          if (client.readyState === WebSocket.OPEN) client.send(data, { binary: isBinary });
        }
      }
    });
  });
  server.on("listening", () => process.stdout.write(`listening ${server.address().port}\n`));
}
