import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, type TestContext, test } from "node:test";
import { connect as connectTls, createSecureContext, type TLSSocket } from "node:tls";
import { connect, type TransportError } from "sluice";
import { echo, nextMessage, startServer } from "../support/sluice-server.js";
import { RecordingSink } from "../unit/transport/recording-sink.js";
import { certificates, connectPair, type PairOptions } from "./ktls-pair.js";

const { server, client, ca, second } = certificates;

async function assertCarried(t: TestContext, options: PairOptions): Promise<void> {
  const pair = await connectPair(t, options);
  assert.deepEqual(
    pair.map(({ kind }) => kind),
    ["uring+ktls", "uring+ktls"],
  );
  const [left, right] = pair.map((transport) => RecordingSink.attachedTo(transport));
  pair[0].write(Buffer.from("there"));
  pair[1].write(Buffer.from("and back"));
  await Promise.all([left.received(8), right.received(5)]);
  assert.deepEqual([left.text, right.text], ["and back", "there"]);
}

describe("a handshake of TLS 1.3 hands over", () => {
  test("with a certificate of the client's", (t) =>
    assertCarried(t, { server: { requestCert: true, ca }, client }));

  test("when the server has asked for another key share (HelloRetryRequest)", (t) =>
    assertCarried(t, { server: { ecdhCurve: "P-521" }, client: { ecdhCurve: "X25519:P-521" } }));

  test("with another certificate for the name that is asked for (SNI), found later", (t) =>
    assertCarried(t, {
      server: {
        SNICallback: (name, done) =>
          setImmediate(() => done(null, createSecureContext(name === "second.test" ? second : server))),
      },
      client: { servername: "second.test", host: "second.test" },
    }));

  test("with a protocol that both chose (ALPN)", (t) =>
    assertCarried(t, { server: { ALPNProtocols: ["http/1.1"] }, client: { ALPNProtocols: ["http/1.1"] } }));
});

describe("a session that is taken up again", () => {
  test("hands over too, with the tickets that our server has sent before", async (t) => {
    const { url } = await startServer(t, echo, { transport: "uring", tls: server });
    const { port } = new URL(url);
    const options = { host: "127.0.0.1", port: Number(port), servername: "localhost", ca };
    const open = (session?: Buffer): TLSSocket => {
      const socket = connectTls({ ...options, session });
      t.after(() => void socket.destroy());
      return socket;
    };
    const first = open();
    const [session] = (await once(first, "session")) as [Buffer];
    assert.equal(first.isSessionReused(), false);
    // It brings no ticket of its own, or one: nobody waits for that.
    const second = open(session);
    await once(second, "secureConnect");
    assert.equal(second.isSessionReused(), true);
    const ws = await connect(url, { transport: "uring", tls: { ca, session } });
    assert.equal(ws.transport, "uring+ktls");
    ws.send("again");
    assert.equal(await nextMessage(ws), "again");
    await ws.close();
  });
});

describe("what comes with the last record of the handshake", () => {
  test("is read by the kernel, and nothing of it is lost", async (t) => {
    const { url } = await startServer(t, echo, { transport: "uring", tls: server });
    const { port, host } = new URL(url);
    for (let round = 0; round < 10; round++) {
      const answer = await new Promise<string>((resolve, reject) => {
        const socket = connectTls({ host: "127.0.0.1", port: Number(port), servername: "localhost", ca });
        let text = "";
        socket.once("error", reject);
        socket.on("data", (chunk) => {
          text += chunk.toString("latin1");
          if (!text.includes("hello")) return;
          socket.destroy();
          resolve(text);
        });
        // Written before the handshake is complete: all of it leaves with the client's Finished.
        const head = `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n`;
        const key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
        const frame = Buffer.from([0x81, 0x85, 0, 0, 0, 0, ...Buffer.from("hello")]);
        socket.write(Buffer.concat([Buffer.from(head + key), frame]));
      });
      assert.match(answer, /^HTTP\/1\.1 101 /);
    }
  });
});

describe("a client that the server refuses", () => {
  test("without a certificate is told so, and nobody gets the connection", async (t) => {
    const refused = connectPair(t, { server: { requestCert: true, ca } });
    await assert.rejects(refused, /the client was refused/);
  });

  // In TLS 1.3 the client's handshake is complete before the server has seen whether there is a certificate.
  for (const transport of ["uring", "node"] as const) {
    test(`hears why, when its own handshake is complete already: from a server on ${transport}`, async (t) => {
      const { url } = await startServer(t, echo, { transport, tls: { ...server, requestCert: true, ca } });
      await assert.rejects(connect(url, { transport: "uring", tls: { ca } }), (error: TransportError) => {
        assert.equal(error.code, "TLS_FAILED");
        assert.match(error.message, /certificate_required/);
        return true;
      });
    });
  }
});
