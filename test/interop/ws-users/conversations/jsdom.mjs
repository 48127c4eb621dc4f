// The WebSocket of jsdom's pages: events in their order, binary types, close codes, a refusal, cookies and origin.

import { once } from "node:events";
import { JSDOM } from "jsdom";
import * as ws from "ws";

export async function converse(log) {
  const server = new ws.WebSocketServer({ port: 0, host: "127.0.0.1", path: "/socket" });
  await once(server, "listening");
  const port = server.address().port;
  server.on("connection", (socket, { headers }) => {
    log("server", headers.origin?.replace(String(port), "port"), headers.cookie, socket.protocol);
    socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
    socket.on("close", (code, reason) => log("server", "close", code, reason.toString()));
  });
  const { window } = new JSDOM("", { url: `http://127.0.0.1:${port}/` });
  window.document.cookie = "a=b";
  const socket = new window.WebSocket(`ws://127.0.0.1:${port}/socket`, ["chat"]);
  socket.binaryType = "arraybuffer";
  for (const type of ["open", "message", "error", "close"]) {
    socket.addEventListener(type, ({ data, code, reason, wasClean }) =>
      log(type, data?.byteLength ?? data, code, reason, wasClean),
    );
  }
  const event = (type, of = socket) =>
    new Promise((resolve) => of.addEventListener(type, resolve, { once: true }));
  await event("open");
  log(socket.protocol, socket.extensions, socket.readyState);
  for (const data of ["text", new window.Uint8Array(70_000)]) {
    socket.send(data);
    await event("message");
  }
  socket.close(4001, "bye");
  await event("close");
  const refused = new window.WebSocket(`ws://127.0.0.1:${port}/elsewhere`);
  refused.onerror = () => log("refused", "error");
  const { code, wasClean } = await event("close", refused);
  log("refused", code, wasClean);
  window.close();
  server.close();
}
