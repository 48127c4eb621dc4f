// One thread of server.ts: a server for the connections that the kernel deals out to it. What is said on one thread is
// heard on all of them.

import { BroadcastChannel, parentPort, threadId, workerData } from "node:worker_threads";
import { createServer } from "sluice";
import { probe } from "sluice/uring";

const { port, host } = workerData as { port: number; host: string | undefined };
const otherThreads = new BroadcastChannel("every-core");

const server = createServer(
  {
    open(ws) {
      ws.subscribe("room");
      ws.send(`you are on thread ${threadId}`);
    },
    message(_, data) {
      server.publish("room", data);
      otherThreads.postMessage(data);
    },
  },
  { transport: probe().uring.isAvailable ? "uring" : "node" },
);

otherThreads.onmessage = (event) => {
  server.publish("room", (event as { data: string | Uint8Array }).data);
};

const bound = await server.listen(
  host === undefined ? { port, reusePort: true } : { port, host, reusePort: true },
);
parentPort?.once("message", async () => {
  await server.close({ code: 1001, timeoutMs: 5000 });
  otherThreads.close();
});
parentPort?.postMessage(bound.port);
