// node build/examples/every-core/server.js [--port PORT] [--host HOST] [--threads COUNT]
//
// One server on every core. Each thread has a server of its own (thread.ts); all of them share one port, and the kernel
// deals connections out to them. Nothing passes through this thread.

import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";

interface Thread {
  readonly worker: Worker;
  readonly port: number;
}

function start(port: number, host: string | undefined): Promise<Thread> {
  const worker = new Worker(new URL("./thread.js", import.meta.url), { workerData: { port, host } });
  return new Promise((resolve, reject) => {
    worker.once("message", (bound: number) => resolve({ worker, port: bound })).once("error", reject);
  });
}

function fail(error: Error): never {
  console.error(`every-core: ${error.message}`);
  process.exit(1);
}

/** Throws an `Error` that says what the option takes. */
function parseInteger(name: string, text: string, lowest: number, highest: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= lowest && value <= highest) return value;
  throw new Error(`${name} takes an integer from ${lowest} to ${highest}, not ${text || "nothing"}`);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: "3000" },
      host: { type: "string" },
      threads: { type: "string", default: String(availableParallelism()) },
    },
  });
  const port = parseInteger("--port", values.port, 0, 65_535);
  const count = parseInteger("--threads", values.threads, 1, 1024);
  // With port 0 the first thread takes a free one, which the others then share.
  const first = await start(port, values.host);
  const others = Array.from({ length: count - 1 }, () => start(first.port, values.host));
  const threads = [first, ...(await Promise.all(others))];
  // A thread that fails takes its connections along. The program ends with it, for whoever looks after it to begin anew.
  for (const { worker } of threads) worker.on("error", fail);
  console.log(`ws://localhost:${first.port} on ${threads.length} threads (Ctrl-C closes them)`);
  const close = (): void => {
    for (const { worker } of threads) worker.postMessage("close");
  };
  process.once("SIGINT", close).once("SIGTERM", close);
}

await main().catch(fail);
