// The URL of an upstream, as people write it.

import { parseWebSocketUrl } from "../../client/index.js";
import { addressProblem, type Told } from "../../proxy/index.js";

/** What is wrong with it, with what to write instead; undefined for nothing. */
export function upstreamUrlProblem(url: string): Told | undefined {
  if (/^[\w.-]+:\d+(?:\/|$)/.test(url)) return `has no scheme; write "ws://${url}"`;
  try {
    return addressProblem(parseWebSocketUrl(url));
  } catch (error) {
    const { message } = error as Error;
    const advice = message.includes(";") ? "" : '; write one such as "ws://127.0.0.1:3000"';
    return `is no URL of an upstream: ${message}${advice}`;
  }
}
