// Request heads as an attacker writes them. What must hold: an HTTP answer or the end of the connection, never an
// exception, never a connection that nobody agreed to, and nothing behind a refusal is interpreted.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { connect, createServer, type WebSocketServer } from "sluice";
import { openRaw, type RawPeer } from "../support/raw-client.js";
import { echo, startServer } from "../support/sluice-server.js";
import { headOf, upgradeHead, wireFrame } from "../support/wire.js";

let server: WebSocketServer;
let port: number;
const served: string[] = [];

before(async () => {
  server = createServer({
    ...echo,
    request(request) {
      served.push(request.url);
      return { body: request.url };
    },
  });
  ({ port } = await server.listen({ port: 0, host: "127.0.0.1" }));
});

after(() => server.close({ timeoutMs: 0 }));

interface After {
  after(hook: () => void): void;
}

async function statusOf(t: After, head: string | Uint8Array): Promise<number> {
  const peer = await openRaw(t, { port });
  peer.write(head);
  return (await peer.readHead()).status;
}

/** The lines of an upgrade request with others in their place or behind them. */
function lines(...extra: string[]): string {
  return upgradeHead().replace(/\r\n\r\n$/, `\r\n${extra.map((line) => `${line}\r\n`).join("")}\r\n`);
}

function many(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `X-${i}: y`);
}

