// node build/examples/ktls-uring-demo/demo.js [--url wss://HOST:PORT/PATH] [--ca FILE] [--message TEXT] [--transport uring]
//
// One HTTPS request and one WebSocket echo, over io_uring and the kernel's TLS where they are to be had. Without a URL it
// talks to a server of its own (server.ts). With --transport uring it fails where there is no io_uring; else it says so
// and takes Node's sockets. command-line.ts has all the options.

import { connect, HttpClient, type WebSocketConnection } from "sluice";
import { probe } from "sluice/uring";
import { type Carrier, parseCommandLine, UsageError, usage, type Wishes } from "./command-line.js";
import { startServer } from "./server.js";

interface Target {
  readonly url: URL;
  readonly ca: string | undefined;
  close(): Promise<void>;
}

function chooseTransport(demand: Carrier | undefined): Carrier {
  if (demand === "node") return "node";
  const { uring } = probe();
  if (uring.isAvailable) return "uring";
  if (demand === "uring") throw new Error(`io_uring is not available: ${uring.reason}`);
  console.log(`Without io_uring: ${uring.reason}`);
  return "node";
}

async function findTarget({ url, ca }: Wishes, transport: Carrier): Promise<Target> {
  return url === undefined ? startServer(transport) : { url, ca, close: async () => {} };
}

/** What carries the connection, and why not the kernel's TLS where it is not. */
function describeCarrier({ transport }: WebSocketConnection): string {
  if (transport === "uring+ktls") return "Using kTLS (kernel TLS) + io_uring";
  if (transport === "node") return "Using Node's TLS over its sockets; no kernel TLS: that takes io_uring";
  const { reason = "the connection is not one that it can take over" } = probe().kernelTls;
  return `Using Node's TLS over io_uring; no kernel TLS: ${reason}`;
}

/** The first message that comes. Leaving the loop closes the connection. */
async function nextMessage(ws: WebSocketConnection, waitMs: number): Promise<string | Uint8Array> {
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    ws.terminate();
  }, waitMs);
  try {
    for await (const data of ws) return data;
  } catch (error) {
    if (!isLate) throw error;
  } finally {
    clearTimeout(timer);
  }
  const fault = isLate ? `sent nothing within ${waitMs / 1000} s` : "closed the connection and sent nothing";
  throw new Error(`${new URL(ws.url).host} ${fault}; --url takes a server that sends back what it gets`);
}

async function talk({ url, ca }: Target, { message, waitMs }: Wishes, transport: Carrier): Promise<void> {
  const options = { transport, tls: ca === undefined ? {} : { ca } };
  const carrier = transport === "uring" ? "io_uring" : "Node's sockets";
  console.log(`Connecting to ${url.hostname}:${url.port || 443} via ${carrier}`);
  const ws = await connect(url, options);
  console.log(describeCarrier(ws));
  console.log("WebSocket handshake complete");
  console.log(`Sending: ${message}`);
  ws.send(message);
  console.log(`Received: ${await nextMessage(ws, waitMs)}`);
  await ws.closed;
  console.log("Connection closed");
  const page = new URL(url);
  page.protocol = "https:";
  const response = await new HttpClient(options).get(page);
  console.log(`GET ${page}: status ${response.status}, ${response.body.length} bytes`);
}

async function main(): Promise<void> {
  const wishes = parseCommandLine();
  if (wishes.isHelpWanted) {
    process.stdout.write(usage);
    return;
  }
  const transport = chooseTransport(wishes.transport);
  const target = await findTarget(wishes, transport);
  try {
    await talk(target, wishes, transport);
  } finally {
    await target.close();
  }
}

await main().catch((error: Error) => {
  const isUsageFault = error instanceof UsageError;
  console.error(`demo: ${error.message}${isUsageFault ? " (--help shows what there is)" : ""}`);
  process.exitCode = isUsageFault ? 2 : 1;
});
