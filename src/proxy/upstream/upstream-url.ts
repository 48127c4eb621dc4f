// The URL of an upstream, and what it may not have though other URLs may.

import { type Address, parseWebSocketUrl } from "../../client/index.js";
import { socketPathProblem } from "../socket-path.js";
import type { Told } from "../words.js";

/** "user:password" in Base64 (RFC 7617 §2). */
const credentials = { Authorization: "Basic dXNlcjpwYXNzd29yZA==" };

/** Whether messages may show it. They are seen by as many as logs are, and what stands before an @ may be a password. */
export function isUrlShown(url: string): boolean {
  return !url.includes("@");
}

/** What is wrong with it, with what to write instead; undefined for nothing. Shows no password. */
export function upstreamUrlProblem(url: string): Told | undefined {
  // A host and a port alone parse as a URL whose scheme is the host.
  const isWithoutScheme = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d+)?(?:[/?]|$)/i.test(url);
  if (isWithoutScheme && URL.canParse(`ws://${url}`)) return `has no scheme; write "ws://${url}"`;
  try {
    return addressProblem(parseWebSocketUrl(url));
  } catch (error) {
    // Of what cannot be parsed, the message shows all.
    const why = URL.canParse(url) ? `: ${(error as Error).message}` : "";
    return `is no URL of an upstream${why}; write one such as "ws://127.0.0.1:3000"`;
  }
}

/** What of it would go unheard, be shown to many, or lead nowhere. */
function addressProblem({ target, socketPath }: Address): Told | undefined {
  const problem = socketPath === undefined ? undefined : socketPathProblem(socketPath);
  if (problem !== undefined) return problem;
  // As nginx has it: http://unix:/run/app.sock
  if (socketPath === undefined && target.hostHeader === "unix" && target.target !== "/")
    return `is a path on a host called unix; for a socket use "ws+unix:${target.target}"`;
  if (target.authorization !== undefined)
    return ({ setting }) =>
      `has a user name or password, which logs and metrics would show; use ${setting("requestHeaders", credentials)}`;
  return target.target.includes("?") ? "has a query; only a path is put before that of requests" : undefined;
}
