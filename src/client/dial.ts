// From a target to a connected stream: a unix socket, TCP, TLS, through a proxy or not.

import { isIP, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { HandshakeError, proxyForUrl, type WebSocketTarget } from "../handshake/index.js";
import { toTransportError } from "../transport/index.js";
import type { DialOptions } from "./connect-options.js";
import { openTunnel } from "./proxy-tunnel.js";

/** What ends an attempt early: its `reason` is what `dial` rejects with. */
export type Deadline = AbortSignal;

/**
 * A connected stream to the target, encrypted when the target is secure. Rejects with `TransportError`, with
 * `HandshakeError` `PROXY_INVALID` or `PROXY_REFUSED`, or with the deadline's reason.
 */
export async function dial(
  target: WebSocketTarget,
  options: DialOptions,
  deadline: Deadline,
): Promise<Duplex> {
  if (options.createConnection !== undefined) return obtain(options.createConnection, target, deadline);
  const plain = await dialPlain(target, options, deadline);
  return target.isSecure ? secure(plain, target, options, deadline) : plain;
}

/** The caller's own stream. A plain socket is waited for: the transport takes over its handle, which must be connected. */
async function obtain(
  create: NonNullable<DialOptions["createConnection"]>,
  target: WebSocketTarget,
  deadline: Deadline,
): Promise<Duplex> {
  const stream = await inTime(Promise.resolve(create(target)), deadline);
  if (!(stream instanceof Socket && stream.connecting) || (stream as { encrypted?: boolean }).encrypted)
    return stream;
  return settled(stream, "connect", deadline, () => {});
}

/** What comes after the deadline is destroyed. */
function inTime(stream: Promise<Duplex>, deadline: Deadline): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      stream.then(
        (late) => late.on("error", () => {}).destroy(),
        () => {},
      );
      reject(deadline.reason);
    };
    deadline.addEventListener("abort", onAbort);
    if (deadline.aborted) onAbort();
    stream.then(resolve, reject).finally(() => deadline.removeEventListener("abort", onAbort));
  });
}

async function dialPlain(
  target: WebSocketTarget,
  options: DialOptions,
  deadline: Deadline,
): Promise<Socket | TLSSocket> {
  const { lookup, socketPath } = options;
  if (socketPath !== undefined) return openSocket({ path: socketPath }, deadline);
  const proxy = options.proxy === "env" ? proxyForUrl(process.env, target) : options.proxy;
  if (!proxy) return openSocket({ host: target.hostname, port: target.port, lookup }, deadline);
  const url = parseProxy(proxy);
  const port = Number(url.port || (url.protocol === "https:" ? 443 : 80));
  const hostname = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const socket = await openSocket({ host: hostname, port, lookup }, deadline);
  const stream =
    url.protocol === "https:" ? await secure(socket, { hostname }, proxyOptions(options), deadline) : socket;
  await openTunnel(stream, target, url, deadline);
  return stream;
}

/** Whom to trust holds for the proxy too; who we are, and what to overlook, is between us and the server. */
function proxyOptions({ tls }: DialOptions): DialOptions {
  return tls?.ca === undefined ? {} : { tls: { ca: tls.ca } };
}

function parseProxy(proxy: string): URL {
  const url = URL.canParse(proxy) ? new URL(proxy) : undefined;
  if (url !== undefined && (url.protocol === "http:" || url.protocol === "https:") && url.hostname !== "")
    return url;
  const scheme = url === undefined ? "no URL" : `a URL with scheme ${url.protocol}`;
  throw new HandshakeError("PROXY_INVALID", `the proxy is ${scheme}; http: and https: proxies can be used`);
}

type Address = { path: string } | { host: string; port: number; lookup: DialOptions["lookup"] };

function openSocket(address: Address, deadline: Deadline): Promise<Socket> {
  const socket = new Socket({ allowHalfOpen: true });
  // Nothing may be read before somebody listens: see SocketTransport.
  socket.pause();
  socket.setNoDelay(true);
  return settled(socket, "connect", deadline, () => socket.connect(address as { path: string }));
}

function secure(
  socket: Socket,
  target: Pick<WebSocketTarget, "hostname">,
  options: DialOptions,
  deadline: Deadline,
): Promise<TLSSocket> {
  const { hostname } = target;
  const stream = connectTls({
    // RFC 6066 §3: the server name is a DNS name, never an address; the certificate is checked against `host` all the same.
    servername: isIP(hostname) ? undefined : hostname,
    host: hostname,
    ALPNProtocols: ["http/1.1"],
    ...options.tls,
    socket,
  });
  stream.allowHalfOpen = true;
  return settled(stream, "secureConnect", deadline, () => {});
}

/** Resolves with the stream at its event; on failure the stream is destroyed. */
function settled<S extends Socket>(
  stream: S,
  event: string,
  deadline: Deadline,
  begin: () => void,
): Promise<S> {
  return new Promise((resolve, reject) => {
    const finish = (): void => {
      stream.off(event, onOpen).off("error", onError).off("close", onClose);
      deadline.removeEventListener("abort", onAbort);
    };
    const fail = (error: unknown): void => {
      finish();
      stream.on("error", () => {});
      stream.destroy();
      reject(error);
    };
    const onOpen = (): void => {
      finish();
      resolve(stream);
    };
    const onError = (error: Error): void => fail(toTransportError(error));
    const onClose = (): void => {
      fail(
        toTransportError(
          Object.assign(new Error("the connection ended before it was open"), { code: "ECONNRESET" }),
        ),
      );
    };
    const onAbort = (): void => fail(deadline.reason);
    stream.on(event, onOpen).on("error", onError).on("close", onClose);
    deadline.addEventListener("abort", onAbort);
    if (deadline.aborted) onAbort();
    else begin();
  });
}
