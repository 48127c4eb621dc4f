// The admin port of a proxy: metrics, health, what is open, and the inspector's page.

import { createServer, type ServerHandlers } from "../../server/index.js";
import { type ReverseProxy, stateOf } from "../proxy.js";
import { AdminAnswers, wrongHost } from "./admin-answers.js";
import { type AdminOptions, resolveAdminOptions } from "./admin-options.js";
import { isOwnHost } from "./host-guard.js";
import { LiveSession } from "./live-session.js";
import type { ProxyView } from "./proxy-view.js";
import { StateView } from "./state-view.js";

/** What a page asks for is short. */
const MAX_COMMAND_BYTES = 4096;

export interface Admin {
  /** Of the inspector's page. */
  readonly url: string;
  /** Ends it, with every page that watches. */
  close(): Promise<void>;
}

/**
 * Listens on an admin port: `/metrics` for Prometheus, `/healthz`, `/readyz`, `/api/connections`, `/api/upstreams`, and the
 * inspector at `/`. It asks nobody for a password: who can connect sees what passes. Rejects with `TransportError` where it
 * cannot listen, and with `StateError` `INVALID_ARGUMENT` for options that are none.
 */
export async function startAdmin(proxy: ReverseProxy, options: AdminOptions): Promise<Admin> {
  const { port, host } = resolveAdminOptions(options);
  const view = new StateView(stateOf(proxy));
  const server = createServer<LiveSession>(handlersOf(view, host), {
    transport: "node",
    path: "/live",
    maxMessageBytes: MAX_COMMAND_BYTES,
  });
  const bound = await server.listen({ port, host });
  const url = `${new URL(bound.url).origin.replace(/^ws/, "http")}/`;
  return { url, close: () => server.close({ timeoutMs: 1000 }) };
}

function handlersOf(view: ProxyView, host: string): ServerHandlers<LiveSession> {
  const answers = new AdminAnswers(view, host);
  return {
    request: answers.answer,
    upgrade: ({ headers }) => (isOwnHost(headers.get("host"), host) ? undefined : wrongHost),
    open(ws) {
      ws.context = new LiveSession(view, ws, process);
      ws.context.start();
    },
    message: (ws, data) => ws.context.receive(String(data)),
    close: (ws) => ws.context.end(),
  };
}
