// What the proxy answers by itself, in place of an upstream.

import { reasonOf } from "../handshake/index.js";
import { ProxyError } from "./errors.js";
import type { Passed } from "./exchange.js";
import type { ProxyRefusal } from "./hooks.js";

/** Says no more than its status: nothing of what is behind the proxy shows. */
export function statusAnswer(status: number): ProxyRefusal {
  return { status, body: `${reasonOf(status)}\n` };
}

/** For a request that got no answer of an upstream's because of this. */
export function failureAnswer(error: Error): ProxyRefusal {
  return statusAnswer(error instanceof ProxyError ? error.status : 502);
}

/** What of it comes behind the head. RFC 9110 §9.3.2: to a request with HEAD nothing does. */
export function passedBy({ body = "" }: Pick<ProxyRefusal, "body">, method: string): Passed {
  return { bytesReceived: 0, bytesSent: method === "HEAD" ? 0 : Buffer.byteLength(body) };
}
