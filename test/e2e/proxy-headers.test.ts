import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect as connectTcp, createServer as createTcpServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { connect as connectTls } from "node:tls";
import { createServer, type ServerHandlers } from "sluice";
import { createProxy, type ProxyListenOptions, type ProxyOptions } from "#src/proxy/index.js";
import { encodeProxyHeader } from "#src/proxy/listening/proxy-header-encoding.js";
import { projectPath } from "../support/paths.js";
import { RawPeer } from "../support/raw-client.js";
import { certificates } from "../support/ring-tls.js";

const loopback = { port: 0, host: "127.0.0.1" };

/** Tells in answers and in messages for whom it was asked. */
const telling: ServerHandlers = {
  open(ws) {
    ws.send(ws.request.headers.get("x-forwarded-for") ?? "nobody");
  },
  request: ({ headers }) => ({ body: headers.get("x-forwarded-for") ?? "nobody" }),
};

async function startTelling(t: TestContext): Promise<string> {
  const server = createServer(telling);
  t.after(() => server.close({ timeoutMs: 0 }));
  return (await server.listen(loopback)).url;
}

interface Started {
  readonly port: number;
  readonly errors: Error[];
}

async function startProxy(
  t: TestContext,
  options: ProxyOptions,
  listening: ProxyListenOptions & { host?: undefined } = {},
): Promise<Started> {
  const errors: Error[] = [];
  const proxy = createProxy({ ...options, hooks: { error: (error) => errors.push(error) } });
  t.after(() => proxy.close({ timeoutMs: 0 }));
  const { port } = await proxy.listen({ ...loopback, ...listening });
  return { port, errors };
}

/** A client whose address is another one than the proxies'. */
async function clientAt(t: TestContext, port: number, localAddress: string): Promise<RawPeer> {
  const socket: Socket = connectTcp({ port, host: "127.0.0.1", localAddress, allowHalfOpen: true });
  t.after(() => socket.destroy());
  await once(socket, "connect");
  return new RawPeer(socket);
}

const get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

async function answerTo(peer: RawPeer): Promise<string> {
  peer.write(get);
  return (await peer.readResponse()).body;
}

describe("a PROXY header from proxy to proxy", () => {
  for (const version of [1, 2] as const) {
    for (const isSecure of [false, true]) {
      test(`of version ${version} says who asks, ${isSecure ? "before TLS" : "in the open"}`, async (t) => {
        const inner = await startProxy(
          t,
          { to: await startTelling(t), trustedProxies: ["127.0.0.1"] },
          { proxyProtocol: true, ...(isSecure && { tls: certificates().server }) },
        );
        const url = isSecure ? `wss://localhost:${inner.port}` : `ws://127.0.0.1:${inner.port}`;
        const tls = isSecure ? { ca: certificates().ca } : undefined;
        const outer = await startProxy(t, { to: { url, tls }, sendProxyProtocol: version });
        const [first, second] = [
          await clientAt(t, outer.port, "127.0.0.2"),
          await clientAt(t, outer.port, "127.0.0.3"),
        ];
        // A connection that were kept for the second would still speak for the first.
        assert.equal(await answerTo(first), "127.0.0.2");
        assert.equal(await answerTo(second), "127.0.0.3");
        assert.equal(await answerTo(first), "127.0.0.2");
        await second.upgrade();
        assert.equal((await second.readFrame()).payload.toString(), "127.0.0.3");
        assert.deepEqual([inner.errors, outer.errors], [[], []]);
      });
    }
  }

  test("names addresses of IPv4 as such, also where one socket takes IPv6 too", async (t) => {
    const to = await startTelling(t);
    const everywhere = { host: undefined };
    const options = { to, trustedProxies: ["127.0.0.1"] };
    const inner = await startProxy(t, options, { proxyProtocol: true, ...everywhere });
    const outer = await startProxy(
      t,
      { to: `ws://127.0.0.1:${inner.port}`, sendProxyProtocol: 1 },
      everywhere,
    );
    assert.equal(await answerTo(await clientAt(t, outer.port, "127.0.0.2")), "127.0.0.2");
    assert.deepEqual(inner.errors, []);
  });

  test("is of the client that a trusted proxy speaks for", async (t) => {
    const inner = await startProxy(
      t,
      { to: await startTelling(t), trustedProxies: ["127.0.0.1"] },
      { proxyProtocol: true },
    );
    const outer = await startProxy(t, {
      to: `ws://127.0.0.1:${inner.port}`,
      sendProxyProtocol: 2,
      trustedProxies: ["127.0.0.2"],
    });
    const peer = await clientAt(t, outer.port, "127.0.0.2");
    peer.write("GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 203.0.113.9\r\n\r\n");
    assert.equal((await peer.readResponse()).body, "203.0.113.9");
  });
});

