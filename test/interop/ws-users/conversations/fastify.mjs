// @fastify/websocket: routes with hooks, a stream of messages, refusals, and the server's end.

import { once } from "node:events";
import websocket from "@fastify/websocket";
import Fastify from "fastify";
import * as ws from "ws";

export async function converse(log) {
  const app = Fastify();
  await app.register(websocket, { options: { maxPayload: 1000, perMessageDeflate: true } });
  app.addHook("preValidation", async (request, reply) => {
    if (request.url === "/secret") await reply.code(403).send("no");
  });
  app.get("/echo", { websocket: true }, (socket, request) => {
    log("server", request.url, socket.protocol);
    socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
    socket.on("close", (code, reason) => log("server", "close", code, reason.toString()));
    socket.on("error", (error) => log("server", "error", error.code, error.message));
  });
  app.get("/secret", { websocket: true }, () => log("never"));
  const address = await app.listen({ port: 0, host: "127.0.0.1" });
  const url = address.replace("http", "ws");
  const client = new ws.WebSocket(`${url}/echo`, ["a", "b"]);
  await once(client, "open");
  log("client", client.protocol, client.extensions);
  for (const data of ["text", Buffer.from("bytes"), "x".repeat(999)]) {
    client.send(data);
    const [received, isBinary] = await once(client, "message");
    log("client", received.toString(), isBinary);
  }
  client.send("x".repeat(1001));
  log("client", "close", (await once(client, "close"))[0]);
  for (const path of ["/secret", "/missing"]) {
    const refused = new ws.WebSocket(url + path);
    log("refused", (await once(refused, "error"))[0].message);
  }
  const last = new ws.WebSocket(`${url}/echo`);
  await once(last, "open");
  const closed = once(last, "close");
  await app.close();
  log("last", (await closed)[0]);
}
