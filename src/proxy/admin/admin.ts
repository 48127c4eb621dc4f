// The admin port of a proxy: metrics, health, what is open, and the inspector's page.

import { createListener } from "../../carrier/index.js";
import { systemClock } from "../../host/index.js";
import { CloseCode, invalidArgument } from "../../protocol/index.js";
import {
  createServer,
  deliver,
  describeAddress,
  type ServerHandlers,
  type UpgradeRefusal,
  type WebSocketServer,
} from "../../server/index.js";
import type { BoundAddress, ListenAddress, Listener } from "../../transport/index.js";
import type { ListeningDescriptor } from "../listening/hand-over.js";
import { nameOfBound } from "../listening/listening-point.js";
import { type ReverseProxy, stateOf } from "../proxy.js";
import type { ProxyState } from "../proxy-state.js";
import { AdminAnswers, wrongHost } from "./admin-answers.js";
import { type AdminOptions, resolveAdminOptions } from "./admin-options.js";
import { isOwnHost } from "./host-guard.js";
import { LiveSession } from "./live-session.js";
import { Lookout } from "./lookout.js";
import type { ProxyView } from "./proxy-view.js";
import { StateView } from "./state-view.js";

/** What a page asks for is short. */
const MAX_COMMAND_BYTES = 4096;
/** More than look after one proxy; what each costs beside snapshots, its frames, is bounded by `FrameFeed`. */
const MAX_PAGES = 32;
/** Pages have nothing to finish. */
const CLOSE_TIMEOUT_MS = 1000;

export interface Admin {
  /** Of the inspector's page. */
  readonly url: string;
  /** What `handOver` gives to another process beside the listeners of the proxy. Undefined where there is nothing to give. */
  readonly descriptor: ListeningDescriptor | undefined;
  /** Accepts nothing more and lets go of the socket, which another process goes on with. Pages are told to connect again; requests
   * that have come are answered. `close` comes afterwards. */
  leave(): void;
  /** Ends it, with every page that watches. */
  close(): Promise<void>;
}

class ListeningAdmin implements Admin {
  readonly #view: ProxyView;
  readonly #host: string;
  readonly #server: WebSocketServer<LiveSession>;
  /** Not the server's own, as its socket may go to another process. */
  readonly #listener: Listener;
  #bound: Exclude<BoundAddress, { path: string }> | undefined;
  #hasLeft = false;

  constructor(state: ProxyState, host: string) {
    this.#view = new StateView(state);
    this.#host = host;
    this.#server = createServer<LiveSession>(this.#handlers(), {
      transport: "node",
      path: "/live",
      maxMessageBytes: MAX_COMMAND_BYTES,
    });
    this.#listener = createListener("node", {
      accepted: (transport) => deliver(this.#server, transport),
      failed: (error) => state.report(error),
    });
  }

  async listen(address: ListenAddress): Promise<void> {
    const bound = await this.#listener.listen(address);
    if ("path" in bound) {
      this.#listener.close();
      throw invalidArgument("fd of startAdmin is a unix socket; it takes one that listens on a port");
    }
    this.#bound = bound;
  }

  get url(): string {
    const { url } = describeAddress(this.#bound as BoundAddress, false);
    return `${url.replace(/^ws/, "http")}/`;
  }

  get descriptor(): ListeningDescriptor | undefined {
    const { descriptor: fd } = this.#listener;
    return fd === undefined || this.#bound === undefined ? undefined : { fd, name: nameOfBound(this.#bound) };
  }

  leave(): void {
    this.#hasLeft = true;
    this.#listener.close();
    for (const page of this.#server.connections) void page.close(CloseCode.SERVICE_RESTART);
  }

  async close(): Promise<void> {
    this.#listener.close();
    await this.#server.close({ timeoutMs: CLOSE_TIMEOUT_MS });
  }

  #handlers(): ServerHandlers<LiveSession> {
    const [view, name] = [this.#view, this.#host];
    const [lookout, metricsLookout] = [new Lookout(systemClock), new Lookout(systemClock)];
    const host = { view, facts: process, clock: systemClock, lookout };
    return {
      request: new AdminAnswers({ view, name, lookout, metricsLookout }).answer,
      upgrade: ({ headers }) => {
        if (!isOwnHost(headers.get("host"), name)) return wrongHost;
        return this.#server.connections.size < MAX_PAGES ? undefined : tooManyPages;
      },
      open: (ws) => {
        ws.context = new LiveSession(host, ws);
        ws.context.start();
        if (this.#hasLeft) void ws.close(CloseCode.SERVICE_RESTART);
      },
      message: (ws, data) => ws.context.receive(String(data)),
      close: (ws) => ws.context.end(),
    };
  }
}

const tooManyPages: UpgradeRefusal = {
  status: 503,
  headers: { "Content-Type": "text/plain; charset=utf-8" },
  body: `${MAX_PAGES} pages watch already, and no more may: close one\n`,
};

/**
 * Listens on an admin port: `/metrics` for Prometheus, `/healthz`, `/readyz`, `/api/connections`, `/api/upstreams`, and the
 * inspector at `/`. It asks nobody for a password: who can connect sees what passes. Rejects with `TransportError` where it
 * cannot listen, and with `StateError` `INVALID_ARGUMENT` for options that are none.
 */
export async function startAdmin(proxy: ReverseProxy, options: AdminOptions): Promise<Admin> {
  const { address, host } = resolveAdminOptions(options);
  const admin = new ListeningAdmin(stateOf(proxy), host);
  await admin.listen(address);
  return admin;
}
