// What the sends of a WebSocket have in common, whatever state it is in.

import { channelOf } from "./channel.js";
import { isBlob, toBuffer } from "./data.js";
import type { SendCallback } from "./frame-gatherer.js";
import { readyStateNames, readyStates } from "./ready-state.js";
import type { ControlCallback, WebSocket } from "./websocket.js";

const NO_BYTES = Buffer.alloc(0);

/** Throws while the opening handshake is under way. */
export function assertConnected(ws: WebSocket): void {
  if (ws._readyState === readyStates.CONNECTING)
    throw new Error("WebSocket is not open: readyState 0 (CONNECTING)");
}

/** Sends a ping or a pong. */
export function sendControl(
  ws: WebSocket,
  kind: "ping" | "pong",
  data: unknown,
  mask: boolean | ControlCallback | undefined,
  callback: ControlCallback | undefined,
): void {
  assertConnected(ws);
  const done = [data, mask, callback].find((value) => typeof value === "function") as
    | SendCallback
    | undefined;
  const payload = typeof data === "function" ? undefined : typeof data === "number" ? data.toString() : data;
  const channel = channelOf(ws);
  if (ws._readyState !== readyStates.OPEN || channel === undefined) {
    sentTooLate(ws, payload, done);
    return;
  }
  const isMasked = typeof data !== "function" && typeof mask === "boolean" ? mask : !ws._isServer;
  channel.sender[kind](payload || NO_BYTES, isMasked, done);
}

/** Counts what is sent once the closing handshake has begun, and calls back why it does not leave. */
export function sentTooLate(ws: WebSocket, data: unknown, callback: SendCallback | undefined): void {
  const channel = channelOf(ws);
  if (data) {
    const length = isBlob(data) ? data.size : toBuffer(data).length;
    if (channel === undefined) ws._bufferedAmount += length;
    else channel.sender._bufferedBytes += length;
  }
  if (callback === undefined) return;
  // Those of what was sent before are called first.
  channel?.flush();
  const name = readyStateNames[ws._readyState];
  const error = new Error(`WebSocket is not open: readyState ${ws._readyState} (${name})`);
  process.nextTick(callback, error);
}
