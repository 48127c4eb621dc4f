// The same server over `ws`, with its native helpers: what the numbers are compared with.
//   node bench/peer-ws.mjs --port P [--mode echo|broadcast] [--compression]
import { parseArgs } from "node:util";
import { WebSocket, WebSocketServer } from "ws";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "0" },
    mode: { type: "string", default: "echo" },
    compression: { type: "boolean", default: false },
  },
});

const server = new WebSocketServer({
  host: "127.0.0.1",
  port: Number(values.port),
  maxPayload: 64 * 1024 * 1024,
  perMessageDeflate: values.compression,
});
server.on("connection", (socket) => {
  socket.on("error", () => {});
  socket.on("message", (data, isBinary) => {
    if (values.mode !== "broadcast") socket.send(data, { binary: isBinary });
    else {
      for (const client of server.clients) {
        if (client.readyState === WebSocket.OPEN) client.send(data, { binary: isBinary });
      }
    }
  });
});
server.on("listening", () => process.stdout.write(`listening ${server.address().port}\n`));
