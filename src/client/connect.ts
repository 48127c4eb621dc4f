// A URL becomes an open connection.

import { Connection, type WebSocketConnection } from "../connection/index.js";
import {
  HandshakeError,
  type HeaderList,
  HeaderMap,
  isRedirect,
  quote,
  redirectedHeaders,
  redirectFailure,
  type WebSocketTarget,
} from "../handshake/index.js";
import { isRecord } from "../protocol/index.js";
import { type ConnectOptions, type ConnectSettings, resolveConnectOptions } from "./connect-options.js";
import { OpeningDeadline } from "./opening-deadline.js";
import { type Opened, openHandshake, type Wrapping } from "./opening-handshake.js";
import { connectPersistently } from "./persistent-connection.js";
import { redirectedDial } from "./redirected-dial.js";
import { parseWebSocketUrl, targetOf } from "./target.js";

/**
 * Opens a connection. `ws:`, `wss:`, `http:` and `https:` URLs, and `ws+unix:PATH:/target`. Rejects with
 * `HandshakeError` (what the server or the configuration did: `code`, `status`, `head`), `TransportError` (what the
 * network did: `code`, `errno`), and `StateError` for options that are out of range or not known. What the peer sends waits, within
 * bounds, until somebody iterates or listens. `Context` is what `context` is; without that option, `ws.context` is undefined.
 */
export async function connect<Context = unknown>(
  url: string | URL,
  options: ConnectOptions & { context?: Context | undefined } = {},
): Promise<WebSocketConnection<Context>> {
  return connectThrough(url, options, undefined);
}

/** As `connect`, for who wants to see the bytes: of each attempt, `wrap` may answer a transport of its own around the dialled
 * one, which the opening handshake and then the connection are carried by. */
export async function connectThrough<Context = unknown>(
  url: string | URL,
  options: ConnectOptions & { context?: Context | undefined },
  wrap: Wrapping["wrap"],
): Promise<WebSocketConnection<Context>> {
  const { target, socketPath } = parseWebSocketUrl(url);
  const given = socketPath === undefined || !isRecord(options) ? options : { ...options, socketPath };
  const resolved = resolveConnectOptions(given);
  const settings = { ...resolved, headers: withAuthorization(resolved.headers, target), wrap };
  const { reconnect, signal } = settings;
  if (reconnect !== undefined) {
    const open = (stop: AbortSignal): Promise<Connection<Context>> =>
      connectOnce<Context>(target, { ...settings, signal: stop }, options.context as Context);
    return connectPersistently(open, reconnect, signal);
  }
  const connection = await connectOnce<Context>(target, settings, options.context as Context);
  connection.start();
  return connection.handle;
}

/** One attempt, redirects included. The connection has not begun to read. */
async function connectOnce<Context>(
  first: WebSocketTarget,
  settings: ConnectSettings & Wrapping,
  context: Context,
): Promise<Connection<Context>> {
  const deadline = new OpeningDeadline(settings.handshakeTimeoutMs, settings.signal);
  let target = first;
  let { headers, dial } = settings;
  try {
    for (let redirects = 0; ; redirects++) {
      try {
        const opened = await openHandshake(target, { ...settings, headers, dial }, deadline.signal);
        return toConnection(opened, target, settings, context);
      } catch (error) {
        const next = redirectTarget(error, target, redirects, settings.followRedirects);
        headers = redirectedHeaders(headers, target, next);
        dial = redirectedDial(dial, target, next);
        target = next;
      }
    }
  } finally {
    deadline.clear();
  }
}

/** Where a failed attempt is sent on to; throws when it is not, or may not be. */
function redirectTarget(
  error: unknown,
  from: WebSocketTarget,
  redirects: number,
  limit: number,
): WebSocketTarget {
  if (
    !(error instanceof HandshakeError) ||
    error.head === undefined ||
    !isRedirect(error.head) ||
    limit === 0
  )
    throw error;
  const { head } = error;
  if (redirects >= limit) {
    throw new HandshakeError("TOO_MANY_REDIRECTS", `more than ${limit} redirects (followRedirects)`, {
      head,
    });
  }
  const location = head.headers.get("location") ?? "";
  // Locations are resolved against http: URLs, which `describeTarget` takes as well.
  const base = from.url.replace(/^ws/, "http");
  if (!URL.canParse(location, base)) {
    throw new HandshakeError(
      "REDIRECT_INVALID",
      `the redirect leads to ${quote(location)}, which is no URL`,
      { head },
    );
  }
  const url = new URL(location, base);
  url.hash = "";
  const target = targetOf(url);
  const failure = redirectFailure(from, target);
  if (failure !== undefined) throw failure;
  return target;
}

function toConnection<Context>(
  opened: Opened,
  target: WebSocketTarget,
  settings: ConnectSettings,
  context: Context,
): Connection<Context> {
  const { transport, early, request, agreement } = opened;
  const { remoteAddress, isSecure } = transport;
  return new Connection<Context>({
    transport,
    role: "client",
    settings: settings.connection,
    ...agreement,
    request: {
      method: request.method,
      url: target.url,
      pathname: request.target.split("?", 1)[0],
      headers: new HeaderMap(request.headers),
      remoteAddress,
      isSecure,
    },
    context,
    early,
  });
}

function withAuthorization(headers: HeaderList, target: WebSocketTarget): HeaderList {
  const { authorization } = target;
  if (authorization === undefined || headers.some(([name]) => name.toLowerCase() === "authorization"))
    return headers;
  return [...headers, ["Authorization", authorization]];
}
