// Upgrades that arrive at a server of Node's: `attach` and `accept`, and later requests of a kept-alive connection.

import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { HandshakeError, HeaderMap, refusalOf } from "../handshake/index.js";
import { SocketTransport } from "../transport/index.js";
import type { Outcome, Upgrader } from "./upgrader.js";

/** Decides about the upgrade and answers it. Resolves with the connection, or with why there is none. */
export async function upgradeFromHttp<Context>(
  upgrader: Upgrader<Context>,
  request: IncomingMessage,
  socket: Duplex,
  early: Uint8Array,
): Promise<Outcome<Context>> {
  (socket as Partial<Socket>).setTimeout?.(0);
  (socket as Partial<Socket>).setNoDelay?.(true);
  const transport = new SocketTransport(socket);
  const head = {
    method: request.method ?? "",
    target: request.url ?? "",
    version: request.httpVersion === "1.1" ? ("1.1" as const) : ("1.0" as const),
    headers: HeaderMap.fromFlat(request.rawHeaders),
  };
  const { remoteAddress, isSecure } = transport;
  const verdict = upgrader.admit({ head, remoteAddress, isSecure });
  const settled = verdict instanceof Promise ? await withDeadline(verdict, upgrader.settings.handshakeTimeoutMs) : verdict;
  return upgrader.conclude(settled, transport, early.length > 0 ? Uint8Array.from(early) : undefined);
}

async function withDeadline<T>(verdict: Promise<T>, timeoutMs: number): Promise<T | ReturnType<typeof timedOut>> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<ReturnType<typeof timedOut>>((resolve) => {
    timer = setTimeout(() => resolve(timedOut()), timeoutMs);
  });
  try {
    return await Promise.race([verdict, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

function timedOut(): { refusal: ReturnType<typeof refusalOf>; error: HandshakeError } {
  const error = new HandshakeError("HANDSHAKE_TIMED_OUT", "the upgrade hook did not decide in time");
  return { refusal: refusalOf(error), error };
}
