// What every peer is told: --port P [--mode echo|broadcast] [--compression].
import { parseArgs } from "node:util";

export function peerArguments() {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: "0" },
      mode: { type: "string", default: "echo" },
      compression: { type: "boolean", default: false },
    },
  });
  return {
    port: Number(values.port),
    isBroadcast: values.mode === "broadcast",
    hasCompression: values.compression,
  };
}
