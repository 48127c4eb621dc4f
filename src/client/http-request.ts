// One plain HTTP request over a stream of its own, and its whole response. Node's HTTP client does the protocol.

import { request as httpRequest, type IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { HandshakeError, type HeaderList, HeaderMap } from "../handshake/index.js";
import { LimitError, WebSocketError } from "../protocol/index.js";
import { TransportError, toTransportError } from "../transport/index.js";
import type { BodyBounds } from "./http-options.js";
import type { OpeningDeadline } from "./opening-deadline.js";

/** A whole response. */
export interface HttpClientResponse {
  readonly status: number;
  readonly headers: HeaderMap;
  /** As it came: compressed where `headers` say so. */
  readonly body: Uint8Array;
  /** The body as UTF-8, whatever `headers` say. What is none becomes U+FFFD. */
  text(): string;
  /** What the text means as JSON, parsed with each call. Throws `SyntaxError` for what is none, an empty body too. */
  json(): unknown;
}

/** What is sent. */
export interface OutgoingRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: HeaderList;
  readonly body: string | Uint8Array | undefined;
}

/** The lists as one, in which a later list's header replaces an earlier one's of the same name. */
export function overlayHeaders(...lists: readonly HeaderList[]): HeaderList {
  let lines: HeaderList = [];
  for (const list of lists) {
    const names = new Set(list.map(([name]) => name.toLowerCase()));
    lines = [...lines.filter(([name]) => !names.has(name.toLowerCase())), ...list];
  }
  return lines;
}

/**
 * Sends the request and reads the response. The deadline's time runs until the head has come, its signal until the end.
 * Rejects with `TransportError`, the deadline's reason, or `LimitError` `BODY_TOO_LARGE` for a body of more than
 * `maxBodyBytes`.
 */
export async function exchangeHttp(
  stream: Duplex,
  outgoing: OutgoingRequest,
  bounds: BodyBounds,
  deadline: OpeningDeadline,
): Promise<HttpClientResponse> {
  const { signal } = deadline;
  const onAbort = (): void => void stream.destroy();
  signal.addEventListener("abort", onAbort);
  try {
    if (signal.aborted) throw signal.reason;
    const message = await send(stream, outgoing);
    deadline.stopTimer();
    return await readResponse(message, bounds);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw error instanceof WebSocketError ? error : toTransportError(error as Error);
  } finally {
    signal.removeEventListener("abort", onAbort);
    // The connection was for this request alone; some servers would keep it.
    stream.destroy();
  }
}

function send(stream: Duplex, { method, target, headers, body }: OutgoingRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const lost = (): Error =>
      stream.errored ??
      new HandshakeError("CONNECTION_ENDED", "the server ended the connection before it answered");
    // It may have ended before anybody but Node's TLS listened, which is told once.
    if (stream.destroyed || stream.readableEnded) {
      reject(lost());
      return;
    }
    const request = httpRequest({
      createConnection: () => stream,
      method,
      path: target,
      headers: toNodeHeaders(headers),
    });
    // `dial` hands out its streams paused.
    request.once("socket", () => stream.resume());
    request.once("response", (message) => {
      resolve(message);
      // What is wrong with the rest is told here, and there as a connection that was cut. Behind the rest nothing counts.
      request.on("error", (error) => {
        if (!message.complete) message.destroy(error);
      });
    });
    request.once("upgrade", () => {
      const text = "the server switched protocols (101), which it was not asked to do";
      reject(new HandshakeError("UNEXPECTED_STATUS", text, { status: 101 }));
    });
    request.on("error", reject);
    // Whatever else may end it, somebody waits for an answer.
    request.once("close", () => reject(lost()));
    request.end(body);
  });
}

function toNodeHeaders(lines: HeaderList): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = Object.create(null);
  for (const [name, value] of lines) {
    const key = name.toLowerCase();
    const earlier = headers[key];
    headers[key] = earlier === undefined ? value : [earlier, value].flat();
  }
  return headers;
}

async function readResponse(message: IncomingMessage, bounds: BodyBounds): Promise<HttpClientResponse> {
  const body = await readBody(message, bounds);
  return {
    status: message.statusCode ?? 0,
    headers: HeaderMap.fromFlat(message.rawHeaders),
    body,
    text: () => body.toString("utf8"),
    json: () => JSON.parse(body.toString("utf8")),
  };
}

async function readBody(
  message: IncomingMessage,
  { maxBodyBytes, bodyIdleTimeoutMs }: BodyBounds,
): Promise<Buffer> {
  const idle = setTimeout(() => {
    const text = `no byte of the response body came within ${bodyIdleTimeoutMs} ms (bodyIdleTimeoutMs)`;
    message.destroy(new TransportError("TIMED_OUT", text));
  }, bodyIdleTimeoutMs);
  try {
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of message as AsyncIterable<Uint8Array>) {
      idle.refresh();
      length += chunk.length;
      if (length > maxBodyBytes) {
        const text = `the response body exceeds the limit of ${maxBodyBytes} bytes (maxBodyBytes)`;
        throw new LimitError("BODY_TOO_LARGE", text, maxBodyBytes, length);
      }
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  } finally {
    clearTimeout(idle);
  }
}