describe("an odd head is answered", () => {
  const cases: [string, string, number][] = [
    ["2 000 headers", lines(...many(2000)), 431],
    ["101 headers", lines(...many(96)), 431],
    ["one header of 16 KiB", lines(`X-Long: ${"x".repeat(16_384)}`), 431],
    ["a target of 16 KiB", upgradeHead({}, `/${"x".repeat(16_384)}`), 431],
    ["a folded header", lines("X-Folded: a", " b"), 400],
    ["a header that begins with a blank", lines(" X-Blank: a"), 400],
    ["a blank before the colon", lines("X-Blank : a"), 400],
    ["a line without a colon", lines("no colon"), 400],
    ["a header without a name", lines(": a"), 400],
    ["a NUL", lines("X-Nul: a\0b"), 400],
    ["a carriage return in a value", lines("X-Cr: a\rb"), 400],
    ["line feeds for line ends", upgradeHead().replaceAll("\r\n", "\n"), 400],
    ["another start line", upgradeHead().replace("GET / HTTP/1.1", "GET  /  HTTP/1.1"), 400],
    ["no HTTP", "hello world\r\n\r\n", 400],
    ["a TLS hello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400],
    ["HTTP/2's preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505],
    ["HTTP/1.0", upgradeHead().replace("HTTP/1.1", "HTTP/1.0"), 505],
    ["no Host", upgradeHead({ Host: undefined }), 400],
    ["two Hosts", lines("Host: other.test"), 400],
    ["a Host with a path", upgradeHead({ Host: "localhost/evil" }), 400],
    ["a POST", upgradeHead().replace("GET", "POST"), 405],
    ["no key", upgradeHead({ "Sec-WebSocket-Key": undefined }), 400],
    ["two keys", lines("Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="), 400],
    ["a key of 15 bytes", upgradeHead({ "Sec-WebSocket-Key": Buffer.alloc(15).toString("base64") }), 400],
    ["no version", upgradeHead({ "Sec-WebSocket-Version": undefined }), 426],
    ["an old version", upgradeHead({ "Sec-WebSocket-Version": "8" }), 426],
    ["two versions", lines("Sec-WebSocket-Version: 13"), 400],
    ["no Connection", upgradeHead({ Connection: undefined }), 400],
    ["two Origins", lines("Origin: http://localhost", "Origin: http://evil.test"), 400],
    ["subprotocols without grammar", lines("Sec-WebSocket-Protocol: a b"), 400],
    ["extensions without grammar", lines('Sec-WebSocket-Extensions: x; y="'), 400],
    ["a body", upgradeHead({ "Content-Length": "4" }), 400],
    ["a chunked body", upgradeHead({ "Transfer-Encoding": "chunked" }), 400],
    ["h2c beside websocket", upgradeHead({ Upgrade: "websocket, h2c" }), 400],
    ["another host in the target", upgradeHead({}, "http://evil.test/"), 400],
    ["an authority for a target", upgradeHead({}, "evil.test:80"), 400],
    ["a star for a target", upgradeHead({}, "*"), 400],
    ["a fragment in the target", upgradeHead({}, "/a#b"), 400],
  ];
  for (const [what, head, status] of cases) {
    test(`${what}: ${status}`, async (t) => assert.equal(await statusOf(t, head), status));
  }

  test("an extension named like a property of objects is passed over", async (t) => {
    for (const name of ["constructor", "__proto__", "toString", "hasOwnProperty"]) {
      assert.equal(await statusOf(t, lines(`Sec-WebSocket-Extensions: ${name}; ${name}=${name}`)), 101);
    }
  });

  test("an absolute target that names this host is its path", async (t) => {
    assert.equal(await statusOf(t, upgradeHead({}, "http://localhost/x")), 101);
  });

  test("headers named like properties of objects are headers", async (t) => {
    assert.equal(await statusOf(t, lines("__proto__: x", "constructor: y")), 101);
  });

  test("and the server goes on", async () => {
    await (await connect(`ws://127.0.0.1:${port}`)).close();
  });
});

describe("a slow head", () => {
  test("is answered with 408 at its deadline, whatever has come", async (t) => {
    const slow = await startServer(t, echo, { handshakeTimeoutMs: 60 });
    for (const begin of ["", "G", "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "]) {
      const peer = await openRaw(t, { port: slow.port });
      peer.write(begin);
      assert.equal((await peer.readHead()).status, 408);
      await peer.readToEnd();
    }
  });

  test("does not get more time by dripping", async (t) => {
    const slow = await startServer(t, echo, { handshakeTimeoutMs: 60 });
    const peer = await openRaw(t, { port: slow.port });
    peer.write("GET / HTTP/1.1\r\n");
    const drip = setInterval(() => peer.write("X-Drip: x\r\n"), 5);
    t.after(() => clearInterval(drip));
    assert.equal((await peer.readHead()).status, 408);
  });

  test("is read byte by byte, for an upgrade and for a plain request", async (t) => {
    for (const [head, status] of [
      [upgradeHead(), 101],
      [headOf("GET /bytewise HTTP/1.1", "Host: x"), 200],
    ] as const) {
      const peer = await openRaw(t, { port });
      peer.socket.setNoDelay(true);
      for (const byte of head) await new Promise((resolve) => peer.socket.write(byte, resolve));
      assert.equal((await peer.readHead()).status, status);
    }
  });

  test("that stops with the connection leaves nothing behind", async (t) => {
    const peer = await openRaw(t, { port });
    peer.write("GET / HTTP/1.1\r\nHost: x");
    peer.socket.end();
    assert.equal((await peer.readToEnd()).length, 0);
  });
});

describe("what follows a refusal is not interpreted", () => {
  const smuggled = headOf("GET /smuggled HTTP/1.1", "Host: x");

  async function isNotServed(peer: RawPeer): Promise<void> {
    const rest = (await peer.readToEnd()).toString("latin1");
    assert.equal((rest.match(/HTTP\/1\.1/g) ?? []).length, 1, rest);
    assert.ok(!served.includes("/smuggled"));
  }

  for (const [what, head] of [
    ["a refused origin", upgradeHead({ Origin: "http://evil.test" })],
    ["an upgrade with a body", upgradeHead({ "Content-Length": String(smuggled.length) })],
    ["an upgrade with a chunked body", upgradeHead({ "Transfer-Encoding": "chunked" })],
    ["an upgrade with two lengths", upgradeHead({ "Content-Length": "0, 40" })],
    ["an old version", upgradeHead({ "Sec-WebSocket-Version": "8" })],
    ["h2c beside websocket", upgradeHead({ Upgrade: "h2c, websocket" })],
    ["a malformed head", "GET / HTTP/1.1\r\nHost: x\r\nbroken\r\n\r\n"],
  ] as const) {
    test(`a request behind ${what}, in one packet and in the next`, async (t) => {
      for (const isTogether of [true, false]) {
        const peer = await openRaw(t, { port });
        peer.write(isTogether ? head + smuggled : head);
        if (!isTogether) peer.write(smuggled);
        peer.socket.end();
        await isNotServed(peer);
      }
    });
  }

  test("frames behind a refused upgrade reach nobody", async (t) => {
    const before = server.metrics().messagesReceived;
    const peer = await openRaw(t, { port });
    peer.write(
      Buffer.concat([Buffer.from(upgradeHead({ Origin: "null" })), wireFrame({ opcode: 1, payload: "x" })]),
    );
    peer.socket.end();
    await peer.readToEnd();
    assert.equal(server.metrics().messagesReceived, before);
  });

  test("a refused client that does not leave is disconnected", async (t) => {
    const brisk = await startServer(t, echo, { closeTimeoutMs: 40 });
    const peer = await openRaw(t, { port: brisk.port });
    peer.write(upgradeHead({ Origin: "null" }));
    await peer.readToEnd();
    // Whoever goes on sending is told so by a reset.
    const drip = setInterval(() => peer.write("x"), 5);
    t.after(() => clearInterval(drip));
    await new Promise((resolve) => peer.socket.once("close", resolve));
  });
});
