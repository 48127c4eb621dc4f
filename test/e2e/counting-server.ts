// A server whose connections can be told to end, for clients that come back.

import type { ConnectOptions, ServerHandlers } from "sluice";

/** Reconnects without waiting to speak of. */
export const quickly: ConnectOptions["reconnect"] = { minDelayMs: 1, maxDelayMs: 2, jitter: 0 };

/** Greets with the number of the connection, and says what comes back. */
export function counting(): ServerHandlers {
  let count = 0;
  return {
    open(ws) {
      ws.send(`hello ${++count}`);
    },
    message(ws, data) {
      if (data === "drop me") ws.terminate();
      else if (typeof data === "string" && data.startsWith("close ")) void ws.close(Number(data.slice(6)));
      else ws.send(data);
    },
  };
}
