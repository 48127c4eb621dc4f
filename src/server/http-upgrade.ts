// Upgrades that arrive at a server of Node's: `attach` and `accept`, and later requests of a kept-alive connection.

import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { encodeRequestHead, HeaderMap, hasToken, headerCountFailure, refusalOf } from "../handshake/index.js";
import { SocketTransport } from "../transport/index.js";
import type { Refused } from "./admission.js";
import { startDeadline } from "./handshake-deadline.js";
import type { UpgradeTaker } from "./upgrade-taker.js";

/** Decides about the upgrade and answers it. Resolves with what became of it, or with why nothing did. */
export async function upgradeFromHttp<Admitted, Outcome>(
  upgrader: UpgradeTaker<Admitted, Outcome>,
  request: IncomingMessage,
  socket: Duplex,
  early: Uint8Array,
): Promise<Outcome | Error> {
  (socket as Partial<Socket>).setTimeout?.(0);
  (socket as Partial<Socket>).setNoDelay?.(true);
  const transport = new SocketTransport(socket);
  const head = {
    method: request.method ?? "",
    target: request.url ?? "",
    version: request.httpVersion === "1.1" ? ("1.1" as const) : ("1.0" as const),
    headers: HeaderMap.fromFlat(request.rawHeaders),
  };
  const error = headerCountFailure(head.headers, upgrader.settings.headLimits);
  if (error !== undefined) {
    const { method, target: url, headers } = head;
    upgrader.refusedUnseen?.({ kind: "websocket", method, url, headers, peer: transport }, error);
    return upgrader.refuse({ refusal: refusalOf(error), error }, transport);
  }
  const verdict = upgrader.admit({ head, peer: transport });
  const behind = early.length > 0 ? Uint8Array.from(early) : undefined;
  if (!(verdict instanceof Promise)) return upgrader.conclude(verdict, transport, behind);
  const { answering } = upgrader.registry;
  answering.add(transport);
  const settled = await withinDeadline(verdict, upgrader.settings.handshakeTimeoutMs);
  const outcome = upgrader.conclude(settled, transport, behind);
  // A refusal is still to be read.
  if (!(outcome instanceof Error)) answering.delete(transport);
  return outcome;
}

/**
 * Gives a request that offered another protocol, such as h2c, back to Node's server as one that offers none. RFC 9110
 * §7.8: "A server MAY ignore a received Upgrade header field". `serve` takes the stream as a new connection.
 */
export function repeatWithoutUpgrade(
  request: IncomingMessage,
  stream: Duplex,
  early: Uint8Array,
  serve: (stream: Duplex) => void,
): void {
  const isPersistent = request.httpVersion === "1.1" && !hasToken(request.headers.connection, "close");
  const headers = [...HeaderMap.fromFlat(request.rawHeaders)].filter(
    ([name]) => !/^(?:upgrade|connection)$/i.test(name),
  );
  if (!isPersistent) headers.push(["Connection", "close"]);
  const head = encodeRequestHead(request.method ?? "", request.url ?? "", headers);
  if (early.length > 0) stream.unshift(early);
  stream.unshift(head);
  serve(stream);
  stream.resume();
}

/** The verdict, which is never a rejection, or that it comes too late. */
function withinDeadline<Admitted>(
  verdict: Promise<Admitted | Refused>,
  timeoutMs: number,
): Promise<Admitted | Refused> {
  return new Promise((resolve) => {
    const timer = startDeadline(timeoutMs, resolve);
    void verdict.then((settled) => {
      clearTimeout(timer);
      resolve(settled);
    });
  });
}
