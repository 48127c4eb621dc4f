// node build/examples/ktls-uring-demo/demo.js [--url wss://HOST:PORT/PATH] [--ca FILE] [--message TEXT] [--transport uring]
//
// One HTTPS request and one WebSocket echo, over io_uring and the kernel's TLS where they are to be had. Without a URL it
// talks to a server of its own (server.ts). With --transport uring it fails where there is no io_uring; else it says so
// and takes Node's sockets.

import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { connect, HttpClient, type WebSocketConnection } from "sluice";
import { probe } from "sluice/uring";
import { startServer } from "./server.js";

interface Target {
  readonly url: URL;
  readonly ca: string | undefined;
  close(): Promise<void>;
}

type Carrier = "uring" | "node";

function chooseTransport(demand: string | undefined): Carrier {
  const { uring } = probe();
  if (uring.isAvailable) return "uring";
  if (demand === "uring") throw new Error(`io_uring is not available: ${uring.reason}`);
  console.log(`Without io_uring: ${uring.reason}`);
  return "node";
}

async function findTarget(
  url: string | undefined,
  ca: string | undefined,
  transport: Carrier,
): Promise<Target> {
  if (url === undefined) return startServer(transport);
  return {
    url: new URL(url),
    ca: ca === undefined ? undefined : readFileSync(ca, "utf8"),
    close: async () => {},
  };
}

/** What carries the connection, and why not the kernel's TLS where it is not. */
function describeCarrier({ transport }: WebSocketConnection): string {
  if (transport === "uring+ktls") return "Using kTLS (kernel TLS) + io_uring";
  const { reason = "the connection is not one that it can take over" } = probe().kernelTls;
  return `Using Node's TLS over ${transport === "node" ? "its sockets" : "io_uring"}; no kernel TLS: ${reason}`;
}

async function talk({ url, ca }: Target, message: string, transport: Carrier): Promise<void> {
  const tls = ca === undefined ? {} : { ca };
  const carrier = transport === "uring" ? "io_uring" : "Node's sockets";
  console.log(`Connecting to ${url.hostname}:${url.port || 443} via ${carrier}`);
  const ws = await connect(url, { transport, tls });
  console.log(describeCarrier(ws));
  console.log("WebSocket handshake complete");
  console.log(`Sending: ${message}`);
  ws.send(message);
  for await (const data of ws) {
    console.log(`Received: ${data}`);
    break;
  }
  await ws.closed;
  console.log("Connection closed");
  const page = new URL(url);
  page.protocol = "https:";
  const response = await new HttpClient({ transport, tls }).get(page);
  console.log(`GET ${page}: status ${response.status}, ${response.body.length} bytes`);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      url: { type: "string" },
      ca: { type: "string" },
      message: { type: "string", default: "Hello from io_uring" },
      transport: { type: "string" },
    },
  });
  const transport = chooseTransport(values.transport);
  const target = await findTarget(values.url, values.ca, transport);
  try {
    await talk(target, values.message, transport);
  } finally {
    await target.close();
  }
}

await main().catch((error: Error) => {
  console.error(`demo: ${error.message}`);
  process.exitCode = 1;
});
