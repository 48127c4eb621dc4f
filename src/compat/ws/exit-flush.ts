// What has been sent leaves, also when the process ends before the turn does: `ws.send(…); process.exit()`.

import type { Gathered } from "./socket-order.js";

const waiting = new Set<Gathered>();
let isListening = false;
let isExiting = false;

/** Whether nobody will come to flush anything any more. */
export function isLeaving(): boolean {
  return isExiting;
}

/** What was gathered is flushed at the latest when the process exits. */
export function flushAtExit(what: Gathered): void {
  if (!isListening) process.on("exit", flushAll);
  isListening = true;
  waiting.add(what);
}

/** It has been flushed. */
export function hasFlushed(what: Gathered): void {
  waiting.delete(what);
}

function flushAll(): void {
  isExiting = true;
  for (const each of waiting) each.flush();
}
