// MQTT.js over WebSockets to a small broker behind createWebSocketStream: qualities of service, large messages, a will.

import { once } from "node:events";
import { createServer } from "node:http";
import mqtt from "mqtt";
import packets from "mqtt-packet";
import * as ws from "ws";

/** Hands on what is published to whoever has subscribed, and keeps nothing. */
class Broker {
  #subscribers = new Map();

  handle(socket, stream) {
    const parser = packets.parser();
    const reply = (packet) => packets.writeToStream(packet, stream);
    let will;
    stream.on("data", (chunk) => parser.parse(chunk));
    socket.on("close", () => {
      this.#subscribers.delete(stream);
      if (will !== undefined) this.#publish(will);
    });
    parser.on("packet", (packet) => {
      const { cmd, messageId, subscriptions } = packet;
      if (cmd === "connect") {
        will = packet.will;
        reply({ cmd: "connack", returnCode: 0, sessionPresent: false });
      } else if (cmd === "subscribe") {
        this.#subscribers.set(
          stream,
          subscriptions.map(({ topic }) => topic.replace("#", "")),
        );
        reply({ cmd: "suback", messageId, granted: subscriptions.map(({ qos }) => qos) });
      } else if (cmd === "publish") {
        this.#publish(packet);
        if (packet.qos > 0) reply({ cmd: packet.qos === 1 ? "puback" : "pubrec", messageId });
      } else if (cmd === "pingreq") reply({ cmd: "pingresp" });
      else if (cmd === "pubrel") reply({ cmd: "pubcomp", messageId });
      else if (cmd === "disconnect") will = undefined;
    });
  }

  #publish({ topic, payload }) {
    for (const [stream, topics] of this.#subscribers) {
      if (topics.some((start) => topic.startsWith(start)))
        packets.writeToStream({ cmd: "publish", topic, payload, qos: 0, retain: false, dup: false }, stream);
    }
  }
}

export async function converse(log) {
  const broker = new Broker();
  const http = createServer();
  const server = new ws.WebSocketServer({ server: http, handleProtocols: () => "mqtt" });
  server.on("connection", (socket, request) => {
    log("server", request.headers["sec-websocket-protocol"], socket.protocol);
    const stream = ws.createWebSocketStream(socket);
    stream.on("error", (error) => log("server", "stream", error.code ?? error.message));
    broker.handle(socket, stream);
  });
  await once(http.listen(0, "127.0.0.1"), "listening");
  const url = `ws://127.0.0.1:${http.address().port}`;
  const will = { topic: "wills", payload: Buffer.from("gone"), qos: 1 };
  const client = await mqtt.connectAsync(url, { clientId: "one", reconnectPeriod: 0 });
  const other = await mqtt.connectAsync(url, { clientId: "two", reconnectPeriod: 0, will });
  const next = () => once(client, "message").then(([topic, payload]) => log("client", topic, payload.length));
  const granted = await client.subscribeAsync(["a/#", "wills"], { qos: 1 });
  log(
    "subscribed",
    granted.map(({ topic, qos }) => [topic, qos]),
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
}
