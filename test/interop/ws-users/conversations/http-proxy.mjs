// http-proxy-3 between a client and a server: headers, messages both ways, closing from both ends, an upstream that is not there.

import { once } from "node:events";
import { createServer } from "node:http";
import { createProxyServer } from "http-proxy-3";
import * as ws from "ws";

export async function converse(log) {
  const server = new ws.WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: true });
  await once(server, "listening");
  server.on("connection", (socket, request) => {
    log("server", request.url, request.headers["x-forwarded-proto"], socket.extensions);
    socket.on("message", (data, isBinary) => {
      if (data.toString() === "end") socket.close(4000, "as you wish");
      else socket.send(data, { binary: isBinary });
    });
    socket.on("close", (code, reason) => log("server", "close", code, reason.toString()));
  });
  const listen = async (target) => {
    const proxy = createProxyServer({ target, ws: true, xfwd: true });
    const http = createServer();
    http.on("upgrade", (request, socket, head) => proxy.ws(request, socket, head));
    proxy.on("error", (error, _request, socket) => {
      log("proxy", error.code);
      socket.destroy?.();
    });
    await once(http.listen(0, "127.0.0.1"), "listening");
    return http;
  };
  const http = await listen(`ws://127.0.0.1:${server.address().port}`);
  for (const ending of [(client) => client.close(1000, "done"), (client) => client.send("end")]) {
    const client = new ws.WebSocket(`ws://127.0.0.1:${http.address().port}/path?query`);
    await once(client, "open");
    for (const data of ["text", Buffer.alloc(100_000, 5)]) {
      client.send(data);
      const [received, isBinary] = await once(client, "message");
      log("client", received.length, isBinary);
    }
    ending(client);
    const [code, reason] = await once(client, "close");
    log("client", "close", code, reason.toString());
  }
  const gone = await listen("ws://127.0.0.1:1");
  const client = new ws.WebSocket(`ws://127.0.0.1:${gone.address().port}/`);
  log("client", "error", (await once(client, "error"))[0].message);
  for (const each of [http, gone, server]) each.close();
}
