// y-websocket: two documents that become one through a server, an awareness that is told, a provider that comes back.

import { once } from "node:events";
import * as ws from "ws";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";

const until = (provider, name, isIt) =>
  new Promise((resolve) => {
    const listener = (value) => {
      if (!isIt(value)) return;
      provider.off(name, listener);
      resolve();
    };
    provider.on(name, listener);
  });

export async function converse(log) {
  const server = new ws.WebSocketServer({ port: 0, host: "127.0.0.1" });
  await once(server, "listening");
  server.on("connection", (socket, { url }) => {
    log("server", "connection", url);
    socket.binaryType = "arraybuffer";
    // What one sends goes to the others, which is all that documents need to find each other.
    socket.on("message", (data) => {
      for (const client of server.clients)
        if (client !== socket && client.readyState === 1) client.send(data);
    });
    socket.on("close", (code) => log("server", "close", code));
  });
  const url = `ws://127.0.0.1:${server.address().port}`;
  const options = { WebSocketPolyfill: ws.WebSocket, disableBc: true };
  const docs = [new Y.Doc(), new Y.Doc()];
  const providers = [];
  for (const doc of docs) {
    const provider = new WebsocketProvider(url, "room", doc, options);
    await until(provider, "status", ({ status }) => status === "connected");
    providers.push(provider);
  }
  const changed = new Promise((resolve) => docs[1].getText("t").observe(resolve));
  docs[0].getText("t").insert(0, "hello");
  await changed;
  log("text", docs[1].getText("t").toString());
  const known = new Promise((resolve) => providers[1].awareness.on("change", resolve));
  providers[0].awareness.setLocalStateField("user", "one");
  await known;
  log("awareness", providers[1].awareness.getStates().get(docs[0].clientID));
  for (const client of server.clients) client.terminate();
  await Promise.all(providers.map((p) => until(p, "status", ({ status }) => status === "connected")));
  log("back");
  const ended = [...server.clients].map((client) => once(client, "close"));
  for (const provider of providers) {
    provider.awareness.destroy();
    provider.destroy();
  }
  await Promise.all(ended);
  server.close();
}
