// Requests that are no upgrades: to the application's handler, or 426.

import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { HeaderMap, parseAuthority, parseRequestTarget, reasonOf } from "../handshake/index.js";
import { LimitError } from "../protocol/index.js";
import type { ServerHandlers } from "./handlers.js";
import { refuse, sendAnswer } from "./http-answer.js";
import { NodeHttpRequest, toStandardRequest } from "./http-exchange.js";
import type { AcceptSettings } from "./server-options.js";
import { toError } from "./thrown-value.js";

/** Answers one request. Never throws: what a handler throws goes to `report`, and the client gets 500. */
export async function answerPlainHttp<Context>(
  message: IncomingMessage,
  response: ServerResponse,
  handlers: ServerHandlers<Context>,
  settings: AcceptSettings,
  report: (error: Error) => void,
): Promise<void> {
  const request = readRequest(message, settings);
  if (typeof request === "number") {
    refuse(response, request);
    return;
  }
  try {
    if (handlers.request !== undefined)
      await sendAnswer((await handlers.request(request)) ?? { status: 404 }, response, () => {});
    else if (handlers.fetch !== undefined)
      await sendAnswer(await handlers.fetch(toStandardRequest(request)), response, () => {});
    else {
      // RFC 9110 §15.5.22: a 426 names the protocol that is spoken here.
      response.writeHead(426, { Upgrade: "websocket", Connection: "Upgrade", "Content-Type": "text/plain" });
      response.end("Upgrade Required\n");
    }
  } catch (thrown) {
    const error = toError(thrown);
    // A client that goes away while it is being answered is nobody's fault.
    if (!response.destroyed) report(error);
    if (response.headersSent || response.destroyed) response.destroy();
    else if (error instanceof LimitError && error.code === "BODY_TOO_LARGE")
      refuseBody(message, response, settings.connection.closeTimeoutMs);
    else refuse(response, 500);
  }
}

/** Reads and forgets the rest of the body, for a client may read no answer while it writes; but not for long. */
function refuseBody(message: IncomingMessage, response: ServerResponse, timeoutMs: number): void {
  const timer = setTimeout(() => response.destroy(), timeoutMs).unref();
  message.once("end", () => response.end());
  message.once("close", () => clearTimeout(timer));
  response.write(beginRefusal(response, 413, {}));
  message.resume();
}

/** The request, or the status that answers one which no handler should see. */
function readRequest(
  message: IncomingMessage,
  { headLimits, maxBodyBytes }: AcceptSettings,
): NodeHttpRequest | number {
  const headers = HeaderMap.fromFlat(message.rawHeaders);
  if (headers.size > headLimits.maxHeaders) return 431;
  // RFC 9112 §3.2: "A server MUST respond with a 400 (Bad Request) status code to … any request message that contains
  // more than one Host header field line or a Host header field with an invalid field value."
  const host = headers.get("host");
  if (headers.count("host") > 1 || (host !== undefined && parseAuthority(host, 0) === undefined)) return 400;
  const { url = "/" } = message;
  const target = url === "*" ? { resourceName: url, path: url } : parseRequestTarget(url, host ?? "");
  return target === undefined ? 400 : new NodeHttpRequest(message, headers, target, maxBodyBytes);
}

/** Writes the head and answers the body. */
function beginRefusal(response: ServerResponse, status: number, headers: OutgoingHttpHeaders): string {
  for (const name of response.getHeaderNames()) response.removeHeader(name);
  const body = `${reasonOf(status)}\n`;
  response.writeHead(status, { "Content-Type": "text/plain", "Content-Length": body.length, ...headers });
  return body;
}
