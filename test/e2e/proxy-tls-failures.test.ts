// What is told of TLS handshakes that fail at a listener of the proxy.

import assert from "node:assert/strict";
import { once } from "node:events";
import { before, describe, test } from "node:test";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import { connect, type ServerAddress } from "sluice";
import {
  createProxy,
  ProxyError,
  type ProxyHooks,
  type ProxyTlsOptions,
  startAdmin,
  type TlsFailure,
} from "#src/proxy.js";
import { type Certificates, makeCertificates } from "../support/certificates.js";
import { hasTool, type TestContext } from "../support/outside-process.js";
import { makeConfigFolder, startProxyProgram } from "../support/proxy-program.js";
import { openRaw } from "../support/raw-client.js";
import { echo, startServer } from "../support/sluice-server.js";

let made: Certificates | undefined;
before((t) => {
  if (hasTool(t as never, "openssl", ["version"])) made = makeCertificates();
});

type Context = TestContext & { after(hook: () => unknown): void };

function given(t: Context): Certificates {
  if (made === undefined) t.skip("there is no openssl to make certificates with");
  return made ?? ({} as Certificates);
}

interface Listening extends ServerAddress {
  /** Failures so far. */
  readonly failures: TlsFailure[];
  /** The next one. */
  failed(): Promise<TlsFailure>;
  /** The samples of the metric that are not 0, as they are written. */
  counted(): Promise<string[]>;
}

async function listenWithTls(t: Context, tls: ProxyTlsOptions, hooks: ProxyHooks = {}): Promise<Listening> {
  const { url: to } = await startServer(t, echo);
  const failures: TlsFailure[] = [];
  let wake = (_failure: TlsFailure): void => {};
  const tlsFailed = (failure: TlsFailure): unknown => {
    failures.push(failure);
    wake(failure);
    return hooks.tlsFailed?.(failure);
  };
  const proxy = createProxy({ to, requestTimeoutMs: 200, hooks: { ...hooks, tlsFailed } });
  t.after(() => proxy.close({ timeoutMs: 0 }));
  const address = await proxy.listen({ port: 0, host: "127.0.0.1", tls });
  const admin = await startAdmin(proxy, { port: 0 });
  t.after(() => admin.close());
  const failed = (): Promise<TlsFailure> =>
    new Promise((resolve) => {
      wake = resolve;
    });
  const counted = async (): Promise<string[]> => {
    const text = await (await fetch(`${admin.url}metrics`)).text();
    return text.split("\n").filter((line) => /^sluice_proxy_tls_failures_total.* [1-9]/.test(line));
  };
  return { ...address, failures, failed, counted };
}

/** A client that the handshake fails for. */
function shakeHands(t: Context, port: number, options: ConnectionOptions): void {
  const socket = connectTls({ port, host: "127.0.0.1", servername: "localhost", ...options });
  socket.on("error", () => {});
  t.after(() => socket.destroy());
}

