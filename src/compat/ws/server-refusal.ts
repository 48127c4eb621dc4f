// How a server turns an opening handshake down: an HTTP response, and the end of the socket.

import type { OutgoingHttpHeaders } from "node:http";
import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";

/** What is wrong with a request. */
export interface Refusal {
  readonly status: number;
  readonly text: string;
  readonly headers?: OutgoingHttpHeaders;
}

/** Sends the response, with the text as its body, and ends the socket behind it. */
export function refuse(
  socket: Duplex,
  status: number,
  text: string | undefined,
  headers?: OutgoingHttpHeaders,
): void {
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
