// One function for everything: HTTP requests and WebSocket messages, told apart by `type`.

import { isThenable, type WebSocketConnection } from "../connection/index.js";
import type { HeaderMap } from "../handshake/index.js";
import { describeValue, invalidArgument } from "../protocol/index.js";
import type { ServerHandlers } from "./handlers.js";
import type { HttpRequest, HttpResponse } from "./http-exchange.js";

/** One message of a WebSocket, with what the request that opened it said. */
export interface MessageRequest {
  readonly type: "websocket";
  readonly ws: WebSocketConnection;
  readonly data: string | Uint8Array;
  readonly isBinary: boolean;
  readonly url: string;
  readonly pathname: string;
  readonly headers: HeaderMap;
  readonly remoteAddress: string | undefined;
}

/** What answers: an HTTP response (404 for nothing), or for a message the reply to send. Anything else is a fault of the
 * function: 500, or close code 1011. */
export type UnifiedAnswer = HttpResponse | Response | string | Uint8Array | undefined | void;
export type UnifiedHandler = (
  request: MessageRequest | HttpRequest,
) => UnifiedAnswer | Promise<UnifiedAnswer>;

/** Looks at the request only when asked: there is one of these per message. */
class ReceivedMessage implements MessageRequest {
  readonly type = "websocket";
  readonly ws: WebSocketConnection;
  readonly data: string | Uint8Array;
  readonly isBinary: boolean;

  constructor(ws: WebSocketConnection, data: string | Uint8Array, isBinary: boolean) {
    this.ws = ws;
    this.data = data;
    this.isBinary = isBinary;
  }

  get url(): string {
    return this.ws.request.url;
  }

  get pathname(): string {
    return this.ws.request.pathname;
  }

  get headers(): HeaderMap {
    return this.ws.request.headers;
  }

  get remoteAddress(): string | undefined {
    return this.ws.request.remoteAddress;
  }
}

/** The same as handlers. */
export function toHandlers(handler: UnifiedHandler): ServerHandlers {
  return {
    message(ws, data, isBinary) {
      const answer = handler(new ReceivedMessage(ws, data, isBinary));
      if (isThenable(answer)) return Promise.resolve(answer).then((settled) => reply(ws, settled));
      reply(ws, answer);
      return undefined;
    },
    async request(request) {
      const answer = await handler(request);
      if (typeof answer === "string" || answer instanceof Uint8Array) return { body: answer };
      return answer ?? { status: 404 };
    },
  };
}

function reply(ws: WebSocketConnection, answer: UnifiedAnswer): void {
  if (answer === undefined) return;
  if (typeof answer !== "string" && !(answer instanceof Uint8Array)) {
    const text = `the function answered a message with ${describeValue(answer)}; it answers a string or bytes, or nothing`;
    throw invalidArgument(`${text}; use JSON.stringify for objects`);
  }
  ws.send(answer);
}
