import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { describe, type TestContext, test } from "node:test";
import type { TlsOptions } from "node:tls";
import { StateError } from "#src/protocol/index.js";
import {
  createMemoryPair,
  type Listener,
  type ListenerSink,
  SocketListener,
  secureTransport,
  socketDialer,
  TlsListener,
  type TlsListenerSink,
  type Transport,
  TransportError,
  toStream,
} from "#src/transport/index.js";
import { type Certificates, makeCertificates } from "../../support/certificates.js";
import { describeTransport } from "./contract.js";

let certificates: Certificates | undefined;
const never = new AbortController().signal;

/** Hands out one end of a memory pair for each connection. */
class MemoryListener implements Listener {
  readonly isListening = true;
  readonly descriptor = undefined;
  readonly sink: ListenerSink;

  constructor(sink: ListenerSink) {
    this.sink = sink;
  }

  connect(): Transport {
    const [near, far] = createMemoryPair();
    this.sink.accepted(far);
    return near;
  }

  async listen(): Promise<{ path: string }> {
    return { path: "" };
  }

  async leave(): Promise<void> {}

  close(): void {}
}

function secureListener<L extends Listener>(
  listen: (sink: ListenerSink) => L,
  onRefused: (...refusal: Parameters<TlsListenerSink["refused"]>) => unknown = () => {},
  options: TlsOptions = {},
): { inner: L; listener: TlsListener; next(): Promise<Transport> } {
  certificates ??= makeCertificates();
  const waiting: ((transport: Transport) => void)[] = [];
  const sink: TlsListenerSink = {
    accepted: (transport) => waiting.shift()?.(transport),
    failed: assert.fail,
    refused: (...refusal) => {
      onRefused(...refusal);
      return undefined;
    },
  };
  let inner: L | undefined;
  const listener = new TlsListener({ ...certificates.server, ...options }, sink, (raw) => {
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

/** The head of a TLS record with a handshake message, and the first byte of that. */
const beginningOfHello = Uint8Array.of(0x16, 0x03, 0x01, 0x00, 0xc8, 0x01);

function whenEnded(transport: Transport): Promise<void> {
  return new Promise((resolve) => {
    transport.attach({ receive() {}, ended: resolve, drained() {}, closed: () => resolve() });
  });
}

async function endsWithListener(
  t: TestContext,
  listener: Listener,
  next: () => Promise<Transport>,
  dial: () => Promise<Transport>,
  first: Uint8Array | undefined,
): Promise<void> {
  const unfinished = await dial();
  t.after(() => unfinished.destroy());
  const ended = whenEnded(unfinished);
  if (first !== undefined) unfinished.write(first);
  // Connections are accepted in their order: with this one the unfinished one is there.
  const [client, server] = await securePair(t, next, await dial());
  listener.close();
  await ended;
  const received = new Promise<number>((resolve) => {
    const receive = (bytes: Uint8Array, start: number): void => resolve(bytes[start]);
    server.attach({ receive, ended() {}, drained() {}, closed: () => resolve(-1) });
  });
  client.write(Uint8Array.of(7));
  assert.equal(await received, 7);
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
    const options = { servername: "localhost", cert: "-----BEGIN nothing", key: "-----BEGIN nothing" };
    await assert.rejects(
      secureTransport(near, options, never),
      (error) => error instanceof StateError && /^tls cannot be used: .+$/.test(error.message),
    );
    await closed;
    const sink: TlsListenerSink = {
      accepted: () => assert.fail(),
      failed: assert.fail,
      refused: assert.fail,
    };
    assert.throws(
      () => new TlsListener(options, sink, (raw) => new MemoryListener(raw)),
      (error) => error instanceof StateError && /^tls cannot be used: .+$/.test(error.message),
    );
  });

  test("over what is no socket knows the peer's address to its end, also as a stream", async (t) => {
    const { inner, next } = secureListener((sink) => new MemoryListener(sink));
    const pair = createMemoryPair();
    for (const [i, end] of pair.entries())
      Object.defineProperty(end, "remoteAddress", { value: `192.0.2.${i}` });
    const plain = pair[0];
    const accepted = next();
    inner.sink.accepted(pair[1]);
    const [client, server] = await securePair(t, () => accepted, plain);
    assert.deepEqual([client.remoteAddress, server.remoteAddress], ["192.0.2.0", "192.0.2.1"]);
    const ended = whenEnded(client);
    client.destroy();
    await ended;
    assert.equal(client.remoteAddress, "192.0.2.0");
    assert.equal((toStream(server) as Partial<Socket>).remoteAddress, "192.0.2.1");
  });

  for (const [how, first] of [
    ["before its first byte", undefined],
    ["in the middle of it", beginningOfHello],
  ] as const) {
    test(`over a socket ends with its listener while hands are shaken, ${how}, and not when it was handed out`, async (t) => {
      const { listener, next } = secureListener((sink) => new SocketListener(sink, false), assert.fail);
      const bound = await listener.listen({ port: 0, host: "127.0.0.1" });
      assert.ok("port" in bound);
      const dial = () => socketDialer.dial({ host: "127.0.0.1", port: bound.port }, never);
      await endsWithListener(t, listener, next, dial, first);
    });

    test(`over memory ends with its listener while hands are shaken, ${how}, and not when it was handed out`, async (t) => {
      const { inner, listener, next } = secureListener((sink) => new MemoryListener(sink), assert.fail);
      await endsWithListener(t, listener, next, async () => inner.connect(), first);
    });
  }

  for (const [what, errno, bytes] of [
    ["sends what is no TLS", "ERR_SSL_HTTP_REQUEST", new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n")],
    ["stops in the middle of it", "ERR_TLS_HANDSHAKE_TIMEOUT", beginningOfHello],
    ["sends nothing", "ERR_TLS_HANDSHAKE_TIMEOUT", undefined],
  ] as const) {
    test(`refuses a client that ${what}, once, and says why and whom`, async (t) => {
      const refusals: [TransportError, string | undefined][] = [];
      const { listener } = secureListener(
        (sink) => new SocketListener(sink, false),
        (...refusal) => refusals.push(refusal),
        { handshakeTimeout: 50 },
      );
      const bound = await listener.listen({ port: 0, host: "127.0.0.1" });
      t.after(() => listener.close());
      assert.ok("port" in bound);
      const client = await socketDialer.dial({ host: "127.0.0.1", port: bound.port }, never);
      t.after(() => client.destroy());
      const ended = whenEnded(client);
      if (bytes !== undefined) client.write(bytes);
      await ended;
      assert.equal(refusals.length, 1);
      const [[error, remoteAddress]] = refusals;
      assert.deepEqual([error.code, error.errno, remoteAddress], ["TLS_FAILED", errno, "127.0.0.1"]);
    });
  }

  test("refuses a client of a version that it does not speak, once", async () => {
    let refusals = 0;
    const { inner } = secureListener(
      (sink) => new MemoryListener(sink),
      () => refusals++,
      { minVersion: "TLSv1.3" },
    );
    const options = { servername: "localhost", ca: certificates?.ca, maxVersion: "TLSv1.2" as const };
    await assert.rejects(secureTransport(inner.connect(), options, never), { code: "TLS_FAILED" });
    assert.equal(refusals, 1);
  });

  for (const [what, pair, name] of [
    ["none", undefined, "ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE"],
    ["one of an unknown authority", "selfSigned", "DEPTH_ZERO_SELF_SIGNED_CERT"],
  ] as const) {
    test(`refuses a client whose certificate is asked for and is ${what}, once`, async () => {
      certificates ??= makeCertificates();
      const { ca, [pair ?? "client"]: given } = certificates;
      let refusals = 0;
      const { code, errno } = await new Promise<TransportError>((resolve) => {
        const listening = { ca, requestCert: true, rejectUnauthorized: true };
        const onRefused = (error: TransportError): void => {
          refusals++;
          resolve(error);
        };
        const { inner } = secureListener((sink) => new MemoryListener(sink), onRefused, listening);
        // In TLS 1.3 the client's handshake is complete before the server has looked at its certificate.
        const options = { servername: "localhost", ca, ...(pair && given) };
        void secureTransport(inner.connect(), options, never).then(whenEnded);
      });
      assert.deepEqual([refusals, code, errno], [1, "TLS_FAILED", name]);
    });
  }

  for (const [how, first] of [
    ["before its first byte", undefined],
    ["in the middle of the handshake", beginningOfHello],
  ] as const) {
    test(`lets go of a client that leaves ${how}, and does not refuse it`, async (t) => {
      const { inner, listener } = secureListener((sink) => new MemoryListener(sink), assert.fail);
      const overSocket = secureListener((sink) => new SocketListener(sink, false), assert.fail).listener;
      const bound = await overSocket.listen({ port: 0, host: "127.0.0.1" });
      t.after(() => overSocket.close());
      t.after(() => listener.close());
      assert.ok("port" in bound);
      const dialled = await socketDialer.dial({ host: "127.0.0.1", port: bound.port }, never);
      for (const client of [inner.connect(), dialled]) {
        const ended = whenEnded(client);
        if (first !== undefined) client.write(first);
        client.end();
        await ended;
      }
    });
  }

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
