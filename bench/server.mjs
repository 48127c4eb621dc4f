// The server that is measured: echo or broadcast over the built package.
//   node bench/server.mjs --port P [--transport node] [--mode echo|broadcast] [--compression] [--tls DIR]
import { parseArgs } from "node:util";
import { createServer } from "../dist/index.js";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "0" },
    transport: { type: "string", default: "node" },
    mode: { type: "string", default: "echo" },
    compression: { type: "boolean", default: false },
  },
});

const echo = {
  message(ws, data) {
    ws.send(data);
  },
};
const broadcast = {
  open(ws) {
    ws.subscribe("all");
  },
  message(_ws, data) {
    server.publish("all", data);
  },
};

const server = createServer(values.mode === "broadcast" ? broadcast : echo, {
  transport: values.transport,
  compression: values.compression,
  maxMessageBytes: 64 * 1024 * 1024,
  maxBufferedBytes: 64 * 1024 * 1024,
});
const { port } = await server.listen({ port: Number(values.port), host: "127.0.0.1" });
process.stdout.write(`listening ${port}\n`);
