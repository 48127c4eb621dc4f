// The hooks of each phase, called: what they answer is checked, what they throw becomes one error, and what belongs to the framing
// of a message or to the handshake stays as it is, whatever they say.

import { isThenable, toError } from "../connection/index.js";
import {
  type HeaderInput,
  type HeaderList,
  HeaderMap,
  headerListOf,
  isHandshakeHeader,
} from "../handshake/index.js";
import { ProxyError } from "./errors.js";
import {
  type CheckedRefusal,
  checkRequestAnswer,
  checkResponseAnswer,
  checkVerdict,
  readRefusal,
} from "./hook-answers.js";
import type { MessageLook, ProxyExchange, ProxyHooks, ProxyMessage, ProxyMessageVerdict } from "./hooks.js";

export interface OutgoingHead {
  readonly target: string;
  readonly headers: HeaderList;
}

/** Whom the hooks are asked for. */
export interface Asking {
  readonly hooks: ProxyHooks;
  readonly exchange: ProxyExchange;
  /** Aborted when nobody waits for their answer any more: neither does the proxy then. */
  readonly gone: AbortSignal;
}

/** What answers the request in place of an upstream. Rejects with `ProxyError` `HOOK_FAILED` or the signal's reason, as the next
 * three. */
export async function askRequest({ hooks, exchange, gone }: Asking): Promise<CheckedRefusal | undefined> {
  const answer = (await answerOf("request", () => hooks.request?.(exchange), gone)) ?? undefined;
  return answer === undefined ? undefined : read("request", () => readRefusal(answer));
}

export async function tellSelected({ hooks, exchange, gone }: Asking): Promise<void> {
  await answerOf("upstreamSelected", () => hooks.upstreamSelected?.(exchange), gone);
}

/** What is sent to the upstream. */
export async function hookedRequest(
  { hooks, exchange, gone }: Asking,
  head: OutgoingHead,
): Promise<OutgoingHead> {
  if (hooks.upstreamRequest === undefined) return head;
  const shown = { method: exchange.method, target: head.target, headers: new HeaderMap(head.headers) };
  const answer = await answerOf("upstreamRequest", () => hooks.upstreamRequest?.(exchange, shown), gone);
  const { target = head.target, headers } = checked("upstreamRequest", answer ?? {}, checkRequestAnswer);
  return { target, headers: withFraming("upstreamRequest", headers, head.headers) };
}

/** What the client is told. */
export async function hookedResponse(
  { hooks, exchange, gone }: Asking,
  status: number,
  headers: HeaderList,
): Promise<HeaderList> {
  if (hooks.upstreamResponse === undefined) return headers;
  const shown = { status, headers: new HeaderMap(headers) };
  const answer = await answerOf("upstreamResponse", () => hooks.upstreamResponse?.(exchange, shown), gone);
  const given = checked("upstreamResponse", answer ?? {}, checkResponseAnswer);
  return withFraming("upstreamResponse", given.headers, headers);
}

/** What is to become of a message; undefined lets it pass, and null nothing. */
export async function askMessage(
  look: MessageLook,
  message: ProxyMessage,
): Promise<ProxyMessageVerdict | null | undefined> {
  try {
    const verdict = (await look(message)) as ProxyMessageVerdict | null | undefined;
    if (verdict !== null && verdict !== undefined) checkVerdict(verdict);
    return verdict;
  } catch (cause) {
    throw hookFailed("message", cause);
  }
}

function checked<Answer>(name: string, answer: Answer, check: (answer: Answer) => void): Answer {
  read(name, () => check(answer));
  return answer;
}

function read<Read>(name: string, reader: () => Read): Read {
  try {
    return reader();
  } catch (cause) {
    throw hookFailed(name, cause);
  }
}

async function answerOf<Answer>(
  name: string,
  ask: () => Answer | Promise<Answer>,
  gone: AbortSignal,
): Promise<Answer> {
  try {
    return await orGone(ask(), gone);
  } catch (cause) {
    throw gone.aborted ? gone.reason : hookFailed(name, cause);
  }
}

/** A hook may take as long as it likes, and its client with it, but nobody who has gone. */
function orGone<Answer>(answer: Answer | Promise<Answer>, gone: AbortSignal): Answer | Promise<Answer> {
  if (!isThenable(answer)) return answer;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(gone.reason);
    gone.addEventListener("abort", onAbort);
    if (gone.aborted) onAbort();
    Promise.resolve(answer)
      .then(resolve, reject)
      .finally(() => gone.removeEventListener("abort", onAbort));
  });
}

export function hookFailed(name: string, cause: unknown): ProxyError {
  return new ProxyError("HOOK_FAILED", `the hook ${name} failed: ${toError(cause).message}`, { cause });
}

function withFraming(name: string, given: HeaderInput | undefined, before: HeaderList): HeaderList {
  if (given === undefined) return before;
  const kept = before.filter(([header]) => isHandshakeHeader(header));
  const asked = read(name, () => headerListOf(given));
  return [...kept, ...asked.filter(([header]) => !isHandshakeHeader(header))];
}
