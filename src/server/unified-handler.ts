// One function for everything: HTTP requests and WebSocket messages, told apart by `type`.

import type { WebSocketConnection } from "../connection/index.js";
import type { HeaderMap } from "../handshake/index.js";
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

/** What answers: an HTTP response, or for a message the reply to send. Nothing sends nothing. */
export type UnifiedAnswer = HttpResponse | Response | string | Uint8Array | undefined | void;
export type UnifiedHandler = (request: MessageRequest | HttpRequest) => UnifiedAnswer | Promise<UnifiedAnswer>;

/** The same as handlers. */
export function toHandlers(handler: UnifiedHandler): ServerHandlers {
  return {
    message(ws, data, isBinary) {
      const { url, pathname, headers, remoteAddress } = ws.request;
      const answer = handler({ type: "websocket", ws, data, isBinary, url, pathname, headers, remoteAddress });
      if (answer instanceof Promise) return answer.then((settled) => reply(ws, settled));
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
  if (typeof answer === "string" || answer instanceof Uint8Array) ws.send(answer);
}
