// Plain HTTP beside the WebSockets: what a handler sees and answers. Node's HTTP server does the protocol.

import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import type { HeaderInput, HeaderMap, RequestTarget } from "../handshake/index.js";
import { LimitError } from "../protocol/index.js";

/** A plain HTTP request. */
export interface HttpRequest {
  readonly type: "http";
  readonly method: string;
  /** Path and query as sent. Never resolve it as a relative URL: a path may begin with two slashes. */
  readonly url: string;
  readonly pathname: string;
  readonly headers: HeaderMap;
  readonly remoteAddress: string | undefined;
  readonly isSecure: boolean;
  /** The body as it comes. */
  readonly body: AsyncIterable<Uint8Array>;
  /** The whole body. Rejects with `LimitError` `BODY_TOO_LARGE` when it is larger than `maxBodyBytes`; a handler that lets
   * this pass has the request answered with 413. */
  bytes(): Promise<Uint8Array>;
  text(): Promise<string>;
  json(): Promise<unknown>;
}

export type HttpBody =
  | string
  | Uint8Array
  | Blob
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array | string>
  | null;

/** What answers it. */
export interface HttpResponse {
  /** Default 200. */
  status?: number;
  headers?: HeaderInput;
  body?: HttpBody;
}

export class NodeHttpRequest implements HttpRequest {
  readonly type = "http";
  readonly method: string;
  readonly url: string;
  readonly pathname: string;
  readonly headers: HeaderMap;
  readonly remoteAddress: string | undefined;
  readonly isSecure: boolean;
  readonly #message: IncomingMessage;
  readonly #maxBodyBytes: number;

  constructor(message: IncomingMessage, headers: HeaderMap, target: RequestTarget, maxBodyBytes: number) {
    this.#message = message;
    this.#maxBodyBytes = maxBodyBytes;
    this.method = message.method ?? "GET";
    this.url = target.resourceName;
    this.pathname = target.path;
    this.headers = headers;
    this.remoteAddress = message.socket.remoteAddress;
    this.isSecure = (message.socket as { encrypted?: boolean }).encrypted === true;
  }

  get body(): AsyncIterable<Uint8Array> {
    return this.#message;
  }

  async bytes(): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    let length = 0;
    // What is not read stays readable: the client has to get rid of it before it reads the answer.
    for await (const chunk of this.#message.iterator({
      destroyOnReturn: false,
    }) as AsyncIterable<Uint8Array>) {
      length += chunk.length;
      if (length > this.#maxBodyBytes) {
        const text = `the body exceeds the limit of ${this.#maxBodyBytes} bytes (maxBodyBytes)`;
        throw new LimitError("BODY_TOO_LARGE", text, this.#maxBodyBytes, length);
      }
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }

  async text(): Promise<string> {
    return new TextDecoder().decode(await this.bytes());
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }
}

/** The same request with the WHATWG types. */
export function toStandardRequest(request: HttpRequest): Request {
  const scheme = request.isSecure ? "https" : "http";
  const host = request.headers.get("host") ?? "localhost";
  const hasBody = request.method !== "GET" && request.method !== "HEAD";
  const init: RequestInit & { duplex?: "half" } = {
    method: request.method,
    headers: [...request.headers] as [string, string][],
  };
  if (hasBody) {
    init.body = Readable.toWeb(Readable.from(request.body)) as ReadableStream<Uint8Array>;
    init.duplex = "half";
  }
  return new Request(new URL(originForm(request.url), `${scheme}://${host}`), init);
}

/** A target such as "//host/path" is a path, and must not become another host when it meets a base URL. */
function originForm(target: string): string {
  return `/${target.replace(/^\/+/, "")}`;
}
