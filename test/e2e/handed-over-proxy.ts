// node handed-over-proxy.js UPSTREAM TRANSPORT
//
// A proxy that says at which port it listens, and hands that over when it reads "hand over"; what goes on there is this program
// once more, which says so. Its answers tell which process they came through.

import { createInterface } from "node:readline";
import type { TransportChoice } from "#src/carrier/index.js";
import { createProxy, handOver, inheritedListeners } from "#src/proxy/index.js";

const [program, upstream, transport] = process.argv.slice(1);
const proxy = createProxy({
  to: upstream,
  transport: transport as TransportChoice,
  responseHeaders: { "X-Process": String(process.pid) },
});
const inherited = inheritedListeners(process.env);

async function close(): Promise<void> {
  await proxy.close({ timeoutMs: 20_000 });
  process.stdin.destroy();
}

if (inherited === undefined) {
  const { port } = await proxy.listen({ port: 0, host: "127.0.0.1" });
  process.stdout.write(`${port}\n`);
} else {
  for (const { fd } of inherited.listeners) await proxy.listen({ fd });
  inherited.ready();
}

createInterface(process.stdin).on("line", async (line) => {
  if (line === "close") {
    await close();
    return;
  }
  const args = line === "hand over" ? [program, upstream, transport] : ["-e", line];
  try {
    const successor = await handOver(process.execPath, args, proxy.listeningDescriptors, 20_000);
    await proxy.leave();
    process.stdout.write(`${successor.pid}\n`);
  } catch (error) {
    process.stdout.write(`${(error as Error).message}\n`);
  }
});
process.once("SIGTERM", () => void close());
