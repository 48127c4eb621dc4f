// The way to the hand-over with Node's TLS at both ends of a real ring. What the kernel does then is for test/ktls, in a guest
// whose kernel has TLS; here it has none, or is asked for none, and everything goes on as before.

import assert from "node:assert/strict";
import type { Duplex } from "node:stream";
import { before, describe, type TestContext, test } from "node:test";
import { type ConnectionOptions, createSecureContext, type TLSSocket, type TlsOptions } from "node:tls";
import type { HandshakeWatch } from "#src/ktls/handshake-watch.js";
import { kernelTls } from "#src/ktls/index.js";
import { RecordStream } from "#src/ktls/record-stream.js";
import { secureTransport, TlsListener, type TlsSuccessor, type Transport } from "#src/transport/index.js";
import { ringLoop, UringDialer, UringListener } from "#src/uring/index.js";
import { type Certificates, makeCertificates } from "../../support/certificates.js";
import { hasTool } from "../../support/outside-process.js";
import { RecordingSink } from "../transport/recording-sink.js";

const loop = ringLoop();

interface Seen {
  readonly role: string;
  readonly suite: string | undefined;
  readonly tickets: number | undefined;
  readonly hasSecrets: boolean;
}

/** Looks at what there is to be handed over, and leaves everything to Node's TLS. */
class Observer implements TlsSuccessor {
  readonly seen: Seen[] = [];
  readonly watches: HandshakeWatch[] = [];

  streamFor = kernelTls.streamFor;
  keyLogged = kernelTls.keyLogged;

  async succeed(stream: Duplex, _socket: TLSSocket): Promise<undefined> {
    assert.ok(stream instanceof RecordStream);
    await new Promise((resolve) => setImmediate(resolve));
    const { watch } = stream;
    const isKnown = watch.hasPeerFinished && watch.hasFinished && !watch.isLost;
    this.seen.push({
      role: watch.role,
      suite: watch.suite?.name,
      tickets: isKnown ? watch.countTickets(stream.held) : undefined,
      hasSecrets: watch.trafficSecret("ours") !== undefined && watch.trafficSecret("theirs") !== undefined,
    });
    stream.goOn();
    watch.wipe();
    return undefined;
  }
}

let certificates: Certificates | undefined;
before((t) => {
  if (hasTool(t as never, "openssl", ["version"])) certificates = makeCertificates();
});

interface Options {
  readonly server?: TlsOptions;
  readonly client?: ConnectionOptions;
}

async function connectPair(
  t: TestContext,
  options: (given: Certificates) => Options,
  successor: TlsSuccessor,
): Promise<[Transport, Transport] | undefined> {
  if (typeof loop === "string" || certificates === undefined) {
    t.skip(typeof loop === "string" ? loop : "there is no openssl to make certificates with");
    return undefined;
  }
  const { server, client } = options(certificates);
  let accept: (transport: Transport) => void = () => {};
  const accepted = new Promise<Transport>((resolve) => {
    accept = resolve;
  });
  const listener = new TlsListener(
    { ...certificates.server, ...server },
    { accepted: (transport) => accept(transport), failed: assert.fail, refused: assert.fail },
    (inner) => new UringListener(loop, inner),
    successor,
  );
  t.after(() => listener.close());
  const bound = await listener.listen({ port: 0, host: "127.0.0.1" });
  assert.ok("port" in bound);
  const never = new AbortController().signal;
  const plain = await new UringDialer(loop).dial({ host: "127.0.0.1", port: bound.port }, never);
  const tls = { host: "localhost", servername: "localhost", ca: certificates.ca, ...client };
  const pair = await Promise.all([secureTransport(plain, tls, never, successor), accepted]);
  t.after(() => {
    for (const transport of pair) transport.destroy();
  });
  return pair;
}

async function talk([left, right]: readonly [Transport, Transport]): Promise<void> {
  const sinks = [RecordingSink.attachedTo(left), RecordingSink.attachedTo(right)];
  left.write(Buffer.alloc(100_000, "there"));
  right.write(Buffer.alloc(50_000, "back"));
  await Promise.all([sinks[0].received(50_000), sinks[1].received(100_000)]);
  assert.ok(sinks[0].text === "back".repeat(12_500));
  assert.ok(sinks[1].text === "there".repeat(20_000));
  left.end();
  right.end();
  await Promise.all(sinks.map((sink) => sink.called("closed")));
}

const aes256 = "TLS_AES_256_GCM_SHA384";
const cases: { name: string; suite?: string | undefined; options: (given: Certificates) => Options }[] = [
  ...["TLS_AES_128_GCM_SHA256", aes256, "TLS_CHACHA20_POLY1305_SHA256"].map((ciphers) => ({
    name: ciphers,
    suite: ciphers,
    options: () => ({ server: { ciphers } }),
  })),
  { name: "a session without tickets", options: () => ({ server: { secureOptions: 0x4000 } }) },
  {
    name: "a certificate of the client's",
    options: ({ ca, client }) => ({ server: { requestCert: true, ca }, client }),
  },
  {
    name: "another key share (HelloRetryRequest)",
    options: () => ({ server: { ecdhCurve: "P-521" }, client: { ecdhCurve: "X25519:P-521" } }),
  },
  {
    name: "a certificate that is found later (SNI)",
    options: ({ server }) => ({
      server: { SNICallback: (_name, done) => setImmediate(() => done(null, createSecureContext(server))) },
    }),
  },
];

describe("a handshake of TLS 1.3", () => {
  for (const { name, suite = aes256, options } of cases) {
    test(`is seen to be complete at both ends, and nothing of it is lost: ${name}`, async (t) => {
      const observer = new Observer();
      const pair = await connectPair(t, options, observer);
      if (pair === undefined) return;
      const seen = observer.seen.toSorted((a, b) => a.role.localeCompare(b.role));
      const [client, server] = seen;
      assert.deepEqual(client, { role: "client", suite, tickets: 0, hasSecrets: true });
      assert.deepEqual({ ...server, tickets: 0 }, { role: "server", suite, tickets: 0, hasSecrets: true });
      // A kind of ticket or none, but never something that is none.
      assert.ok(server.tickets !== undefined);
      await talk(pair);
    });
  }
});

describe("where the kernel cannot take it over", () => {
  test("a connection of TLS 1.2 goes on with Node's TLS", async (t) => {
    const pair = await connectPair(t, () => ({ server: { maxVersion: "TLSv1.2" } }), kernelTls);
    if (pair === undefined) return;
    assert.deepEqual([pair[0].kind, pair[1].kind], ["uring+tls", "uring+tls"]);
    await talk(pair);
  });

  test("a connection of TLS 1.3 goes on with Node's TLS when the kernel refuses", async (t) => {
    if (typeof loop === "string") {
      t.skip(loop);
      return;
    }
    const refused = t.mock.method(loop.native, "socketSetBytes", () => -2);
    const pair = await connectPair(t, () => ({}), kernelTls);
    if (pair === undefined) return;
    assert.equal(refused.mock.callCount(), 2, "both ends have asked");
    assert.deepEqual([pair[0].kind, pair[1].kind], ["uring+tls", "uring+tls"]);
    await talk(pair);
  });
});
