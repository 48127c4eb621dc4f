// Requests that are no upgrades: to the application's handler, or 426.

import type { IncomingMessage, ServerResponse } from "node:http";
import { toError } from "../connection/index.js";
import {
  HandshakeError,
  HeaderMap,
  headerCountFailure,
  parseAuthority,
  parseRequestTarget,
  quote,
} from "../handshake/index.js";
import type { ServerHandlers } from "./handlers.js";
import { refuse, sendAnswer } from "./http-answer.js";
import { type HttpConnection, MAX_DRAINED_BYTES, type Turn } from "./http-connection.js";
import { type HttpResponse, NodeHttpRequest } from "./http-exchange.js";
import { RequestBody } from "./request-body.js";
import { failureOf } from "./request-failure.js";
import type { FrontSettings } from "./upgrade-taker.js";

/** What answers plain requests. */
export type PlainHandlers = Pick<ServerHandlers, "request" | "fetch">;

export interface PlainHttpHost {
  readonly handlers: PlainHandlers;
  readonly settings: FrontSettings;
  /** Connections do not go on behind their next response. */
  readonly isClosing: boolean;
  report(error: Error): void;
  /** Told of a request that no handler sees. */
  refused(message: IncomingMessage, error: HandshakeError): void;
  /** An exchange is over. */
  ended(): void;
}

/** A request of Node's and how it is to be answered. */
export interface PlainRequest {
  readonly message: IncomingMessage;
  readonly response: ServerResponse;
  /** The client waits to be told to send the body. */
  readonly isContinueExpected?: boolean;
  /** Answers it, and no handler sees it. */
  readonly refusal?: number;
  /** The connection ends behind it. */
  readonly isLast?: boolean;
}

/** One request and its answer. What a handler throws goes to `report` and answers 500, unless the client caused it. */
export class PlainExchange implements Turn {
  readonly #host: PlainHttpHost;
  readonly #connection: HttpConnection;
  readonly #request: PlainRequest;
  readonly #response: ServerResponse;
  #refusal: number | undefined;
  #hasBegun = false;
  #madeBody: RequestBody | undefined;

  /** Thousands may wait for their turn: what one needs is made when it begins. */
  constructor(host: PlainHttpHost, connection: HttpConnection, request: PlainRequest) {
    this.#host = host;
    this.#connection = connection;
    this.#request = request;
    this.#response = request.response;
    this.#refusal = request.refusal;
  }