describe("a listener with proxyProtocol", () => {
  async function startListening(t: TestContext, options: Partial<ProxyOptions> = {}): Promise<Started> {
    const to = await startTelling(t);
    return startProxy(t, { to, trustedProxies: ["127.0.0.1"], ...options }, { proxyProtocol: true });
  }

  const header = encodeProxyHeader(2, { address: "2001:db8::7", port: 7 }, undefined);

  test("takes the header byte by byte, and together with what follows it", async (t) => {
    const { port, errors } = await startListening(t);
    const whole = await clientAt(t, port, "127.0.0.1");
    whole.write(Buffer.concat([header, Buffer.from(get)]));
    assert.equal((await whole.readResponse()).body, "2001:db8::7");
    const torn = await clientAt(t, port, "127.0.0.1");
    for (const byte of Buffer.concat([header, Buffer.from(get)])) torn.write(Uint8Array.of(byte));
    assert.equal((await torn.readResponse()).body, "2001:db8::7");
    assert.deepEqual(errors, []);
  });

  // "as if there were no PROXY protocol header on the wire", and "the real connection endpoints".
  test("takes the connection's own address where the header names nobody", async (t) => {
    // What such a header says beside that is ignored.
    const local = Buffer.from(header);
    local[12] = 0x20;
    const unspecified = Buffer.from(header);
    unspecified[13] = 0x00;
    for (const tls of [undefined, certificates().server]) {
      const to = await startTelling(t);
      const trusting = { to, trustedProxies: ["127.0.0.0/8"] };
      const { port, errors } = await startProxy(t, trusting, { proxyProtocol: true, tls });
      for (const [at, bytes] of [
        Buffer.from("PROXY UNKNOWN\r\n"),
        Buffer.from("PROXY UNKNOWN 2001:db8::7 ::1 7 80\r\n"),
        local,
        unspecified,
      ].entries()) {
        const { socket } = await clientAt(t, port, "127.0.0.5");
        socket.write(bytes);
        const peer = new RawPeer(
          tls === undefined ? socket : connectTls({ socket, rejectUnauthorized: false }),
        );
        assert.equal(await answerTo(peer), "127.0.0.5", `header ${at}`);
        await peer.upgrade();
        assert.equal((await peer.readFrame()).payload.toString(), "127.0.0.5", `header ${at}`);
      }
      assert.deepEqual(errors, []);
    }
  });

  test("takes a unix socket's peers for trusted", async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "sluice-"));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const path = join(folder, "proxy.sock");
    const proxy = createProxy({ to: await startTelling(t) });
    t.after(() => proxy.close({ timeoutMs: 0 }));
    await proxy.listen({ path, proxyProtocol: true });
    const socket = connectTcp(path);
    t.after(() => socket.destroy());
    const peer = new RawPeer(socket);
    peer.write(Buffer.concat([header, Buffer.from(get)]));
    assert.equal((await peer.readResponse()).body, "2001:db8::7");
  });

  test("cuts whoever begins otherwise, or is not trusted, and says so once in a while", async (t) => {
    const { port, errors } = await startListening(t);
    for (let i = 0; i < 3; i++) {
      const stranger = await clientAt(t, port, "127.0.0.2");
      stranger.write(Buffer.concat([header, Buffer.from(get)]));
      assert.equal((await stranger.readToEnd()).toString(), "");
    }
    const plain = await clientAt(t, port, "127.0.0.1");
    plain.write(get);
    assert.equal((await plain.readToEnd()).toString(), "");
    assert.deepEqual(
      errors.map((error) => [(error as Error & { code: string }).code, error.message]),
      [
        [
          "PROXY_HEADER_INVALID",
          "a connection from 127.0.0.2 was cut: it is not in trustedProxies, whose word proxyProtocol takes for who connects",
        ],
      ],
    );
  });

  test("says of what kind the fault is", async (t) => {
    const { port, errors } = await startListening(t);
    const plain = await clientAt(t, port, "127.0.0.1");
    plain.write(get);
    await plain.readToEnd();
    assert.match(
      errors[0].message,
      /^a connection from 127\.0\.0\.1 was cut: the connection has no usable PROXY header: /,
    );
  });

  test("cuts whoever ends within the header, and lets go of whoever leaves without a word", async (t) => {
    const { port, errors } = await startListening(t);
    const silent = await clientAt(t, port, "127.0.0.1");
    silent.socket.end();
    assert.equal((await silent.readToEnd()).toString(), "");
    assert.equal(errors.length, 0);
    const torn = await clientAt(t, port, "127.0.0.1");
    torn.socket.end(header.subarray(0, 20));
    assert.equal((await torn.readToEnd()).toString(), "");
    assert.match(errors[0].message, /ended within its PROXY header/);
  });

  test("cuts whoever does not get to its end in time", async (t) => {
    const { port, errors } = await startListening(t, { requestTimeoutMs: 50 });
    const slow = await clientAt(t, port, "127.0.0.1");
    slow.write("PROXY ");
    assert.equal((await slow.readToEnd()).toString(), "");
    assert.match(errors[0].message, /no PROXY header came within 50 ms \(requestTimeoutMs\)/);
  });

  test("ends with its proxy, whatever waits for a header", async (t) => {
    const proxy = createProxy({ to: "ws://127.0.0.1:1", trustedProxies: ["127.0.0.1"] });
    const { port } = await proxy.listen({ ...loopback, proxyProtocol: true });
    const peer = await clientAt(t, port, "127.0.0.1");
    peer.write("PROXY ");
    await proxy.close({ timeoutMs: 0 });
    assert.equal((await peer.readToEnd()).toString(), "");
  });

  test("that is left serves those that have connected, whatever they still have to say", async (t) => {
    for (const tls of [undefined, certificates().server]) {
      const proxy = createProxy({ to: await startTelling(t), trustedProxies: ["127.0.0.1"] });
      t.after(() => proxy.close({ timeoutMs: 0 }));
      const { port } = await proxy.listen({ ...loopback, proxyProtocol: true, tls });
      const { socket } = await clientAt(t, port, "127.0.0.1");
      // It has been accepted when one that came later was cut.
      const later = await clientAt(t, port, "127.0.0.1");
      later.write("?");
      await later.readToEnd();
      let hasLeft = false;
      const leaving = proxy.leave().then(() => {
        hasLeft = true;
      });
      const refused = connectTcp({ port, host: "127.0.0.1" });
      const [error] = (await once(refused, "error")) as [NodeJS.ErrnoException];
      assert.equal(error.code, "ECONNREFUSED");
      assert.equal(hasLeft, false);
      socket.write(header);
      const asking = tls === undefined ? socket : connectTls({ socket, rejectUnauthorized: false });
      const peer = new RawPeer(asking);
      peer.write(get);
      assert.equal((await peer.readResponse()).body, "2001:db8::7");
      await leaving;
    }
  });

  test("is none where nobody's headers would be taken", async (t) => {
    const proxy = createProxy({ to: "ws://127.0.0.1:1" });
    t.after(() => proxy.close({ timeoutMs: 0 }));
    const refused = {
      code: "INVALID_ARGUMENT",
      message:
        'proxyProtocol needs trustedProxies, or every connection is cut; write trustedProxies: ["10.0.0.0/8"]',
    };
    await assert.rejects(proxy.listen({ ...loopback, proxyProtocol: true }), refused);
    assert.equal(proxy.listeningDescriptors.length, 0);
    proxy.reload({ to: "ws://127.0.0.1:1", trustedProxies: ["127.0.0.1"] });
    const { url } = await proxy.listen({ ...loopback, proxyProtocol: true });
    assert.throws(() => proxy.reload({ to: "ws://127.0.0.1:2" }), {
      code: "INVALID_ARGUMENT",
      message: `proxyProtocol of the listener at ${url} needs trustedProxies, or every connection is cut; write trustedProxies: ["10.0.0.0/8"]`,
    });
    proxy.reload({ to: "ws://127.0.0.1:2", trustedProxies: ["127.0.0.2"] });
  });

  test("is found out to be none once it has taken a socket that listens already", async (t) => {
    const holder = createTcpServer().listen(0, "127.0.0.1");
    t.after(() => holder.close());
    await once(holder, "listening");
    const { _handle } = holder as unknown as { readonly _handle: { readonly fd: number } };
    const program = `import { createProxy } from "sluice/proxy";
      const proxy = createProxy({ to: "ws://127.0.0.1:1" });
      await proxy.listen({ fd: 3, proxyProtocol: true }).catch(({ message }) => console.log(message));
      console.log(proxy.listeningDescriptors.length);`;
    const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
      cwd: projectPath("."),
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit", _handle.fd],
    });
    assert.match(stdout, /^proxyProtocol needs trustedProxies, .*\n0\n$/);
  });

  test("takes true or false, and nothing else", async () => {
    const proxy = createProxy({ to: "ws://127.0.0.1:1" });
    await assert.rejects(proxy.listen({ ...loopback, proxyProtocol: 2 as unknown as boolean }), {
      code: "INVALID_ARGUMENT",
    });
  });
});

