// What a server does without a module of somebody's.

import { setTimeout as sleep } from "node:timers/promises";
import type { WebSocketConnection } from "../../connection/index.js";
import type { ServerHandlers, WebSocketServer } from "../../server/index.js";
import { readLines } from "../line-reader.js";

const EVERYBODY = "everybody";
/** Above this, somebody reads more slowly than lines come. */
const SLOW_BYTES = 65_536;
/** How long everybody waits for whoever is slow, for each line. */
const PATIENCE_MS = 1000;

export const echoHandlers: ServerHandlers = {
  // A client that does not read its echo is not read either.
  message: (ws, data) => (ws.send(data) === "buffered" ? ws.drained() : undefined),
};

/** Everybody gets what anybody sends, the sender included. `server` is there when the first message is. */
export function broadcastHandlers(server: () => WebSocketServer): ServerHandlers {
  return {
    open: (ws) => ws.subscribe(EVERYBODY),
    message: (ws, data) => {
      server().publish(EVERYBODY, data);
      return ws.bufferedAmount > SLOW_BYTES ? ws.drained() : undefined;
    },
  };
}

/** Sends the lines of a stream to everybody, until it ends. `warn` is told once when they are no UTF-8. */
export async function broadcastLines(
  server: WebSocketServer,
  stream: AsyncIterable<Uint8Array>,
  warn: (text: string) => void,
): Promise<void> {
  const onReplaced = (line: number): void =>
    warn(`line ${line} of the input is no UTF-8, and U+FFFD is sent for what is not`);
  for await (const line of readLines(stream, onReplaced)) {
    server.publish(EVERYBODY, line);
    const slow = [...server.connections].filter((ws: WebSocketConnection) => ws.bufferedAmount > SLOW_BYTES);
    if (slow.length === 0) continue;
    const drained = Promise.all(slow.map((ws) => ws.drained()));
    await Promise.race([drained, sleep(PATIENCE_MS, undefined, { ref: false })]);
  }
}