  get #body(): RequestBody {
    const { message, isContinueExpected = false } = this.#request;
    this.#madeBody ??= new RequestBody(message, isContinueExpected ? () => this.#sendContinue() : undefined);
    return this.#madeBody;
  }

  begin(done: () => void): void {
    this.#hasBegun = true;
    this.#response
      // Before Node's own listener, which would drop the rest of the body without a bound.
      .prependListener("finish", () => this.#finished())
      // What is written to a client that has gone has nowhere to go.
      .on("error", () => {})
      .once("close", () => {
        done();
        this.#host.ended();
      });
    void this.#answer();
  }

  drop(): void {
    this.#body.drop(() => {});
  }

  interrupt(error: Error, status: number): boolean {
    if (this.#request.message.complete) return false;
    this.#body.fail(error, status);
    if (!this.#hasBegun) this.#refusal = status;
    else if (!this.#response.headersSent) refuse(this.#response, status);
    else if (!this.#response.writableEnded) this.#response.destroy();
    return true;
  }

  async #answer(): Promise<void> {
    const response = this.#response;
    const request = this.#read();
    if (request instanceof HandshakeError) {
      this.#host.refused(this.#request.message, request);
      refuse(response, request.status);
      return;
    }
    try {
      await sendAnswer(await this.#ask(request), response, (isWhole) => this.#settleEnd(isWhole));
    } catch (thrown) {
      this.#failed(thrown);
    }
  }

  /** What the handler gets, or why it should not see the request. */
  #read(): NodeHttpRequest | Request | HandshakeError {
    const { handlers, settings } = this.#host;
    const request =
      this.#refusal === undefined
        ? readRequest(this.#request, this.#body, settings)
        : failureOf(this.#refusal);
    const isStandard = handlers.request === undefined && handlers.fetch !== undefined;
    if (!isStandard || request instanceof HandshakeError) return request;
    const standard = request.toStandard();
    return typeof standard === "number" ? failureOf(standard) : standard;
  }

  async #ask(request: NodeHttpRequest | Request): Promise<HttpResponse | Response> {
    const { handlers } = this.#host;
    if (!(request instanceof NodeHttpRequest)) return handlers.fetch?.(request) as Promise<Response>;
    if (handlers.request !== undefined) return (await handlers.request(request)) ?? { status: 404 };
    // RFC 9110 §15.5.22: a 426 names the protocol that is spoken here.
    const headers = { Upgrade: "websocket", Connection: "Upgrade" };
    return { status: 426, headers, body: "Upgrade Required\n" };
  }

  #sendContinue(): void {
    // Behind the head it would be part of the response.
    if (!this.#response.headersSent && !this.#response.destroyed) this.#response.writeContinue();
  }

  #failed(thrown: unknown): void {
    const response = this.#response;
    const fault = this.#body.statusOf(thrown);
    // A client that goes away while it is being answered is nobody's fault, and the client's own is no news.
    if (fault === undefined && !response.destroyed) this.#host.report(toError(thrown));
    if (response.destroyed || response.writableEnded) return;
    if (response.headersSent) response.destroy();
    else refuse(response, fault ?? 500);
  }

  /** Decides, while it can still be said in the head, whether the connection goes on behind the response. */
  #settleEnd(isWhole: boolean): void {
    const body = this.#body;
    const { message, isLast = false } = this.#request;
    // RFC 9112 §6.1: an HTTP/1.0 message with a Transfer-Encoding is framed wrongly, whatever else it says.
    const isFaulty = message.httpVersionMinor === 0 && message.headers["transfer-encoding"] !== undefined;
    // What has been begun may still be read while the response is under way.
    const isLeft = !body.isComplete && (isWhole || !body.isOpened);
    // A client that was never told to send its body may leave it out: what comes next could be either.
    const isTooMuch = body.isWithheld || (body.remainingBytes ?? 0) > MAX_DRAINED_BYTES;
    const isEnding = isLast || isFaulty || (isLeft && isTooMuch);
    if (isEnding || this.#host.isClosing) this.#response.shouldKeepAlive = false;
  }

  #finished(): void {
    if (!this.#body.isComplete) this.#connection.drain(this.#body);
  }
}

/** The request, or why no handler should see it. */
function readRequest(
  { message, response }: PlainRequest,
  body: RequestBody,
  { headLimits, maxBodyBytes }: FrontSettings,
): NodeHttpRequest | HandshakeError {
  const headers = HeaderMap.fromFlat(message.rawHeaders);
  const failure = headerCountFailure(headers, headLimits);
  if (failure !== undefined) return failure;
  // Node's parser lets other versions pass.
  if (message.httpVersionMajor !== 1) return failureOf(505);
  // RFC 9112 §3.2: "A server MUST respond with a 400 (Bad Request) status code to any HTTP/1.1 request message that lacks
  // a Host header field and to any request message that contains more than one Host header field line or a Host header
  // field with an invalid field value."
  const host = headers.get("host");
  if (host === undefined && message.httpVersionMinor > 0)
    return new HandshakeError("HOST_MISSING", "the request has no Host header");
  if (headers.count("host") > 1 || (host !== undefined && parseAuthority(host, 0) === undefined))
    return new HandshakeError("HOST_INVALID", `Host ${quote(host ?? "")} is no host with an optional port`);
  // RFC 9112 §6.1: "A server that receives a request message with a transfer coding it does not understand SHOULD respond
  // with 501 (Not Implemented)."
  const coding = headers.get("transfer-encoding");
  if (coding !== undefined && coding.toLowerCase() !== "chunked")
    return failureOf(501, `Transfer-Encoding ${quote(coding)} is not chunked`);
  const { url = "/", method } = message;
  const isForServer = url === "*" && method === "OPTIONS";
  const target = isForServer ? { resourceName: url, path: url } : parseRequestTarget(url, host ?? "");
  if (target === undefined)
    return new HandshakeError("TARGET_INVALID", `target ${quote(url)} is not a path of this host`);
  return new NodeHttpRequest({ message, response, headers, target, body, maxBodyBytes });
}
