// The hooks of each phase, called: what they answer is checked, what they throw becomes one error, and what belongs to the framing
// of a message or to the handshake stays as it is, whatever they say.

import { toError } from "../connection/index.js";
import { type HeaderList, HeaderMap, headerListOf, isHandshakeHeader } from "../handshake/index.js";
import { ProxyError } from "./errors.js";
import type { ProxyExchange, ProxyHooks, ProxyRefusal } from "./hooks.js";

export interface OutgoingHead {
  readonly target: string;
  readonly headers: HeaderList;
}

/** What answers the request in place of an upstream. Rejects with `ProxyError` `HOOK_FAILED`, as the next three. */
export async function askRequest(
  hooks: ProxyHooks,
  exchange: ProxyExchange,
): Promise<ProxyRefusal | undefined> {
  try {
    return (await hooks.request?.(exchange)) ?? undefined;
  } catch (cause) {
    throw hookFailed("request", cause);
  }
}

export async function tellSelected(hooks: ProxyHooks, exchange: ProxyExchange): Promise<void> {
  try {
    await hooks.upstreamSelected?.(exchange);
  } catch (cause) {
    throw hookFailed("upstreamSelected", cause);
  }
}

/** What is sent to the upstream. */
export async function hookedRequest(
  hooks: ProxyHooks,
  exchange: ProxyExchange,
  head: OutgoingHead,
): Promise<OutgoingHead> {
  if (hooks.upstreamRequest === undefined) return head;
  try {
    const shown = { method: exchange.method, target: head.target, headers: new HeaderMap(head.headers) };
    const answer = await hooks.upstreamRequest(exchange, shown);
    const target = answer?.target ?? head.target;
    return answer?.headers === undefined
      ? { target, headers: head.headers }
      : { target, headers: withFraming(headerListOf(answer.headers), head.headers) };
  } catch (cause) {
    throw hookFailed("upstreamRequest", cause);
  }
}

/** What the client is told. */
export async function hookedResponse(
  hooks: ProxyHooks,
  exchange: ProxyExchange,
  status: number,
  headers: HeaderList,
): Promise<HeaderList> {
  if (hooks.upstreamResponse === undefined) return headers;
  try {
    const answer = await hooks.upstreamResponse(exchange, { status, headers: new HeaderMap(headers) });
    return answer?.headers === undefined ? headers : withFraming(headerListOf(answer.headers), headers);
  } catch (cause) {
    throw hookFailed("upstreamResponse", cause);
  }
}

export function hookFailed(name: string, cause: unknown): ProxyError {
  return new ProxyError("HOOK_FAILED", `the hook ${name} failed: ${toError(cause).message}`, { cause });
}

function withFraming(given: HeaderList, before: HeaderList): HeaderList {
  const kept = before.filter(([name]) => isHandshakeHeader(name));
  return [...kept, ...given.filter(([name]) => !isHandshakeHeader(name))];
}
