// What it means that an upstream has not answered a plain request, or not all of it.

import { toError } from "../../connection/index.js";
import { ProxyError } from "../errors.js";
import type { Upstream } from "../upstream/upstream.js";
import { BodyFailure } from "./upstream-request.js";

/** Why there is no answer. */
export function noAnswer(cause: unknown, { url }: Upstream): ProxyError {
  if (cause instanceof ProxyError) return cause;
  if (cause instanceof BodyFailure) return new ProxyError("CLIENT_GONE", cause.message, { cause });
  return new ProxyError("UPSTREAM_INVALID", `upstream ${url}: ${toError(cause).message}`, { cause });
}

/** Why an answer ended before its body had. */
export function brokenOff(cause: unknown, upstream: Upstream): ProxyError {
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code !== "ECONNRESET" || message !== "aborted") return noAnswer(cause, upstream);
  const text = `upstream ${upstream.url} ended the connection within its answer`;
  return new ProxyError("UPSTREAM_INVALID", text, { cause });
}
