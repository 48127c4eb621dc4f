// Two ends of a connection with TLS over a ring, as client and listener hand them out.

import assert from "node:assert/strict";
import type { ConnectionOptions, TlsOptions } from "node:tls";
import { kernelTls } from "#src/ktls/index.js";
import { secureTransport, TlsListener, type Transport } from "#src/transport/index.js";
import { ringLoop, UringDialer, UringListener } from "#src/uring/index.js";
import { makeCertificates } from "../support/certificates.js";

interface After {
  after(hook: () => void): void;
}

export const certificates = makeCertificates();

export interface PairOptions {
  readonly server?: TlsOptions;
  readonly client?: ConnectionOptions;
  /** Whether the kernel's TLS may take over at each end. Default both. */
  readonly isServerKernels?: boolean;
  readonly isClientKernels?: boolean;
}

/** The client's end and the server's. */
export async function connectPair(t: After, options: PairOptions = {}): Promise<[Transport, Transport]> {
  const { isServerKernels = true, isClientKernels = true } = options;
  const loop = ringLoop();
  assert.ok(typeof loop !== "string", String(loop));
  const { promise: accepted, resolve, reject } = withResolvers<Transport>();
  const sink = {
    accepted: resolve,
    failed: reject,
    refused: () => reject(new Error("the client was refused")),
  };
  const listener = new TlsListener(
    { ...certificates.server, ...options.server },
    sink,
    (inner) => new UringListener(loop, inner),
    isServerKernels ? kernelTls : undefined,
  );
  const bound = await listener.listen({ port: 0, host: "127.0.0.1" });
  assert.ok("port" in bound);
  t.after(() => listener.close());
  const deadline = AbortSignal.timeout(60_000);
  const plain = await new UringDialer(loop).dial({ host: "127.0.0.1", port: bound.port }, deadline);
  const tls = { host: "localhost", servername: "localhost", ca: certificates.ca, ...options.client };
  const secured = secureTransport(plain, tls, deadline, isClientKernels ? kernelTls : undefined);
  const [client, server] = await Promise.allSettled([secured, accepted]);
  // Also the end that is there when the other is not.
  for (const end of [client, server]) if (end.status === "fulfilled") t.after(() => end.value.destroy());
  if (server.status === "rejected") throw server.reason;
  if (client.status === "rejected") throw client.reason;
  return [client.value, server.value];
}

function withResolvers<T>(): {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (error: Error) => void;
} {
  let resolve: (value: T) => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<T>((settle, fail) => {
    resolve = settle;
    reject = fail;
  });
  return { promise, resolve, reject };
}
