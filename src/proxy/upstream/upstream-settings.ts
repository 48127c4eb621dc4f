// The options about upstreams with their values, checked.

import { checkOptions, describeValue, invalidArgument, isRecord } from "../../protocol/index.js";
import { upstreamTable } from "../option-names.js";
import type { RouteOptions } from "../route-options.js";
import type { UpstreamOptions, UpstreamTarget } from "./upstream-options.js";

export interface UpstreamsSettings {
  readonly upstreams: readonly UpstreamOptions[];
}

export function resolveUpstreams({ to }: RouteOptions): UpstreamsSettings {
  const given: readonly unknown[] = Array.isArray(to) ? to : [to];
  if (given.length === 0)
    throw invalidArgument("to is an empty list; it takes the URL of at least one upstream");
  return { upstreams: given.map((target) => resolveUpstream(target as UpstreamTarget)) };
}

function resolveUpstream(target: UpstreamTarget): UpstreamOptions {
  if (typeof target === "string") return { url: target };
  if (!isRecord(target)) {
    const text = `an upstream in to is ${describeValue(target)}; it takes a URL such as "ws://127.0.0.1:3000", or { url }`;
    throw invalidArgument(text);
  }
  checkOptions(target, upstreamTable);
  return target as UpstreamOptions;
}