describe("a TLS handshake that fails at a listener of the proxy", () => {
  test("is told to the hook tlsFailed and counted, with what to do about plain HTTP, whose client is answered without TLS", async (t) => {
    const { server, ca } = given(t);
    const { url, port, failed, failures, counted } = await listenWithTls(t, server);
    assert.deepEqual(await counted(), []);
    const told = failed();
    const client = await openRaw(t, { port });
    client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    const answer = await client.readResponse();
    assert.deepEqual([answer.status, answer.headers.get("connection")], [400, "close"]);
    assert.equal(answer.body, "This port takes TLS: use https: or wss:\n");
    assert.equal((await client.readToEnd()).length, 0);
    const listener = `127.0.0.1:${port}`;
    const { reason, error, ...where } = await told;
    assert.deepEqual([reason, where], ["http", { listener, client: "127.0.0.1" }]);
    assert.equal(error.code, "TLS_FAILED");
    assert.match(error.message, /with 127\.0\.0\.1 at .*: what came is HTTP without TLS; have it use https:/);
    const sample = `sluice_proxy_tls_failures_total{listener="${listener}",reason="http"}`;
    assert.deepEqual(await counted(), [`${sample} 1`]);
    await (await connect(url, { tls: { ca } })).close();
    assert.equal(failures.length, 1);
  });

  test("because the client connects and leaves, or stops within it, is nothing to speak of", async (t) => {
    const { server, ca } = given(t);
    const { url, port, failures, counted } = await listenWithTls(t, server);
    for (const bytes of ["", "\x16\x03\x01"]) {
      for (const isReset of [false, true]) {
        const { socket } = await openRaw(t, { port });
        if (bytes !== "") await new Promise((resolve) => socket.write(bytes, resolve));
        const closed = once(socket, "close");
        if (isReset) socket.resetAndDestroy();
        else socket.end();
        await closed;
      }
    }
    await (await connect(url, { tls: { ca } })).close();
    assert.deepEqual([failures, await counted()], [[], []]);
  });

  test("because the client sends nothing in time is told as that", async (t) => {
    const { port, failed, counted } = await listenWithTls(t, given(t).server);
    const told = failed();
    await openRaw(t, { port });
    const { reason, client } = await told;
    assert.deepEqual([reason, client, (await counted()).length], ["timeout", "127.0.0.1", 1]);
  });

  test("for want of a version in common is told as that", async (t) => {
    const { server, ca } = given(t);
    const { port, failed } = await listenWithTls(t, { ...server, minVersion: "TLSv1.3" });
    const told = failed();
    shakeHands(t, port, { ca, maxVersion: "TLSv1.2" });
    assert.equal((await told).reason, "version");
  });

  for (const [what, pair] of [
    ["no certificate", undefined],
    ["a certificate of an unknown authority", "selfSigned"],
  ] as const) {
    test(`because the client shows ${what} is told as that`, async (t) => {
      const certificates = given(t);
      const { server, ca } = certificates;
      const { port, failed } = await listenWithTls(t, { ...server, ca, requestCert: true });
      const told = failed();
      shakeHands(t, port, { ca, ...(pair && certificates[pair]) });
      const { reason, error } = await told;
      assert.equal(reason, "certificate");
      assert.match(
        error.message,
        /it shows no certificate that ca vouches for, which requestCert asks for \(/,
      );
    });
  }

  test("does not become the failure of whoever is told", async (t) => {
    const heard: Error[] = [];
    const { port, failed } = await listenWithTls(t, given(t).server, {
      tlsFailed: () => Promise.reject(new Error("no")),
      error: (error) => heard.push(error),
    });
    for (let i = 1; i <= 2; i++) {
      const told = failed();
      (await openRaw(t, { port })).write("x".repeat(20));
      await told;
      await new Promise((resolve) => setImmediate(resolve));
      assert.equal(heard.length, i);
    }
    assert.ok(heard.every((error) => error instanceof ProxyError && error.code === "HOOK_FAILED"));
  });
});

for (const [flags, isTold] of [
  [["-v"], true],
  [[], false],
] as const) {
  test(`sluice proxy ${flags.join(" ")} has ${isTold ? "a line" : "no line"} for a TLS handshake that fails`, async (t) => {
    const { server, ca } = given(t);
    const { url: to } = await startServer(t, echo);
    const tls = { certificates: [{ cert: "cert.pem", key: "key.pem" }] };
    const folder = makeConfigFolder(t, { listen: { port: 0, host: "127.0.0.1", tls }, to });
    folder.writeFile("cert.pem", server.cert);
    folder.writeFile("key.pem", server.key);
    const { program, url } = await startProxyProgram(t, "--config", folder.file, ...flags);
    const client = await openRaw(t, { port: Number(new URL(url).port) });
    client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    await client.readToEnd();
    const ws = await connect(url, { tls: { ca } });
    await program.complained(/^#1 \+/m);
    const line = /^- the TLS handshake with 127\.0\.0\.1 at 127\.0\.0\.1:\d+ failed: what came is HTTP .*$/m;
    assert.equal(line.test(program.stderr), isTold, program.stderr);
    await ws.close();
  });
}

test("sluice proxy asks whether it is TLS that comes to a port without", async (t) => {
  const { url: to } = await startServer(t, echo);
  const { program, url } = await startProxyProgram(t, "--listen", "127.0.0.1:0", "--to", to);
  shakeHands(t, Number(new URL(url).port), {});
  await program.complained(
    /^#1 - a request that cannot be read \(TLS, at a port without tls\?\): 400 HEAD_MALFORMED, /m,
  );
});
