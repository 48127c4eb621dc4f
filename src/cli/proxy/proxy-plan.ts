// What the command was asked to be, wherever it was said: by flags or in a file.

import type { CertificateOptions, ProxyOptions, ProxyTlsOptions } from "../../proxy/index.js";
import type { ListenPlace } from "./listen-text.js";

export interface ListenerPlan {
  /** What tells it from the others, and what messages call it: "8080", "127.0.0.1:8080", "unix:/run/proxy.sock". */
  readonly name: string;
  readonly target: ListenPlace & { readonly reusePort?: boolean | undefined };
  /** Without the certificates. */
  readonly tls: ProxyTlsOptions | undefined;
  readonly certificates: readonly CertificateOptions[];
  readonly proxyProtocol: boolean;
}

export interface AdminPlan {
  readonly port: number;
  readonly host: string;
}

export interface DrainPlan {
  /** The close code for every client. */
  readonly code: number;
  readonly timeoutMs: number;
  /** After a hand-over, until it drains. */
  readonly lingerMs: number;
}

export interface ProxyPlan {
  readonly listeners: readonly ListenerPlan[];
  readonly options: ProxyOptions;
  /** A file, or "-" for standard output. */
  readonly accessLog: string | undefined;
  readonly admin: AdminPlan | undefined;
  readonly drain: DrainPlan;
  /** Lines about what can be done, and may not be what was meant. */
  readonly warnings: readonly string[];
}

export const defaultDrain: DrainPlan = { code: 1012, timeoutMs: 10_000, lingerMs: Infinity };

/** "2 listeners, 3 routes, 4 upstreams" */
export function describePlan({ listeners, options }: ProxyPlan): string {
  const routes = options.routes ?? [options];
  const upstreams = routes.flatMap(({ to = options.to }) => to ?? []);
  const counts = [
    [listeners.length, "listener"],
    [routes.length, "route"],
    [upstreams.length, "upstream"],
  ] as const;
  return counts.map(([count, what]) => counted(count, what)).join(", ");
}

/** "1 route", "2 routes" */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
