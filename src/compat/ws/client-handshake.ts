// A client's opening handshake over node:http: the request, what may become of it, and redirects.

import http, { type ClientRequest, type IncomingMessage } from "node:http";
import https from "node:https";
import { abortHandshake, emitErrorAndClose, isAborted } from "./client-failure.js";
import { type ClientOptions, type ClientSettings, settingsOf } from "./client-options.js";
import { Redirection } from "./client-redirect.js";
import { type HandshakeRequest, prepareRequest } from "./client-request.js";
import { agreeOn } from "./client-response.js";
import { parseAddress, type Target, targetOf } from "./client-url.js";
import { readyStates } from "./ready-state.js";
import type { WebSocket } from "./websocket.js";

/** One handshake, with those that it is redirected to. */
interface Handshake {
  readonly ws: WebSocket;
  readonly protocols: readonly string[];
  readonly settings: ClientSettings;
  /** Undefined unless redirects are followed. */
  readonly redirection: Redirection | undefined;
}

/** Sends the request, and answers the settings by which the WebSocket is to behave. Throws for what cannot be asked. */
export function openHandshake(
  ws: WebSocket,
  address: string | URL,
  protocols: readonly string[],
  options: ClientOptions,
): ClientSettings {
  const settings = settingsOf(options);
  const url = parseAddress(address);
  ws._url = url.href;
  const target = targetOf(url);
  if (target instanceof Error) throw target;
  const redirection = settings.followRedirects ? new Redirection(target, options) : undefined;
  const headers = { ...options.headers } as Record<string, unknown>;
  start({ ws, protocols, settings, redirection }, target, headers);
  return settings;
}

function start(handshake: Handshake, target: Target, headers: Record<string, unknown>): void {
  const { ws, protocols, settings, redirection } = handshake;
  const prepared = prepareRequest(target, protocols, settings, headers);
  redirection?.prepare(ws, target, prepared.options);
  const request = (target.isSecure ? https : http).request(prepared.options);
  ws._req = request;
  if (ws._redirects > 0) ws.emit("redirect", ws.url, request);
  listen(handshake, prepared, request, target.url);
  if (settings.finishRequest) settings.finishRequest(request, ws);
  else request.end();
}

function listen(handshake: Handshake, prepared: HandshakeRequest, request: ClientRequest, url: URL): void {
  const { ws, settings } = handshake;
  let isOver = false;
  if (prepared.options.timeout) {
    request.on("timeout", () => abortHandshake(ws, request, "Opening handshake has timed out"));
  }
  request.on("error", (error) => {
    if (isOver || isAborted(request)) return;
    isOver = true;
    ws._req = null;
    emitErrorAndClose(ws, error);
  });
  request.on("response", (response) => {
    if (settings.followRedirects && isRedirect(response)) {
      isOver = redirect(handshake, request, response, url);
    } else if (!ws.emit("unexpected-response", request, response))
      abortHandshake(ws, request, `Unexpected server response: ${response.statusCode}`);
  });
  request.on("upgrade", (response, socket, head) => {
    ws.emit("upgrade", response);
    // A listener may have closed it.
    if (ws._readyState !== readyStates.CONNECTING) return;
    isOver = true;
    ws._req = null;
    const failure = agreeOn(ws, prepared, response);
    if (failure === undefined) ws.setSocket(socket, head, settings);
    else abortHandshake(ws, socket, failure);
  });
}

function isRedirect({ headers, statusCode = 0 }: IncomingMessage): boolean {
  return Boolean(headers.location) && statusCode >= 300 && statusCode < 400;
}

/** Goes where the response says. Whether the request is of no interest any more. */
function redirect(
  handshake: Handshake,
  request: ClientRequest,
  { headers }: IncomingMessage,
  from: URL,
): boolean {
  const { ws, settings, redirection } = handshake;
  if (++ws._redirects > settings.maxRedirects) {
    abortHandshake(ws, request, "Maximum redirects exceeded");
    return false;
  }
  request.destroy();
  const target = destinationOf(ws, headers.location as string, from);
  if (target instanceof Error) emitErrorAndClose(ws, target);
  else start(handshake, target, { ...redirection?.headers });
  return true;
}

function destinationOf(ws: WebSocket, location: string, from: URL): Target | Error {
  let url: URL;
  try {
    url = parseAddress(new URL(location, from));
  } catch {
    return new SyntaxError(`Invalid URL: ${location}`);
  }
  ws._url = url.href;
  return targetOf(url);
}
