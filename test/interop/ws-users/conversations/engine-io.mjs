// engine.io and its client, over WebSockets from the start and by an upgrade, with text, binary data and a large message.

import { once } from "node:events";
import { createServer } from "node:http";
import * as engine from "engine.io";
import { Socket } from "engine.io-client";
import * as ws from "ws";

async function talk(log, transports, options) {
  const http = createServer();
  const server = new engine.Server(options);
  server.attach(http);
  await once(http.listen(0, "127.0.0.1"), "listening");
  server.on("connection", (socket) => {
    log("server", "connection", socket.transport.name);
    socket.on("upgrade", (transport) => log("server", "upgrade", transport.name));
    socket.on("message", (data) => {
      log("server", "message", typeof data, data?.length);
      socket.send(data ?? "");
    });
    socket.on("close", (reason) => log("server", "close", reason));
  });
  const client = new Socket(`http://127.0.0.1:${http.address().port}`, { transports, perMessageDeflate: {} });
  await new Promise((resolve) => client.on("open", resolve));
  if (transports.length > 1) await new Promise((resolve) => client.on("upgrade", resolve));
  log("client", "open", client.transport.name);
  for (const data of ["hello", "", "ü".repeat(70_000), Buffer.from([1, 2, 3]), Buffer.alloc(200_000, 7)]) {
    const answer = new Promise((resolve) => client.once("message", resolve));
    client.send(data);
    const received = await answer;
    log("client", "message", typeof received, received?.length ?? received?.byteLength);
  }
  const closed = new Promise((resolve) => client.on("close", resolve));
  client.close();
  log("client", "close", await closed);
  server.close();
  http.close();
}

export async function converse(log) {
  await talk(log, ["websocket"], {});
  await talk(log, ["websocket"], { wsEngine: ws.WebSocketServer, perMessageDeflate: { threshold: 10 } });
  await talk(log, ["polling", "websocket"], { perMessageDeflate: true });
}
