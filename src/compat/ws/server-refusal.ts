// How a server turns an opening handshake down: an HTTP response, and the end of the socket.

import { type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";

/** What is wrong with a request. */
export interface Refusal {
  readonly status: number;
  /** The body; that of the status where there is none. */
  readonly text?: string | undefined;
  readonly headers?: OutgoingHttpHeaders | undefined;
}

export function isRefusal(found: object): found is Refusal {
  return "status" in found;
}

/** Sends the response, with the text as its body, and ends the socket behind it. */
export function refuse(socket: Duplex, { status, text, headers }: Refusal): void {
  const reason = STATUS_CODES[status];
  const body = text || (reason as string);
  const sent: OutgoingHttpHeaders = {
    Connection: "close",
    "Content-Type": "text/html",
    "Content-Length": Buffer.byteLength(body),
    ...headers,
  };
  const lines = Object.entries(sent).map(([name, value]) => `${name}: ${value}`);
  socket.once("finish", socket.destroy);
  socket.end([`HTTP/1.1 ${status} ${reason}`, ...lines, "", body].join("\r\n"));
}

/** Answers a request that asks for no upgrade, on a server that has nothing else. */
export function refusePlainRequest(_request: IncomingMessage, response: ServerResponse): void {
  const body = STATUS_CODES[426] as string;
  response.writeHead(426, { "Content-Length": body.length, "Content-Type": "text/plain" });
  response.end(body);
}
