// express-ws: routes, parameters, middleware, the set of clients, and a path that nobody serves.

import { once } from "node:events";
import express from "express";
import expressWs from "express-ws";
import * as ws from "ws";

export async function converse(log) {
  const { app, getWss } = expressWs(express());
  app.use((request, _response, next) => {
    request.seen = true;
    next();
  });
  app.ws("/rooms/:room", (socket, request) => {
    log("server", request.params.room, request.seen, getWss().clients.size);
    socket.on("message", (text) => {
      for (const client of getWss().clients) client.send(`${request.params.room}: ${text}`);
    });
    socket.on("close", (code) => log("server", "close", code));
  });
  app.get("/", (_request, response) => response.send("plain"));
  const http = app.listen(0, "127.0.0.1");
  await once(http, "listening");
  const url = `127.0.0.1:${http.address().port}`;
  const clients = [];
  for (const room of ["one", "two"]) {
    const client = new ws.WebSocket(`ws://${url}/rooms/${room}`);
    await once(client, "open");
    clients.push(client);
  }
  log("plain", await (await fetch(`http://${url}/`)).text());
  const heard = clients.map((client) => once(client, "message"));
  clients[0].send("hello");
  for (const [data] of await Promise.all(heard)) log("heard", data.toString());
  const nobody = new ws.WebSocket(`ws://${url}/nowhere`);
  nobody.on("error", (error) => log("nowhere", error.message));
  nobody.on("open", () => log("nowhere", "open"));
  log("nowhere", "close", (await once(nobody, "close"))[0]);
  for (const client of clients) {
    client.close(1000);
    await once(client, "close");
  }
  http.close();
  await once(http, "close");
}
