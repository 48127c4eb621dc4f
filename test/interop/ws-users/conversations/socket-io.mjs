// socket.io and its client: acknowledgements, binary attachments, rooms, broadcasts, namespaces, disconnecting from both ends.

import { once } from "node:events";
import { createServer } from "node:http";
import { Server } from "socket.io";
import { io } from "socket.io-client";

const options = { transports: ["websocket"], reconnection: false, forceNew: true };

function event(client, name) {
  return new Promise((resolve) => client.once(name, (...values) => resolve(values)));
}

export async function converse(log) {
  const http = createServer();
  const server = new Server(http);
  await once(http.listen(0, "127.0.0.1"), "listening");
  server.on("connection", (socket) => {
    log("server", "connection", socket.conn.transport.name);
    socket.on("echo", (...values) => values.pop()(...values));
    socket.on("join", async (room, done) => {
      await socket.join(room);
      done([...socket.rooms].length);
    });
    socket.on("shout", (room, data) => server.to(room).emit("heard", data));
    socket.on("leave", () => socket.disconnect());
    socket.on("disconnect", (reason) => log("server", "disconnect", reason));
  });
  server.of("/other").on("connection", (socket) => socket.emit("welcome", { to: "other" }));
  const url = `http://127.0.0.1:${http.address().port}`;
  const clients = [io(url, options), io(url, options), io(url, options)];
  for (const client of clients) await event(client, "connect");
  log("echo", await clients[0].emitWithAck("echo", "text", { a: [1] }));
  const [bytes] = [await clients[0].emitWithAck("echo", { bytes: Buffer.alloc(1000, 9) })];
  log("echo", Buffer.from(bytes.bytes).equals(Buffer.alloc(1000, 9)));
  for (const client of clients) log("join", await client.emitWithAck("join", "room"));
  const heard = clients.map((client) => event(client, "heard"));
  clients[0].emit("shout", "room", { all: "of you", data: Buffer.from("x") });
  for (const [data] of await Promise.all(heard)) log("heard", data.all, Buffer.from(data.data).toString());
  const other = io(`${url}/other`, options);
  log("welcome", await event(other, "welcome"));
  const left = event(clients[0], "disconnect");
  clients[0].emit("leave");
  log("left", (await left)[0]);
  for (const client of [clients[1], clients[2], other]) client.close();
  await new Promise((resolve) => server.close(resolve));
}
