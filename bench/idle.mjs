// Connections that do nothing: opens so many WebSockets, says so, and holds them until its standard input ends.
//   node bench/idle.mjs --port P --connections 10000
import { connect } from "node:net";
import { parseArgs } from "node:util";

const { values } = parseArgs({ options: { port: { type: "string" }, connections: { type: "string" } } });
const ABREAST = 64;
const request = [
  "GET / HTTP/1.1",
  `Host: 127.0.0.1:${values.port}`,
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==",
  "\r\n",
].join("\r\n");

function open() {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(values.port), "127.0.0.1", () => socket.write(request));
    let head = "";
    socket.on("error", reject);
    socket.on("data", (chunk) => {
      head += chunk.toString("latin1");
      if (!head.includes("\r\n\r\n")) return;
      if (head.startsWith("HTTP/1.1 101 ")) resolve();
      else reject(new Error(`no WebSocket: ${head.slice(0, 40)}`));
    });
  });
}

let left = Number(values.connections);
const work = async () => {
  while (left-- > 0) await open();
};
await Promise.all(Array.from({ length: ABREAST }, work));
process.stdout.write("open\n");
process.stdin.resume().on("end", () => process.exit());
