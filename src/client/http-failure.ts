// Why there is no whole response, with the server's name: the words of Node's HTTP client are for people who know its parser.

import { maxHeaderSize } from "node:http";
import { escapeUnseen } from "../protocol/index.js";
import { TransportError } from "../transport/index.js";
import { FirstBytes } from "./first-bytes.js";

/** What Node's parser adds to an error. */
interface ParserFailure {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly reason?: unknown;
  /** What was being read, from its beginning. */
  readonly rawPacket?: unknown;
}

/** The failure in words that name the server; what is no failure of Node's HTTP client stays as it is. */
export function explainHttpFailure(error: unknown, server: string, isSecure: boolean): unknown {
  if (!(error instanceof TransportError)) return error;
  const { code, cause } = error;
  const text = explain((cause ?? {}) as ParserFailure, server, isSecure);
  return text === undefined ? error : new TransportError(code, text, { cause });
}

function explain(cause: ParserFailure, server: string, isSecure: boolean): string | undefined {
  const { code, message, reason, rawPacket } = cause;
  if (message === "socket hang up") {
    const doubt = isSecure ? "" : "; it may expect TLS (https:)";
    return `${server} ended the connection before its response head was complete${doubt}`;
  }
  if (message === "aborted") return `${server} ended the connection within the body of its response`;
  if (typeof code !== "string" || !code.startsWith("HPE_")) return undefined;
  if (code === "HPE_HEADER_OVERFLOW") {
    const limit = `${maxHeaderSize} bytes (--max-http-header-size of Node.js)`;
    return `the header lines from ${server} exceed the limit of ${limit}`;
  }
  const first = new FirstBytes();
  if (rawPacket instanceof Uint8Array) first.add(rawPacket, 0, rawPacket.length);
  if (code === "HPE_INVALID_CONSTANT" && !first.canBeResponse)
    return `${server} answered with bytes that are no HTTP response (${first.describe()})`;
  return `${server} answered with what is no valid HTTP response: ${escapeUnseen(String(reason ?? message))}`;
}
