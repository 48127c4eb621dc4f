// The URL of an upstream, as people write it.

import { parseWebSocketUrl } from "../../client/index.js";

/** What is wrong with it, with what to write instead; undefined for nothing. */
export function upstreamUrlProblem(url: string): string | undefined {
  if (/^[\w.-]+:\d+(?:\/|$)/.test(url)) return `has no scheme; write "ws://${url}"`;
  try {
    const { authorization, target } = parseWebSocketUrl(url).target;
    if (authorization !== undefined)
      return "has a user name or password, which logs and metrics would show; use requestHeaders: { Authorization }";
    if (target.includes("?")) return "has a query; only a path is put before that of requests";
    return undefined;
  } catch (error) {
    const { message } = error as Error;
    const advice = message.includes(";") ? "" : '; write one such as "ws://127.0.0.1:3000"';
    return `is no URL of an upstream: ${message}${advice}`;
  }
}
