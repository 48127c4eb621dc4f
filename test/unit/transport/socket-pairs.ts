// Connected pairs of Node's sockets: TCP, TLS and unix sockets, ended with the test that asked for them.

import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { connect as connectTls, createServer as createTlsServer } from "node:tls";
import { type Certificates, makeCertificates } from "../../support/certificates.js";

export interface SocketPair {
  client: Socket;
  server: Socket;
}

let certificates: Certificates | undefined;

async function pairUp(
  t: TestContext,
  listener: Server,
  event: string,
  dial: () => Socket,
): Promise<SocketPair> {
  const accepted = once(listener, event) as Promise<[Socket]>;
  const client = dial();
  const [[server]] = await Promise.all([
    accepted,
    once(client, event === "connection" ? "connect" : "secureConnect"),
  ]);
  t.after(() => {
    client.destroy();
    server.destroy();
    listener.close();
  });
  return { client, server };
}

export async function connectTcp(t: TestContext, pauseOnConnect = false): Promise<SocketPair> {
  const listener = createServer({ allowHalfOpen: true, pauseOnConnect });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address() as AddressInfo;
  return pairUp(t, listener, "connection", () => connect({ port, host: "127.0.0.1", allowHalfOpen: true }));
}

export async function connectTlsPair(t: TestContext): Promise<SocketPair> {
  certificates ??= makeCertificates();
  const { ca, server } = certificates;
  const listener = createTlsServer({ allowHalfOpen: true, ...server });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address() as AddressInfo;
  const options = { port, host: "127.0.0.1", servername: "localhost", ca };
  // Node's types leave out an option that TLS sockets take from `net`.
  const dial = (): Socket => connectTls({ ...options, allowHalfOpen: true } as object);
  return pairUp(t, listener, "secureConnection", dial);
}

export async function connectUnix(t: TestContext): Promise<SocketPair> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "socket");
  const listener = createServer({ allowHalfOpen: true });
  listener.listen(path);
  await once(listener, "listening");
  return pairUp(t, listener, "connection", () => connect({ path, allowHalfOpen: true }));
}
