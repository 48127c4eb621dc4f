// The answer to a request for a WebSocket that gets none, byte for byte.

import { STATUS_CODES } from "node:http";
import { headOf } from "../../support/wire.js";

/** Further lines replace those of the same name in their place, or follow. */
export function refusal(status: number, body = STATUS_CODES[status] ?? "", further: string[] = []): string {
  return (
    headOf(
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      "Connection: close",
      "Content-Type: text/html",
      `Content-Length: ${Buffer.byteLength(body)}`,
      ...further,
    ) + body
  );
}
