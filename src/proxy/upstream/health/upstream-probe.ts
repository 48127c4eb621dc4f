// One check of an upstream: a connection as a request would have it, and where there is a path, the answer to a GET.

import { dial, exchangeHeads } from "../../../client/index.js";
import { encodeRequestHead, type HeaderList } from "../../../handshake/index.js";
import type { Upstream } from "../upstream.js";
import type { ActiveHealthSettings } from "./active-health.js";

export type Probe = (
  upstream: Upstream,
  settings: Pick<ActiveHealthSettings, "path" | "statuses" | "preamble">,
  signal: AbortSignal,
) => Promise<void>;

/** Rejects for an upstream that is not well, and with the signal's reason. Nothing stays open. */
export const probeUpstream: Probe = async (upstream, { path, statuses, preamble }, signal) => {
  const transport = await dial(upstream.address.target, { ...upstream.dial, preamble }, signal);
  try {
    // A proxy that has nothing else to do may end.
    transport.setKeepAlive(false);
    if (path === undefined) return;
    const headers: HeaderList = [
      ["Host", upstream.hostHeader],
      ["User-Agent", "sluice"],
      ["Connection", "close"],
    ];
    const request = encodeRequestHead("GET", path, headers);
    const { status } = (await exchangeHeads(transport, request, signal, "the upstream")).head;
    const isGood = statuses === undefined ? status >= 200 && status < 400 : statuses.includes(status);
    if (!isGood) {
      const wanted = statuses === undefined ? "200 to 399" : statuses.join(", ");
      throw new Error(`GET ${path} was answered with ${status}; good is ${wanted} (health.active.statuses)`);
    }
  } finally {
    transport.destroy();
  }
};
