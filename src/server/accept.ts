// One upgrade of somebody else's HTTP server, taken by hand.

import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { WebSocketConnection } from "../connection/index.js";
import type { HeaderInput } from "../handshake/index.js";
import { describeValue, invalidArgument } from "../protocol/index.js";
import { ConnectionRegistry } from "./connection-registry.js";
import type { ServerHandlers } from "./handlers.js";
import { upgradeFromHttp } from "./http-upgrade.js";
import { acceptTable } from "./option-names.js";
import { type AdmissionOptions, resolveServerOptions } from "./server-options.js";
import { Upgrader } from "./upgrader.js";

/** What `accept` takes: it has no hook to wait for, and the head has been read. */
export interface AcceptOptions<Context = unknown> extends Omit<AdmissionOptions, "handshakeTimeoutMs"> {
  /** The subprotocol to answer with; one of those offered. Default: the first of `protocols` that was offered. */
  protocol?: string | undefined;
  /** Further headers of the 101 response. */
  headers?: HeaderInput | undefined;
  context?: Context | undefined;
}

/** Nobody counts, publishes to or closes what `accept` has opened, so one registry will do for all. */
const takenByHand = new ConnectionRegistry<unknown>();

/**
 * Takes one upgrade by hand, in a listener of an HTTP server's "upgrade" event. Resolves with the open connection, which
 * has no topics. Rejects with `HandshakeError` when the request is refused, which it has then been answered with.
 */
export async function accept<Context = unknown>(
  request: IncomingMessage,
  socket: Duplex,
  head: Uint8Array,
  options: AcceptOptions<Context> = {},
): Promise<WebSocketConnection<Context>> {
  checkArrival(request, socket, head);
  const settings = resolveServerOptions(options, acceptTable);
  const { protocol, headers, context } = options;
  const decide: ServerHandlers<Context> = { upgrade: () => ({ protocol, headers, context }) };
  const upgrader = new Upgrader<Context>(takenByHand, settings, decide, false);
  const outcome = await upgradeFromHttp(upgrader, request, socket, head);
  if (outcome instanceof Error) throw outcome;
  return outcome;
}

/** The three arguments of an "upgrade" event. */
function checkArrival(request: unknown, socket: unknown, head: unknown): void {
  const isRequest = Array.isArray((Object(request) as Partial<IncomingMessage>).rawHeaders);
  const isSocket = typeof (Object(socket) as Partial<Duplex>).write === "function";
  if (isRequest && isSocket && head instanceof Uint8Array) return;
  const given = [request, socket, head].map(describeValue).join(", ");
  throw invalidArgument(`accept takes request, socket and head of an "upgrade" event, not ${given}`);
}
