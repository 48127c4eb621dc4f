import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, test } from "node:test";
import { connect, HttpClient } from "sluice";
import { probe } from "sluice/uring";
import { certificates } from "../support/ring-tls.js";
import { echo, nextMessage, startServer } from "../support/sluice-server.js";
import { readTlsStat } from "./tls-stat.js";

const transport = "uring";
const suites = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"];
const clientTls = { ca: certificates().ca };

describe("a WebSocket with the kernel's TLS", () => {
  test("is offered by the kernel of the guest", () => {
    assert.deepEqual(probe().kernelTls, { isAvailable: true, reason: undefined });
  });

  for (const ciphers of suites) {
    test(`says what carries it, and carries everything: ${ciphers}`, async (t) => {
      const before = readTlsStat();
      const { url } = await startServer(t, echo, { transport, tls: { ...certificates().server, ciphers } });
      const ws = await connect(url, { transport, tls: clientTls });
      assert.equal(ws.transport, "uring+ktls");
      ws.send("text");
      assert.equal(await nextMessage(ws), "text");
      const bytes = new Uint8Array(randomBytes(300_000));
      ws.send(bytes);
      assert.deepEqual(await nextMessage(ws), bytes);
      assert.ok((await ws.ping()) >= 0);
      const info = await ws.close(1000, "goodbye");
      assert.deepEqual([info.code, info.wasClean], [1000, true]);
      const after = readTlsStat();
      assert.equal(after.TlsTxSw - before.TlsTxSw, 2, "both ends send through the kernel");
      assert.equal(after.TlsRxSw - before.TlsRxSw, 2, "both ends receive through the kernel");
      assert.equal(after.TlsDecryptError, before.TlsDecryptError);
    });
  }

  test("goes on with Node's TLS where the handshake was one of TLS 1.2, and says so", async (t) => {
    const before = readTlsStat();
    const tls = { ...certificates().server, maxVersion: "TLSv1.2" as const };
    const { url } = await startServer(t, echo, { transport, tls });
    const ws = await connect(url, { transport, tls: clientTls });
    assert.equal(ws.transport, "uring+tls");
    ws.send("x".repeat(100_000));
    assert.equal(await nextMessage(ws), "x".repeat(100_000));
    await ws.close();
    assert.deepEqual(readTlsStat(), before);
  });

  test("is served beside plain HTTPS, by the client of the same name", async (t) => {
    const body = "y".repeat(70_000);
    const { url } = await startServer(
      t,
      async (request) => {
        if (request.type === "websocket") return undefined;
        return { status: 200, body: `${request.method} ${await request.text()}${body}` };
      },
      { transport, tls: certificates().server },
    );
    const before = readTlsStat();
    const client = new HttpClient({ transport, tls: clientTls });
    const origin = url.replace("wss:", "https:");
    const got = await client.get(origin);
    assert.deepEqual([got.status, got.text()], [200, `GET ${body}`]);
    const posted = await client.request(origin, { method: "POST", body: "hello " });
    assert.deepEqual([posted.status, posted.text()], [200, `POST hello ${body}`]);
    assert.equal(readTlsStat().TlsTxSw - before.TlsTxSw, 4);
  });
});
