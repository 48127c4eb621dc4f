// Requests that are no upgrades: to the application's handler, or 426.

import type { IncomingMessage, ServerResponse } from "node:http";
import type { ServerHandlers } from "./handlers.js";
import { BodyTooLargeError, NodeHttpRequest, sendResponse, toStandardRequest } from "./http-exchange.js";

/** Answers one request. Never throws: what a handler throws goes to `report`, and the client gets 500. */
export async function answerPlainHttp<Context>(
  message: IncomingMessage,
  response: ServerResponse,
  handlers: ServerHandlers<Context>,
  maxBodyBytes: number,
  report: (error: Error) => void,
): Promise<void> {
  try {
    const request = new NodeHttpRequest(message, maxBodyBytes);
    if (handlers.request !== undefined) await sendResponse((await handlers.request(request)) ?? { status: 404 }, response);
    else if (handlers.fetch !== undefined) await sendResponse(await handlers.fetch(toStandardRequest(request)), response);
    else {
      // RFC 9110 §15.5.22: a 426 names the protocol that is spoken here.
      response.writeHead(426, { Upgrade: "websocket", Connection: "Upgrade", "Content-Type": "text/plain" });
      response.end("Upgrade Required\n");
    }
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(`a handler threw ${String(thrown)}`, { cause: thrown });
    const isTooLarge = error instanceof BodyTooLargeError;
    // A client that goes away while it is being answered is nobody's fault.
    if (!response.destroyed) report(error);
    if (response.headersSent || response.destroyed) response.destroy();
    else {
      for (const name of response.getHeaderNames()) response.removeHeader(name);
      response.writeHead(isTooLarge ? 413 : 500, { "Content-Type": "text/plain", Connection: "close" });
      response.end(isTooLarge ? "Content Too Large\n" : "Internal Server Error\n");
    }
  }
}
