// How a client gives up its opening handshake.

import type { ClientRequest } from "node:http";
import type { Duplex } from "node:stream";
import { readyStates } from "./ready-state.js";
import type { WebSocket } from "./websocket.js";

const aborted = new WeakSet<ClientRequest>();

/** Whether the request's own errors are of no interest any more. */
export function isAborted(request: ClientRequest): boolean {
  return aborted.has(request);
}

/** Ends a WebSocket that never opened. */
export function emitErrorAndClose(ws: WebSocket, error: Error): void {
  ws._readyState = readyStates.CLOSING;
  ws._errorEmitted = true;
  ws.emit("error", error);
  ws.emitClose();
}

/** Ends the request, or the socket that an answer came on, and then the WebSocket with an error of this text. */
export function abortHandshake(ws: WebSocket, stream: ClientRequest | Duplex, text: string): void {
  ws._readyState = readyStates.CLOSING;
  const error = new Error(text);
  Error.captureStackTrace(error, abortHandshake);
  if (isRequest(stream)) {
    aborted.add(stream);
    // As `ws` does: a program may listen for "abort".
    stream.abort();
    // A request that was answered does not take its socket with it.
    if (stream.socket && !stream.socket.destroyed) stream.socket.destroy();
    process.nextTick(emitErrorAndClose, ws, error);
    return;
  }
  stream.destroy(error);
  stream.once("error", (failure: Error) => ws.emit("error", failure));
  stream.once("close", () => ws.emitClose());
}

function isRequest(stream: ClientRequest | Duplex): stream is ClientRequest {
  return "setHeader" in stream;
}
