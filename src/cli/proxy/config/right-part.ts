// What is right of a config, with stand-ins for what is not, so that the rest can be looked at.

import type { UpstreamOptions, UpstreamTarget } from "../../../proxy/index.js";
import type { ConfigReader } from "./config-reader.js";
import type { RouteValue } from "./config-values.js";

/** What fits whatever stands beside it. */
const standIns = { path: "/", pathPrefix: "/", mode: "inspect", to: "wss://127.0.0.1" } as const;

/** The options of a route, or those beside the routes, by themselves. */
export function rightPart<Part extends Pick<RouteValue, "to">>(part: Part, reader: ConfigReader): Part {
  const { to, ...others } = part;
  const right = Object.entries(others).filter(([name]) => !reader.isBroken(part, name));
  const broken = Object.entries(standIns).filter(
    ([name]) => reader.isBroken(part, name) && !isOtherPath(part, name, reader),
  );
  const upstreams = to === undefined ? {} : { to: rightUpstreams(to as Upstreams, reader) };
  return Object.fromEntries([...right, ...broken, ...Object.entries(upstreams)]) as Part;
}

/** Whether it is one of two paths that may have been meant, and does not stand there. */
function isOtherPath(part: object, name: string, reader: ConfigReader): boolean {
  if (reader.has(part, name)) return false;
  if (name === "pathPrefix") return reader.has(part, "path");
  return name === "path" && reader.isBroken(part, "pathPrefix");
}

type Upstreams = UpstreamTarget | readonly UpstreamTarget[];

function rightUpstreams(to: Upstreams, reader: ConfigReader): Upstreams {
  return Array.isArray(to)
    ? reader.itemsOf(to as readonly UpstreamTarget[]).map((each, index) => rightUpstream(each, index, reader))
    : rightUpstream(to as UpstreamTarget, 0, reader);
}

/** No two of them stand in for each other. */
function rightUpstream(
  upstream: UpstreamTarget | undefined,
  index: number,
  reader: ConfigReader,
): UpstreamTarget {
  const standIn = `${standIns.to}/${index}`;
  if (upstream === undefined) return standIn;
  if (typeof upstream === "string") return upstream;
  const right = Object.entries(upstream).filter(([name]) => !reader.isBroken(upstream, name));
  const url = reader.isBroken(upstream, "url") ? { url: standIn } : {};
  return { ...(Object.fromEntries(right) as unknown as UpstreamOptions), ...url };
}
