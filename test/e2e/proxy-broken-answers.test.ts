import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { test } from "node:test";
import { ProxyError, type ProxyExchange } from "#src/proxy.js";
import { openRaw } from "../support/raw-client.js";
import { startProxy } from "../support/sluice-proxy.js";
import { firstCall } from "../support/sluice-server.js";

test("an upstream that breaks off within a body is named to the hook error, with the exchange", async (t) => {
  const { handler: asked, called: isAsked } = firstCall<[Socket]>();
  const upstream = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => {
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
      asked(socket);
    });
  }).listen(0, "127.0.0.1");
  t.after(() => upstream.close());
  await once(upstream, "listening");
  const to = `ws://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  const heard: [Error, ProxyExchange | undefined][] = [];
  const error = (told: Error, exchange: ProxyExchange | undefined): unknown => heard.push([told, exchange]);
  const { port, logged } = await startProxy(t, { name: "api", to, hooks: { error } });
  const client = await openRaw(t, { port });
  client.write("GET /file HTTP/1.1\r\nHost: a\r\n\r\n");
  assert.equal((await client.readHead()).status, 200);
  assert.equal((await client.read(4)).toString(), "half");
  const [socket] = await isAsked;
  socket.end();
  assert.equal((await client.readToEnd()).length, 0);
  const entry = await logged();
  assert.deepEqual([entry.status, entry.error, entry.bytesSent], [200, "UPSTREAM_INVALID", 4]);
  assert.equal(heard.length, 1);
  const [[told, exchange]] = heard;
  assert.ok(told instanceof ProxyError && told.code === "UPSTREAM_INVALID");
  assert.ok(told.message.includes(new URL(to).host) && told.message.endsWith("within its answer"));
  assert.deepEqual([exchange?.id, exchange?.route, exchange?.url], [entry.id, "api", "/file"]);
});
