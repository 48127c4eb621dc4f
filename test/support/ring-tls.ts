// Connections with TLS over a ring, as listener and dialer hand them out, and ends of them with Node's own TLS. In a guest whose
// kernel has TLS it carries them on; elsewhere the same tests prove that Node's TLS goes on with everything.

import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { type ConnectionOptions, connect, createServer, type TLSSocket, type TlsOptions } from "node:tls";
import { kernelTls } from "#src/ktls/index.js";
import { secureTransport, TlsListener, type TlsSuccessor, type Transport } from "#src/transport/index.js";
import { ringLoop, UringDialer, UringListener } from "#src/uring/index.js";
import { type Certificates, makeCertificates } from "./certificates.js";
import { hasTool } from "./outside-process.js";

interface After {
  after(hook: () => void): void;
}

/** A handshake takes its time in an emulated machine. */
const DEADLINE_MS = 60_000;

let made: Certificates | undefined;

/** Made once for all tests of a file. */
export function certificates(): Certificates {
  made ??= makeCertificates();
  return made;
}

/** Why there can be no such connection here; false where there can. */
export function missingRingTls(): string | false {
  const loop = ringLoop();
  if (typeof loop === "string") return loop;
  let reason: string | undefined;
  const skip = (text?: string): void => {
    reason = text;
  };
  hasTool({ after: () => {}, skip }, "openssl", ["version"]);
  return reason ?? false;
}

function ring(): Exclude<ReturnType<typeof ringLoop>, string> {
  const loop = ringLoop();
  assert.ok(typeof loop !== "string", String(loop));
  return loop;
}

export interface ListeningEnd<Connection> {
  readonly port: number;
  /** The first connection; or the failure of what would have been the first. */
  readonly accepted: Promise<Connection>;
}

/** Our server's end. Without a successor Node's TLS goes on with it. */
export async function listenOnRing(
  t: After,
  successor: TlsSuccessor | undefined,
  options: TlsOptions = {},
): Promise<ListeningEnd<Transport>> {
  let [accept, fail]: [(transport: Transport) => void, (error: Error) => void] = [() => {}, () => {}];
  const accepted = new Promise<Transport>((resolve, reject) => {
    [accept, fail] = [resolve, reject];
  });
  accepted.then(
    (transport) => t.after(() => transport.destroy()),
    () => {},
  );
  const refused = (): undefined => {
    fail(new Error("the client was refused"));
  };
  const sink = { accepted: accept, failed: fail, refused };
  const own = { ...certificates().server, ...options };
  const listener = new TlsListener(own, sink, (inner) => new UringListener(ring(), inner), successor);
  t.after(() => listener.close());
  const bound = await listener.listen({ port: 0, host: "127.0.0.1" });
  assert.ok("port" in bound);
  return { port: bound.port, accepted };
}

/** Our client's end. Without a successor Node's TLS goes on with it. */
export async function dialOnRing(
  t: After,
  successor: TlsSuccessor | undefined,
  port: number,
  options: ConnectionOptions = {},
): Promise<Transport> {
  const deadline = AbortSignal.timeout(DEADLINE_MS);
  const plain = await new UringDialer(ring()).dial({ host: "127.0.0.1", port }, deadline);
  const own = { host: "localhost", servername: "localhost", ca: certificates().ca, ...options };
  const transport = await secureTransport(plain, own, deadline, successor);
  t.after(() => transport.destroy());
  return transport;
}

export interface PairOptions {
  readonly server?: TlsOptions;
  readonly client?: ConnectionOptions;
  /** What may carry the ends on. Default the kernel's TLS for both; Node's TLS keeps an end that is not named. */
  readonly successors?: { readonly client?: TlsSuccessor; readonly server?: TlsSuccessor };
}

/** The client's end and the server's, both ours. */
export async function connectPair(t: After, options: PairOptions = {}): Promise<[Transport, Transport]> {
  const { successors = { client: kernelTls, server: kernelTls } } = options;
  const { port, accepted } = await listenOnRing(t, successors.server, options.server);
  const client = await dialOnRing(t, successors.client, port, options.client);
  return [client, await accepted];
}

/** A server's end with Node's TLS over Node's own TCP. */
export async function listenWithNode(t: After, options: TlsOptions = {}): Promise<ListeningEnd<TLSSocket>> {
  const server = createServer({ ...certificates().server, allowHalfOpen: true, ...options });
  const accepted = once(server, "secureConnection").then(([socket]) => socket as TLSSocket);
  accepted.then(
    (socket) => t.after(() => socket.destroy()),
    () => {},
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  return { port: (server.address() as AddressInfo).port, accepted };
}

/** A client's end with Node's TLS over Node's own TCP, whose handshake may still be under way. */
export function dialWithNode(t: After, port: number, options: ConnectionOptions = {}): TLSSocket {
  const own = {
    host: "127.0.0.1",
    port,
    servername: "localhost",
    ca: certificates().ca,
    allowHalfOpen: true,
  };
  const socket = connect({ ...own, ...options });
  t.after(() => socket.destroy());
  return socket;
}
