// What hooks may answer, held against it: a misspelt word in a policy would otherwise let everything pass.

import { type HeaderList, hasNoContent, headerListOf, isHandshakeHeader } from "../handshake/index.js";
import { nodeEngine } from "../host/index.js";
import {
  checkOptions,
  checkType,
  closePayload,
  describeValue,
  invalidArgument,
  isRecord,
  type NamesOf,
  type OptionTable,
} from "../protocol/index.js";
import type {
  ProxyMessageVerdict,
  ProxyRefusal,
  UpstreamRequestAnswer,
  UpstreamResponseAnswer,
} from "./hooks.js";

const refusalTable: OptionTable = {
  owner: "an answer of request",
  names: { status: true, headers: true, body: true } satisfies NamesOf<ProxyRefusal>,
  hints: { statusCode: "use status", code: "use status" },
};
const requestTable: OptionTable = {
  owner: "an answer of upstreamRequest",
  names: { target: true, headers: true } satisfies NamesOf<UpstreamRequestAnswer>,
};
const responseTable: OptionTable = {
  owner: "an answer of upstreamResponse",
  names: { headers: true } satisfies NamesOf<UpstreamResponseAnswer>,
};
const verdictTable: OptionTable = {
  owner: "an answer of message",
  names: { data: true, close: true } satisfies NamesOf<ProxyMessageVerdict>,
};
const closeTable: OptionTable = {
  owner: "close in an answer of message",
  names: { code: true, reason: true } satisfies NamesOf<NonNullable<ProxyMessageVerdict["close"]>>,
};

/** What answers a request in place of an upstream. */
export interface CheckedRefusal extends ProxyRefusal {
  /** But for those that the answer says itself, such as its length. */
  readonly headers: HeaderList;
}

/** Of the hook request. Each of these throws `StateError` for what the hook may not answer. */
export function readRefusal(answer: ProxyRefusal): CheckedRefusal {
  checkAnswer("request", answer, "an object such as { status: 403 }, or nothing to let the request pass");
  checkOptions(answer, refusalTable);
  const { status, headers, body } = answer;
  if (!Number.isInteger(status) || status < 200 || status > 599)
    throw invalidArgument(`status is ${describeValue(status)}; it takes an integer from 200 to 599`);
  if (body !== undefined && !isPayload(body))
    throw invalidArgument(`body is ${describeValue(body)}; it takes a string or a Uint8Array`);
  const told = headerListOf(headers ?? []).filter(([name]) => !isHandshakeHeader(name));
  // With a plain request Node leaves out what nobody may be shown, and so it is with an upgrade.
  return { status, headers: told, body: hasNoContent(status) ? undefined : body };
}

export function checkRequestAnswer(answer: UpstreamRequestAnswer): void {
  checkAnswer("upstreamRequest", answer, `an object such as { target: "/room" }, ${unchanged}`);
  checkOptions(answer, requestTable);
  if (answer.target !== undefined) checkTarget(answer.target);
}

export function checkResponseAnswer(answer: UpstreamResponseAnswer): void {
  checkAnswer("upstreamResponse", answer, `an object such as { headers: {} }, ${unchanged}`);
  checkOptions(answer, responseTable);
}

export function checkVerdict(answer: ProxyMessageVerdict): void {
  const takes = "{ data } or { close }, null to let nothing pass, or nothing to let the message pass";
  checkAnswer("message", answer, takes);
  checkOptions(answer, verdictTable);
  const { data, close } = answer;
  if ((data === undefined) === (close === undefined))
    throw invalidArgument("an answer of message has data or close; null lets nothing pass");
  if (data !== undefined && !isPayload(data))
    throw invalidArgument(`data is ${describeValue(data)}; it takes a string or a Uint8Array`);
  if (close === undefined) return;
  checkType("close", close, "object", 'an object such as { code: 1008, reason: "spam" }');
  checkOptions(close, closeTable);
  if (close.code === undefined) throw invalidArgument("close has no code; it takes one, such as 1008");
  closePayload(nodeEngine, close.code, close.reason ?? "");
}

const unchanged = "or nothing to let the head pass as it is";

function checkAnswer(hook: string, answer: unknown, takes: string): void {
  if (!isRecord(answer))
    throw invalidArgument(`the hook ${hook} answered ${describeValue(answer)}; it takes ${takes}`);
}

function isPayload(value: unknown): boolean {
  return typeof value === "string" || value instanceof Uint8Array;
}

/** Of an HTTP request (RFC 9112 §3.2). */
function checkTarget(target: unknown): void {
  if (typeof target === "string" && /^[\x21-\x7e]+$/.test(target)) return;
  const takes = 'a path and a query of visible ASCII, such as "/room?id=7"; percent-encode what is none';
  throw invalidArgument(`target is ${describeValue(target)}; it takes ${takes}`);
}
