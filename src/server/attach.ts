// WebSockets on a server that somebody else made.

import { describeValue, invalidArgument, isRecord } from "../protocol/index.js";
import { type CloseOptions, resolveCloseOptions } from "./close-options.js";
import { ConnectionRegistry } from "./connection-registry.js";
import { checkAttachedHandlers, type ServerHandlers } from "./handlers.js";
import { attachTable } from "./option-names.js";
import type { WebSocketService } from "./server.js";
import { type AttachOptions, resolveServerOptions } from "./server-options.js";
import { type AnyHttpServer, switchboardOf } from "./switchboard.js";
import {
  type MessageRequest,
  toHandlers,
  type UnifiedAnswer,
  type UnifiedHandler,
} from "./unified-handler.js";
import { Upgrader } from "./upgrader.js";

/** Handlers without those for plain HTTP, or one function for messages. */
export type AttachHandlers<Context> =
  | Omit<ServerHandlers<Context>, "request" | "fetch">
  | ((request: MessageRequest) => UnifiedAnswer | Promise<UnifiedAnswer>);

/**
 * Serves the upgrades of an existing server. Several may be attached to one server, for different paths; upgrades of
 * other paths are left alone when somebody else listens for them, and answered with 404 otherwise. Throws `StateError`
 * `INVALID_ARGUMENT` for what is no server, for handlers that are none, and for an option that is out of range or not known,
 * and `ALREADY_USED` for a path that another serves.
 */
export function attach<Context = unknown>(
  server: AnyHttpServer,
  handlers: AttachHandlers<Context>,
  options: AttachOptions = {},
): WebSocketService<Context> {
  checkHttpServer(server);
  const given =
    typeof handlers === "function"
      ? (toHandlers(handlers as UnifiedHandler) as ServerHandlers<Context>)
      : handlers;
  if (isRecord(handlers) && ("request" in handlers || "fetch" in handlers)) {
    const text =
      "attach serves upgrades only: plain requests stay with the HTTP server, so `request` and `fetch` have no use";
    throw invalidArgument(text);
  }
  checkAttachedHandlers(handlers);
  const registry = new ConnectionRegistry<Context>();
  const upgrader = new Upgrader(registry, resolveServerOptions(options, attachTable), given);
  const switchboard = switchboardOf(server);
  switchboard.add(upgrader as never);
  return {
    connections: registry.connections.view,
    publish: (topic, data, sendOptions = {}) => registry.topics.publish(topic, data, sendOptions, undefined),
    metrics: () => registry.metrics(),
    async close(closeOptions?: CloseOptions): Promise<void> {
      const { code, reason, timeoutMs } = resolveCloseOptions(closeOptions);
      registry.beginClosing(code, reason);
      switchboard.remove(upgrader as never);
      await registry.drain(code, reason, timeoutMs);
    },
  };
}

/** A server of `node:http` or `node:https`, or one that behaves like it. */
function checkHttpServer(server: unknown): void {
  const { on, off, listenerCount, address } = Object(server) as Partial<AnyHttpServer>;
  const isServer = [on, off, listenerCount, address].every((method) => typeof method === "function");
  if (typeof server === "object" && isServer) return;
  let advice = "it takes a server of node:http or node:https";
  if (typeof server === "function") advice = "pass the server, as in attach(createServer(app), …)";
  else if (isRecord(server) && "server" in server) advice = "pass its server";
  else if (isRecord(server) && "callback" in server)
    advice = "pass the server, as listen() of the application answers it";
  throw invalidArgument(`attach cannot serve the upgrades of ${describeValue(server)}; ${advice}`);
}
