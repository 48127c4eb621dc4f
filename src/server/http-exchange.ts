// Plain HTTP beside the WebSockets: what a handler sees and answers. Node's HTTP server does the protocol.

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { HeaderInput, HeaderMap, RequestTarget } from "../handshake/index.js";
import { type Endpoints, endpointsOf } from "../transport/index.js";
import type { RequestBody } from "./request-body.js";

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
  /** The body as it comes, of any length. What is not read when the response is complete is dropped. */
  readonly body: AsyncIterable<Uint8Array>;
  /** The whole body. Rejects with `LimitError` `BODY_TOO_LARGE` when it is larger than `maxBodyBytes`; a handler that lets
   * this pass has the request answered with 413. */
  bytes(): Promise<Uint8Array>;
  text(): Promise<string>;
  /** Rejects with `SyntaxError` for what is no JSON; a handler that lets this pass has the request answered with 400. */
  json(): Promise<unknown>;
}

export type HttpBody =
  | string
  | Uint8Array
  | Blob
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array | string>
  | null;

/** What answers it. A name that is not known is a fault of the handler's: 500. */
export interface HttpResponse {
  /** Default 200. */
  status?: number | undefined;
  headers?: HeaderInput | undefined;
  body?: HttpBody | undefined;
}

export interface RequestParts {
  readonly message: IncomingMessage;
  readonly response: Pick<ServerResponse, "headersSent">;
  readonly headers: HeaderMap;
  readonly target: RequestTarget;
  readonly body: RequestBody;
  readonly maxBodyBytes: number;
}

export class NodeHttpRequest implements HttpRequest {
  readonly type = "http";
  readonly method: string;
  readonly url: string;
  readonly pathname: string;
  readonly headers: HeaderMap;
  readonly remoteAddress: string | undefined;
  readonly isSecure: boolean;
  readonly #socket: Duplex;
  readonly #response: Pick<ServerResponse, "headersSent">;
  readonly #body: RequestBody;
  readonly #maxBodyBytes: number;

  constructor({ message, response, headers, target, body, maxBodyBytes }: RequestParts) {
    this.method = message.method ?? "GET";
    this.url = target.resourceName;
    this.pathname = target.path;
    this.headers = headers;
    this.#socket = message.socket;
    this.#response = response;
    this.remoteAddress = message.socket.remoteAddress;
    this.isSecure = (message.socket as { encrypted?: boolean }).encrypted === true;
    this.#body = body;
    this.#maxBodyBytes = maxBodyBytes;
  }

  /** Both ends of the connection that it came on, while that is open. */
  endpoints(): Endpoints {
    return endpointsOf(this.#socket);
  }

  /** The head of the answer has been sent: its status is what it is. */
  get isAnswerBegun(): boolean {
    return this.#response.headersSent;
  }

  /** Whoever has to has heard of this error: an answer that fails with it is not reported, and has the status while its head has
   * not been sent. */
  excuse(error: Error, status: number): void {
    this.#body.blame(error, status);
  }

  /** Calls back when the connection is over, unless what this answers is called before. */
  watchConnection(over: () => void): () => void {
    this.#socket.once("close", over);
    return () => this.#socket.off("close", over);
  }

  get body(): AsyncIterable<Uint8Array> {
    return this.#body;
  }

  async bytes(): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of this.#body.limitedTo(this.#maxBodyBytes)) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  async text(): Promise<string> {
    return new TextDecoder().decode(await this.bytes());
  }

  async json(): Promise<unknown> {
    const text = await this.text();
    try {
      return JSON.parse(text);
    } catch (error) {
      throw this.#body.blame(error as SyntaxError, 400);
    }
  }

  /**
   * The same request with the WHATWG types, or the status that answers one which they cannot express. Its body holds at
   * most `maxBodyBytes`, whoever reads it: `text()` and its like would take any length.
   */
  toStandard(): Request | number {
    const { method, headers } = this;
    // Fetch Standard, forbidden methods. RFC 9110 §9.1: a method that is "not implemented SHOULD" be answered with 501.
    if (/^(?:CONNECT|TRACE|TRACK)$/i.test(method)) return 501;
    const scheme = this.isSecure ? "https" : "http";
    const base = `${scheme}://${headers.get("host") ?? "localhost"}`;
    // What RFC 9110 takes for a host and a URL does not, such as 256.256.256.256.
    if (!URL.canParse(base)) return 400;
    const init: RequestInit & { duplex?: "half" } = { method, headers: [...headers] as [string, string][] };
    if (method !== "GET" && method !== "HEAD") {
      init.body = streamOf(this.#body.limitedTo(this.#maxBodyBytes));
      init.duplex = "half";
    }
    return new Request(new URL(originForm(this.url), base), init);
  }
}

/** A target such as "//host/path" is a path, and must not become another host when it meets a base URL. */
function originForm(target: string): string {
  return `/${target.replace(/^\/+/, "")}`;
}

/** Pulls nothing before somebody reads. */
function streamOf(chunks: AsyncGenerator<Uint8Array, void>): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await chunks.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
    },
    { highWaterMark: 0 },
  );
}
