// MQTT.js over WebSockets to a broker behind createWebSocketStream: qualities of service, retained and large messages, a will.

import { once } from "node:events";
import { createServer } from "node:http";
import { Aedes } from "aedes";
import mqtt from "mqtt";
import * as ws from "ws";

export async function converse(log) {
  const broker = Aedes.createBroker ? await Aedes.createBroker() : new Aedes();
  const http = createServer();
  const server = new ws.WebSocketServer({ server: http, handleProtocols: () => "mqtt" });
  server.on("connection", (socket, request) => {
    const stream = ws.createWebSocketStream(socket);
    stream.on("error", (error) => log("server", "stream", error.code ?? error.message));
    broker.handle(stream, request);
  });
  await once(http.listen(0, "127.0.0.1"), "listening");
  const url = `ws://127.0.0.1:${http.address().port}`;
  const will = { topic: "wills", payload: Buffer.from("gone"), qos: 1 };
  const client = await mqtt.connectAsync(url, { clientId: "one", reconnectPeriod: 0 });
  const other = await mqtt.connectAsync(url, { clientId: "two", reconnectPeriod: 0, will });
  const next = () => once(client, "message").then(([topic, payload]) => log("client", topic, payload.length));
  log(
    "subscribed",
    (await client.subscribeAsync(["a/#", "wills"], { qos: 1 })).map(({ topic, qos }) => [topic, qos]),
  );
  for (const [topic, size, qos] of [
    ["a/0", 5, 0],
    ["a/1", 100_000, 1],
    ["a/2", 300, 2],
  ]) {
    const arrived = next();
    await other.publishAsync(topic, Buffer.alloc(size, 1), { qos });
    await arrived;
  }
  const bequeathed = next();
  other.stream.destroy();
  await bequeathed;
  await client.endAsync();
  server.close();
  http.close();
  http.closeAllConnections();
  await new Promise((resolve) => broker.close(resolve));
}
