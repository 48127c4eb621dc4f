import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, type TestContext, test } from "node:test";
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from "node:tls";
import { createProxy, type ReverseProxy as ProxyServer, type ProxyTlsOptions } from "#src/proxy/index.js";
import { type Certificates, makeCertificates } from "../support/certificates.js";
import { RawPeer } from "../support/raw-client.js";
import { echo, startServer } from "../support/sluice-server.js";

const made: Certificates = makeCertificates();
const { server, second, expired } = made;

interface Listening {
  readonly proxy: ProxyServer;
  readonly port: number;
}

async function listenWith(t: TestContext, tls: ProxyTlsOptions): Promise<Listening> {
  const { url } = await startServer(t, echo);
  const proxy = createProxy({ to: url });
  t.after(() => proxy.close({ timeoutMs: 0 }));
  const { port } = await proxy.listen({ port: 0, host: "127.0.0.1", tls });
  return { proxy, port };
}

async function shakeHands(t: TestContext, port: number, options: ConnectionOptions): Promise<TLSSocket> {
  const socket = connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false, ...options });
  t.after(() => socket.destroy());
  await once(socket, "secureConnect");
  return socket;
}

/** Of the certificate that a client is shown who asks for the host. */
async function serialFor(t: TestContext, port: number, servername: string): Promise<string> {
  const socket = await shakeHands(t, port, { servername });
  const { serialNumber } = socket.getPeerCertificate();
  socket.destroy();
  return serialNumber;
}

async function serials(t: TestContext): Promise<Record<"server" | "second" | "expired", string>> {
  const entries = await Promise.all(
    Object.entries({ server, second, expired }).map(async ([name, pair]) => {
      const { port } = await listenWith(t, { certificates: [pair] });
      return [name, await serialFor(t, port, "localhost")];
    }),
  );
  return Object.fromEntries(entries);
}

describe("certificates of a proxy's listener", () => {
  test("are chosen by the host that a client names; the first is for all others", async (t) => {
    const known = await serials(t);
    const { port } = await listenWith(t, {
      certificates: [server, second, { ...expired, names: ["Old.test", "*.wild.test"] }],
    });
    const asked = [
      "localhost",
      "second.test",
      "SECOND.test",
      "old.test",
      "a.wild.test",
      "a.b.wild.test",
      "wild.test",
      "",
    ];
    const shown = [];
    for (const name of asked) shown.push(await serialFor(t, port, name));
    assert.deepEqual(shown, [
      known.server,
      known.second,
      known.second,
      known.expired,
      known.expired,
      known.server,
      known.server,
      known.server,
    ]);
  });

  test("are bytes of a file as well", async (t) => {
    const bytes = { cert: Uint8Array.from(Buffer.from(second.cert)), key: Buffer.from(second.key) };
    const { port } = await listenWith(t, { certificates: [server, bytes] });
    assert.notEqual(await serialFor(t, port, "second.test"), await serialFor(t, port, "localhost"));
  });

  test("change for clients that come, while those that are there stay", async (t) => {
    const known = await serials(t);
    const { proxy, port } = await listenWith(t, { certificates: [server, second] });
    const open = new RawPeer(await shakeHands(t, port, { servername: "second.test" }));
    await open.upgrade();
    proxy.updateCertificates([expired, { ...server, names: ["second.test"] }]);
    assert.equal(await serialFor(t, port, ""), known.expired);
    assert.equal(await serialFor(t, port, "localhost"), known.expired);
    assert.equal(await serialFor(t, port, "second.test"), known.server);
    open.sendFrame({ opcode: 1, payload: "still here" });
    assert.equal((await open.readFrame()).payload.toString(), "still here");
  });

  for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
    for (const servername of ["localhost", "second.test", ""]) {
      test(`change without an end to sessions of ${version} with ${servername || "no host"}`, async (t) => {
        const { proxy, port } = await listenWith(t, { certificates: [server, second], maxVersion: version });
        const first = connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false, servername });
        t.after(() => first.destroy());
        const [session] = (await once(first, "session")) as [Buffer];
        proxy.updateCertificates([expired, { ...server, names: ["second.test"] }]);
        const again = await shakeHands(t, port, { servername, session });
        assert.equal(again.isSessionReused(), true);
      });
    }
  }

  test("change at one listener, or at all that have any", async (t) => {
    const known = await serials(t);
    const { url } = await startServer(t, echo);
    const proxy = createProxy({ to: url });
    t.after(() => proxy.close({ timeoutMs: 0 }));
    const where = { port: 0, host: "127.0.0.1", tls: { certificates: [server] } };
    const [one, other] = [await proxy.listen(where), await proxy.listen(where)];
    await proxy.listen({ port: 0, host: "127.0.0.1" });
    proxy.updateCertificates([second], one);
    assert.equal(await serialFor(t, one.port, "localhost"), known.second);
    assert.equal(await serialFor(t, other.port, "localhost"), known.server);
    proxy.updateCertificates([expired]);
    assert.equal(await serialFor(t, one.port, "localhost"), known.expired);
    assert.equal(await serialFor(t, other.port, "localhost"), known.expired);
  });

  test("stay as they are when those that are to come cannot be used", async (t) => {
    const known = await serials(t);
    const { proxy, port } = await listenWith(t, { certificates: [server] });
    const attempts: [unknown, RegExp][] = [
      [[], /at least one \{ cert, key \}/],
      [
        [second, { cert: second.cert, key: server.key }],
        /certificates\[1\]\.key does not belong to the certificate beside it/,
      ],
      [[{ cert: second.cert }], /certificates\[0\] has no key/],
      [[{ cert: "/etc/cert.pem", key: second.key }], /^tls\.certificates\[0\]\.cert has no/],
      [[{ ...second, hosts: ["a"] }], /use names/],
      [[{ ...second, names: ["*.*.test"] }], /names "\*\.\*\.test" is no host name; /],
      [[{ ...second, names: ["_"] }], /names "_" is a word for any host elsewhere, /],
      [[second, { ...made.client }], /certificates\[1\] names no host/],
    ];
    for (const [certificates, message] of attempts) {
      const update = () => proxy.updateCertificates(certificates as []);
      assert.throws(update, { code: "INVALID_ARGUMENT", message });
    }
    assert.equal(await serialFor(t, port, "localhost"), known.server);
  });

  test("are not given beside another one, nor updated where there are none", async (t) => {
    const proxy = createProxy({ to: "ws://127.0.0.1:1" });
    t.after(() => proxy.close({ timeoutMs: 0 }));
    await assert.rejects(proxy.listen({ port: 0, tls: { ...server, certificates: [second] } }), {
      code: "INVALID_ARGUMENT",
      message: /^tls\.cert means nothing beside tls\.certificates/,
    });
    const plain = await proxy.listen({ port: 0, host: "127.0.0.1", tls: server });
    const none = {
      code: "INVALID_ARGUMENT",
      message: /^no listener has certificates to update; give them to/,
    };
    assert.throws(() => proxy.updateCertificates([second]), none);
    const others = {
      code: "INVALID_ARGUMENT",
      message: /^the listener at wss:.* has no certificates to update/,
    };
    assert.throws(() => proxy.updateCertificates([second], plain), others);
    await proxy.listen({ port: 0, host: "127.0.0.1", tls: { certificates: [server] } });
    const unknown = {
      code: "INVALID_ARGUMENT",
      message: /^no listener has this address; give what listen answered/,
    };
    assert.throws(() => proxy.updateCertificates([second], { ...plain }), unknown);
  });
});
