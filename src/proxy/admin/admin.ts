// The admin port of a proxy: metrics, health, what is open, and the inspector's page.

import { createServer, type UpgradeOffering, type UpgradeRefusal } from "../../server/index.js";
import { type ReverseProxy, viewOf } from "../proxy.js";
import { AdminAnswers, wrongHost } from "./admin-answers.js";
import { type AdminOptions, resolveAdminOptions } from "./admin-options.js";
import { isOwnHost } from "./host-guard.js";

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
  const view = viewOf(proxy);
  const answers = new AdminAnswers(view, host);
  const upgrade = ({ headers }: UpgradeOffering): UpgradeRefusal | undefined =>
    isOwnHost(headers.get("host"), host) ? undefined : wrongHost;
  const server = createServer({ request: answers.answer, upgrade }, { transport: "node", path: "/live" });
  const bound = await server.listen({ port, host });
  const url = `${new URL(bound.url).origin.replace(/^ws/, "http")}/`;
  return { url, close: () => server.close({ timeoutMs: 1000 }) };
}
