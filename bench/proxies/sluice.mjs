// The proxy that is measured: node bench/proxies/sluice.mjs --port P --to PORT [--transport node] [--mode relay|inspect]
import { parseArgs } from "node:util";
import { createProxy } from "../../dist/proxy.js";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "0" },
    to: { type: "string" },
    transport: { type: "string", default: "node" },
    mode: { type: "string", default: "relay" },
  },
});
const proxy = createProxy({
  to: `ws://127.0.0.1:${values.to}`,
  transport: values.transport,
  mode: values.mode,
  ...(values.mode === "inspect" && { inspect: { maxMessageBytes: 64 * 1024 * 1024 } }),
});
await proxy.listen({ port: Number(values.port), host: "127.0.0.1" });
