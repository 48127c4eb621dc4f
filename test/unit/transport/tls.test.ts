import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { StateError } from "#src/protocol/index.js";
import {
  createMemoryPair,
  type Listener,
  type ListenerSink,
  SocketListener,
  secureTransport,
  socketDialer,
  TlsListener,
  type Transport,
  TransportError,
} from "#src/transport/index.js";
import { type Certificates, makeCertificates } from "../../support/certificates.js";
import { describeTransport } from "./contract.js";

let certificates: Certificates | undefined;
const never = new AbortController().signal;

/** Hands out one end of a memory pair for each connection. */
class MemoryListener implements Listener {
  readonly isListening = true;
  readonly #sink: ListenerSink;

  constructor(sink: ListenerSink) {
    this.#sink = sink;
  }

  connect(): Transport {
    const [near, far] = createMemoryPair();
    this.#sink.accepted(far);
    return near;
  }

  async listen(): Promise<{ path: string }> {
    return { path: "" };
  }

  close(): void {}
}

function secureListener<L extends Listener>(
  listen: (sink: ListenerSink) => L,
): { inner: L; listener: TlsListener; next(): Promise<Transport> } {
  certificates ??= makeCertificates();
  const waiting: ((transport: Transport) => void)[] = [];
  const sink: ListenerSink = { accepted: (transport) => waiting.shift()?.(transport), failed: assert.fail };
  let inner: L | undefined;
  const listener = new TlsListener(certificates.server, sink, (raw) => {
    inner = listen(raw);
    return inner;
  });
  return { inner: inner as L, listener, next: () => new Promise((resolve) => waiting.push(resolve)) };
}

async function securePair(
  t: TestContext,
  next: () => Promise<Transport>,
  plain: Transport,
): Promise<[Transport, Transport]> {
  const accepted = next();
  const options = { servername: "localhost", ca: certificates?.ca };
  const [client, server] = await Promise.all([secureTransport(plain, options, never), accepted]);
  t.after(() => {
    client.destroy();
    server.destroy();
  });
  return [client, server];
}

async function overMemory(t: TestContext): Promise<[Transport, Transport]> {
  const { inner, next } = secureListener((sink) => new MemoryListener(sink));
  return securePair(t, next, inner.connect());
}

async function overSockets(t: TestContext): Promise<[Transport, Transport]> {
  const { listener, next } = secureListener((sink) => new SocketListener(sink, false));
  const bound = await listener.listen({ port: 0, host: "127.0.0.1" });
  t.after(() => listener.close());
  assert.ok("port" in bound);
  return securePair(t, next, await socketDialer.dial({ host: "127.0.0.1", port: bound.port }, never));
}

describeTransport("TLS over memory", overMemory);
describeTransport("TLS over sockets, from listener and dialer", overSockets);

describe("TLS over a transport", () => {
  test("is secure, and verifies the server", async () => {
    const { inner } = secureListener((sink) => new MemoryListener(sink));
    const refused = secureTransport(inner.connect(), { servername: "localhost" }, never);
    await assert.rejects(refused, (error: TransportError) => error.code === "TLS_FAILED");
    const other = { servername: "elsewhere.example", ca: certificates?.ca };
    await assert.rejects(
      secureTransport(inner.connect(), other, never),
      (error: TransportError) => error instanceof TransportError && error.code === "TLS_FAILED",
    );
  });

  test("refuses a certificate that is none as the caller's mistake, and leaves nothing open", async () => {
    const [near, far] = createMemoryPair();
    const closed = new Promise<void>((resolve) => {
      far.attach({ receive() {}, ended: resolve, drained() {}, closed: () => resolve() });
    });
    const options = { servername: "localhost", cert: "no certificate", key: "no key" };
    await assert.rejects(
      secureTransport(near, options, never),
      (error) => error instanceof StateError && /^tls cannot be used: .+$/.test(error.message),
    );
    await closed;
    const sink: ListenerSink = { accepted: () => assert.fail(), failed: assert.fail };
    assert.throws(
      () => new TlsListener(options, sink, (raw) => new MemoryListener(raw)),
      (error) => error instanceof StateError && /^tls cannot be used: .+$/.test(error.message),
    );
  });

  test("ends with its listener while hands are shaken, and not when it was handed out", async (t) => {
    const { listener, next } = secureListener((sink) => new SocketListener(sink, false));
    const bound = await listener.listen({ port: 0, host: "127.0.0.1" });
    assert.ok("port" in bound);
    const dial = () => socketDialer.dial({ host: "127.0.0.1", port: bound.port }, never);
    const silent = await dial();
    t.after(() => silent.destroy());
    const ended = new Promise<void>((resolve) => {
      silent.attach({ receive() {}, ended: resolve, drained() {}, closed: () => resolve() });
    });
    // Sockets are accepted in their order: with this one the silent one is there.
    const [client, server] = await securePair(t, next, await dial());
    listener.close();
    await ended;
    const received = new Promise<number>((resolve) => {
      const receive = (bytes: Uint8Array, start: number): void => resolve(bytes[start]);
      server.attach({ receive, ended() {}, drained() {}, closed: () => resolve(-1) });
    });
    client.write(Uint8Array.of(7));
    assert.equal(await received, 7);
  });

  test("gives up at the deadline, and closes the transport", async () => {
    const [near, far] = createMemoryPair();
    const stop = new AbortController();
    const reason = new Error("time is over");
    const attempt = secureTransport(near, { servername: "localhost" }, stop.signal);
    const closed = new Promise<void>((resolve) => {
      far.attach({ receive() {}, ended: resolve, drained() {}, closed: () => resolve() });
    });
    stop.abort(reason);
    await assert.rejects(attempt, reason);
    await closed;
  });
});
