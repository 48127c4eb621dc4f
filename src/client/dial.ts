// From a target to a connected transport: a unix socket, TCP, TLS, through a proxy or not.

import { isIP, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { secure } from "../carrier/index.js";
import { HandshakeError, proxyForUrl, type WebSocketTarget } from "../handshake/index.js";
import { describeValue, invalidArgument } from "../protocol/index.js";
import {
  type DialAddress,
  givenOptions,
  openedStream,
  SocketTransport,
  type Transport,
} from "../transport/index.js";
import type { DialSettings } from "./connect-options.js";
import { lookupFor } from "./localhost-names.js";
import { openTunnel } from "./proxy-tunnel.js";
import { explainTlsFailure } from "./tls-failure.js";

type TlsSettings = Pick<DialSettings, "tls">;

/**
 * A connected transport to the target, encrypted when the target is secure; over the caller's own stream as it is. When the
 * deadline is aborted, nothing stays open, and its reason is what the promise rejects with. It rejects also with
 * `TransportError`, with `HandshakeError` (`PROXY_INVALID`, `PROXY_REFUSED`, or what is wrong with a proxy's answer), with
 * `StateError` for options that cannot be used, and with what `createConnection` throws.
 */
export async function dial(
  target: WebSocketTarget,
  options: DialSettings,
  deadline: AbortSignal,
): Promise<Transport> {
  if (options.createConnection !== undefined) return obtain(options.createConnection, target, deadline);
  const plain = await dialPlain(target, options, deadline);
  if (options.preamble !== undefined) plain.write(options.preamble);
  const { hostname, port } = target;
  return target.isSecure ? encrypt(plain, { hostname, port }, options, deadline) : plain;
}

/** Over the caller's own stream. A plain socket is waited for: the transport takes over its handle, which must be
 * connected. */
async function obtain(
  create: NonNullable<DialSettings["createConnection"]>,
  target: WebSocketTarget,
  deadline: AbortSignal,
): Promise<Transport> {
  const stream = await inTime(Promise.resolve(create(target)), deadline);
  if (typeof (Object(stream) as Partial<Duplex>).write !== "function")
    throw invalidArgument(`createConnection answered ${describeValue(stream)}; it has to answer a stream`);
  const isEncrypted = (stream as { encrypted?: unknown }).encrypted === true;
  if (target.isSecure && !isEncrypted) {
    discard(stream);
    throw invalidArgument(
      `createConnection answered a stream without TLS for wss://${target.hostHeader}; it has to answer one whose encrypted is true, such as that of tls.connect`,
    );
  }
  const isPlain = stream instanceof Socket && !isEncrypted;
  if (isPlain && stream.connecting) await openedStream(stream, "connect", deadline);
  return new SocketTransport(stream, isPlain ? "shared" : "stream");
}

/** What comes after the deadline is destroyed. */
function inTime(stream: Promise<Duplex>, deadline: AbortSignal): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      stream.then(discard, () => {});
      reject(deadline.reason);
    };
    deadline.addEventListener("abort", onAbort);
    if (deadline.aborted) onAbort();
    stream.then(resolve, reject).finally(() => deadline.removeEventListener("abort", onAbort));
  });
}

/** Nobody is left to hear what may go wrong with it. */
function discard(stream: Duplex): void {
  stream.on("error", () => {}).destroy();
}

async function dialPlain(
  target: WebSocketTarget,
  options: DialSettings,
  deadline: AbortSignal,
): Promise<Transport> {
  const { dialerFor, lookup, socketPath } = options;
  const dialer = dialerFor(target.isSecure);
  if (socketPath !== undefined) return dialer.dial({ path: socketPath }, deadline);
  const proxy = options.proxy === "env" ? proxyForUrl(process.env, target) : options.proxy;
  if (!proxy) return dialer.dial(lookedUp(target.hostname, target.port, lookup), deadline);
  const url = parseProxy(proxy);
  const port = Number(url.port || (url.protocol === "https:" ? 443 : 80));
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const isSecure = url.protocol === "https:";
  const plain = await dialerFor(isSecure || target.isSecure).dial(lookedUp(host, port, lookup), deadline);
  const transport = isSecure
    ? await encrypt(plain, { hostname: host, port }, proxyOptions(options), deadline)
    : plain;
  return openTunnel(transport, target, url, deadline);
}

function lookedUp(host: string, port: number, lookup: DialSettings["lookup"]): DialAddress {
  return { host, port, lookup: lookupFor(host, lookup) };
}

/** Whom to trust holds for the proxy too; who we are, and what to overlook, is between us and the server. */
function proxyOptions({ tls }: TlsSettings): TlsSettings {
  return tls?.ca === undefined ? {} : { tls: { ca: tls.ca } };
}

function parseProxy(proxy: string): URL {
  const url = URL.canParse(proxy) ? new URL(proxy) : undefined;
  if (url !== undefined && (url.protocol === "http:" || url.protocol === "https:") && url.hostname !== "")
    return url;
  const scheme = url === undefined ? "no URL" : `a URL with scheme ${url.protocol}`;
  throw new HandshakeError("PROXY_INVALID", `the proxy is ${scheme}; http: and https: proxies can be used`);
}

async function encrypt(
  transport: Transport,
  { hostname, port }: Pick<WebSocketTarget, "hostname" | "port">,
  { tls }: TlsSettings,
  deadline: AbortSignal,
): Promise<Transport> {
  // RFC 6066 §3: the server name is a DNS name, never an address; the certificate is checked against `host` all the same.
  const servername = isIP(hostname) ? undefined : hostname;
  try {
    return await secure(transport, { servername, host: hostname, ...givenOptions(tls ?? {}) }, deadline);
  } catch (error) {
    throw explainTlsFailure(error, isIP(hostname) === 6 ? `[${hostname}]:${port}` : `${hostname}:${port}`);
  }
}
