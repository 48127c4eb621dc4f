// What the admin port answers to plain requests.

import type { HttpRequest, HttpResponse, UpgradeRefusal } from "../../server/index.js";
import { listConnections, parseConnectionQuery } from "./connection-list.js";
import { EXPOSITION_TYPE, encodeFamilies } from "./exposition.js";
import { isOwnHost } from "./host-guard.js";
import { inspectorPage } from "./inspector-page.js";
import { metricFamilies } from "./metrics.js";
import type { ProxyView } from "./proxy-view.js";

/** Nothing here is for another site, nor for later. Each request has a connection of its own: the next one may be for another
 * process, which has taken the port over. */
const guards: Readonly<Record<string, string>> = {
  Connection: "close",
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Resource-Policy": "same-origin",
};

export class AdminAnswers {
  readonly #view: ProxyView;
  readonly #host: string;

  constructor(view: ProxyView, host: string) {
    this.#view = view;
    this.#host = host;
  }

  readonly answer = (request: HttpRequest): HttpResponse => {
    const { status = 200, headers, body } = this.#answer(request);
    return {
      status,
      headers: { ...guards, ...(headers as Record<string, string>) },
      body: request.method === "HEAD" ? null : body,
    };
  };

  #answer({ method, pathname, url, headers }: HttpRequest): HttpResponse {
    if (!isOwnHost(headers.get("host"), this.#host)) return wrongHost;
    if (method !== "GET" && method !== "HEAD")
      return { ...text("only GET and HEAD are answered here\n", 405), headers: { Allow: "GET, HEAD" } };
    switch (pathname) {
      case "/":
        return inspectorPage();
      case "/metrics":
        return {
          headers: { "Content-Type": EXPOSITION_TYPE },
          body: encodeFamilies(metricFamilies(this.#view, process)),
        };
      case "/healthz":
        return text("ok\n");
      case "/readyz":
        return this.#readiness();
      case "/api/connections":
        return json(
          listConnections(this.#view, parseConnectionQuery(new URLSearchParams(url.split("?", 2)[1]))),
        );
      case "/api/upstreams":
        return json(this.#view.routes());
      default:
        return text(
          "there is /, /metrics, /healthz, /readyz, /api/connections, /api/upstreams, and the WebSocket /live\n",
          404,
        );
    }
  }

  /** Ready is who takes requests and has somewhere to send them. */
  #readiness(): HttpResponse {
    if (this.#view.isDraining) return text("the proxy accepts nothing more\n", 503);
    const dead = this.#view.routes().filter(({ upstreams }) => !upstreams.some(({ isHealthy }) => isHealthy));
    if (dead.length === 0) return text("ready\n");
    const names = dead.map(({ name }) => name).join(", ");
    return text(`no upstream in service: ${names}\n`, 503);
  }
}

/** A name that anybody could have given this address. */
export const wrongHost: UpgradeRefusal = {
  status: 421,
  headers: { "Content-Type": "text/plain; charset=utf-8" },
  body: "this name is not answered; use an IP address, localhost, or the host that the admin port listens on\n",
};

function text(body: string, status = 200): HttpResponse {
  return { status, headers: { "Content-Type": "text/plain; charset=utf-8" }, body };
}

function json(value: unknown): HttpResponse {
  return { headers: { "Content-Type": "application/json" }, body: `${JSON.stringify(value)}\n` };
}