describe("X-Real-IP", () => {
  test("names the client where the proxy is to send it, to upgrades and plain requests, and nobody else", async (t) => {
    const server = createServer({
      open: (ws) => ws.send(String(ws.request.headers.getAll("x-real-ip"))),
      request: ({ headers }) => ({ body: String(headers.getAll("x-real-ip")) }),
    });
    t.after(() => server.close({ timeoutMs: 0 }));
    const { url: to } = await server.listen(loopback);
    for (const [sendRealIp, expected] of [
      [true, "127.0.0.2"],
      [undefined, ""],
    ] as const) {
      const { port } = await startProxy(t, { to, sendRealIp });
      const client = await clientAt(t, port, "127.0.0.2");
      client.write("GET / HTTP/1.1\r\nHost: a\r\nX-Real-IP: 6.6.6.6\r\nConnection: X-Real-IP\r\n\r\n");
      assert.equal((await client.readResponse()).body, expected);
      await client.upgrade({ "X-Real-IP": "6.6.6.6" });
      assert.equal((await client.readFrame()).payload.toString(), expected);
    }
  });

  test("has to be asked for with true", () => {
    assert.throws(
      () => createProxy({ to: "ws://127.0.0.1:1", sendRealIp: "X-Real-IP" as unknown as boolean }),
      {
        code: "INVALID_ARGUMENT",
        message: 'sendRealIp is "X-Real-IP"; it takes true or false',
      },
    );
  });
});
