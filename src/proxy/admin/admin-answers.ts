// What the admin port answers to plain requests.

import type { HttpRequest, HttpResponse, UpgradeRefusal } from "../../server/index.js";
import { listConnections, parseConnectionQuery } from "./connection-list.js";
import { EXPOSITION_TYPE, encodeFamilies } from "./exposition.js";
import { isOwnHost } from "./host-guard.js";
import { inspectorPage } from "./inspector-page.js";
import type { Lookout } from "./lookout.js";
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

/** Requests that wait until something may be looked for; others are turned away. */
const MAX_WAITING = 32;

export interface AnswersHost {
  readonly view: ProxyView;
  /** The name under which it listens. */
  readonly name: string;
  /** Shared with the pages. */
  readonly lookout: Lookout;
  /** By itself: whoever counts on numbers waits for no page. */
  readonly metricsLookout: Lookout;
}

export class AdminAnswers {
  readonly #view: ProxyView;
  readonly #host: AnswersHost;

  constructor(host: AnswersHost) {
    this.#view = host.view;
    this.#host = host;
  }

  readonly answer = async (request: HttpRequest): Promise<HttpResponse> => {
    const { status = 200, headers, body } = await this.#answer(request);
    return {
      status,
      headers: { ...guards, ...(headers as Record<string, string>) },
      body: request.method === "HEAD" ? null : body,
    };
  };

  #answer({ method, pathname, url, headers }: HttpRequest): HttpResponse | Promise<HttpResponse> {
    if (!isOwnHost(headers.get("host"), this.#host.name)) return wrongHost;
    if (method !== "GET" && method !== "HEAD")
      return { ...text("only GET and HEAD are answered here\n", 405), headers: { Allow: "GET, HEAD" } };
    switch (pathname) {
      case "/":
        return inspectorPage();
      case "/metrics":
        return this.#metrics();
      case "/healthz":
        return text("ok\n");
      case "/readyz":
        return this.#readiness();
      case "/api/connections":
        return this.#connections(url.split("?", 2)[1]);
      case "/api/upstreams":
        return json(jsonText(this.#view.routes()));
      default:
        return text(
          "there is /, /metrics, /healthz, /readyz, /api/connections, /api/upstreams, and the WebSocket /live\n",
          404,
        );
    }
  }

  async #metrics(): Promise<HttpResponse> {
    const look = (): string => encodeFamilies(metricFamilies(this.#view, process));
    const body = await lookWith(this.#host.metricsLookout, "metrics", look);
    return body === undefined ? tooMany : { headers: { "Content-Type": EXPOSITION_TYPE }, body };
  }

  async #connections(search: string | undefined): Promise<HttpResponse> {
    const query = parseConnectionQuery(new URLSearchParams(search));
    const look = (): string => jsonText(listConnections(this.#view, query));
    const body = await lookWith(this.#host.lookout, `connections ${JSON.stringify(query)}`, look);
    return body === undefined ? tooMany : json(body);
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

const tooMany: HttpResponse = {
  ...text(`${MAX_WAITING} requests wait for an answer already: ask again later, and less often\n`, 503),
};

/** Resolves with what is found when there is time to look; with undefined, at once, where too many wait. */
function lookWith(lookout: Lookout, question: string, look: () => string): Promise<string | undefined> {
  if (lookout.waiting >= MAX_WAITING) return Promise.resolve(undefined);
  return new Promise((resolve) => lookout.ask({ take: resolve }, question, look));
}

function json(body: string): HttpResponse {
  return { headers: { "Content-Type": "application/json" }, body };
}

function jsonText(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}
