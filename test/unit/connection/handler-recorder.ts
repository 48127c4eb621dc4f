// Handlers that write down their calls.

import type { ConnectionHandlers } from "#src/connection/index.js";

export function recorder(): { calls: unknown[][]; handlers: ConnectionHandlers } {
  const calls: unknown[][] = [];
  return {
    calls,
    handlers: {
      message: (_ws, data, isBinary) => void calls.push(["message", data, isBinary]),
      ping: (_ws, data) => void calls.push(["ping", Buffer.from(data).toString()]),
      pong: (_ws, data) => void calls.push(["pong", Buffer.from(data).toString()]),
      close: (_ws, code, reason) => void calls.push(["close", code, reason]),
      error: (_ws, error) => void calls.push(["error", error]),
    },
  };
}
