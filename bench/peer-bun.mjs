// The same server on Bun, whose WebSockets are µWebSockets in C++.
import { peerArguments } from "./peer-arguments.mjs";

const { port, isBroadcast, hasCompression } = peerArguments();

const server = globalThis.Bun.serve({
  hostname: "127.0.0.1",
  port,
  fetch: (request, self) => (self.upgrade(request) ? undefined : new Response("no", { status: 426 })),
  websocket: {
    maxPayloadLength: 64 * 1024 * 1024,
    backpressureLimit: 64 * 1024 * 1024,
    perMessageDeflate: hasCompression,
    open(ws) {
      if (isBroadcast) ws.subscribe("all");
    },
    message(ws, data) {
      if (isBroadcast) server.publish("all", data);
      else ws.send(data, hasCompression);
    },
  },
});
console.log(`listening ${server.port}`);
