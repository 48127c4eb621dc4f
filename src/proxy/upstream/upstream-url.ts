// What the URL of an upstream may not have, though others may.

import type { Address } from "../../client/index.js";
import { socketPathProblem } from "../socket-path.js";
import type { Told } from "../words.js";

/** "user:password" in Base64 (RFC 7617 §2). */
const credentials = { Authorization: "Basic dXNlcjpwYXNzd29yZA==" };

/** What of it would go unheard, be shown to many, or lead nowhere, with what to do; undefined for nothing. */
export function addressProblem({ target, socketPath }: Address): Told | undefined {
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
