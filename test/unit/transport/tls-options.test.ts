import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, type TestContext, test } from "node:test";
import { type ConnectionOptions, connect, createServer, type TlsOptions } from "node:tls";
import { StateError } from "#src/protocol/index.js";
import {
  createMemoryPair,
  type Listener,
  type ListenerSink,
  secureTransport,
  TlsListener,
  type TlsListenerSink,
  toStream,
} from "#src/transport/index.js";
import { makeCertificates } from "../../support/certificates.js";

const { ca, server, second } = makeCertificates();
const never = new AbortController().signal;
const sink: TlsListenerSink = { accepted() {}, failed: assert.fail, refused: assert.fail };
const silent: Listener = {
  isListening: true,
  descriptor: undefined,
  listen: () => Promise.reject(),
  leave: () => Promise.resolve(),
  close() {},
};

/** Who hands connections to a listener with these options. */
function listenWith(options: TlsOptions): ListenerSink {
  return new TlsListener({ ...server, ...options }, sink, () => silent);
}

/** What a client and a listener with these options agree to speak. */
async function protocolWith(t: TestContext, options: TlsOptions): Promise<string | false | null> {
  const [near, far] = createMemoryPair();
  t.after(() => near.destroy());
  listenWith(options).accepted(far);
  const offer = { ALPNProtocols: ["other", "http/1.1"], servername: "localhost", ca };
  const client = connect({ ...offer, socket: toStream(near) });
  await once(client, "secureConnect");
  return client.alpnProtocol;
}

describe("options of TLS", () => {
  test("have a listener speak http/1.1, another protocol, or what a callback chooses", async (t) => {
    assert.equal(await protocolWith(t, {}), "http/1.1");
    assert.equal(await protocolWith(t, { ALPNProtocols: ["other"] }), "other");
    assert.equal(await protocolWith(t, { ALPNCallback: ({ protocols }) => protocols[0] }), "other");
    assert.equal(await protocolWith(t, { ALPNCallback: undefined }), "http/1.1");
    assert.equal(await protocolWith(t, { ALPNProtocols: undefined }), "http/1.1");
  });

  test("count as not given where they are undefined, for a client too", async (t) => {
    const [near, far] = createMemoryPair();
    t.after(() => near.destroy());
    const accepted = new Promise<string | false | null>((resolve) => {
      const listening = createServer({ ...server, ALPNProtocols: ["http/1.1"] }, (socket) => {
        resolve(socket.alpnProtocol);
        socket.on("error", () => {});
      });
      listening.emit("connection", toStream(far));
    });
    const nothing = { ALPNProtocols: undefined, checkServerIdentity: undefined, minDHSize: undefined };
    await secureTransport(near, { ...nothing, ca, servername: "localhost" } as ConnectionOptions, never);
    assert.equal(await accepted, "http/1.1");
  });

  test("are refused where they hold both a list of protocols and a callback that chooses", () => {
    assert.throws(
      () => listenWith({ ALPNProtocols: ["http/1.1"], ALPNCallback: () => undefined }),
      (error) => error instanceof StateError && /^tls cannot be used: .*exclusive/.test(error.message),
    );
  });

  test("are refused where the key is not the certificate's", async () => {
    const mixed = { cert: server.cert, key: second.key };
    const expected = {
      name: "StateError",
      code: "INVALID_ARGUMENT",
      message: "tls cannot be used: tls.key does not belong to tls.cert",
    };
    assert.throws(() => listenWith(mixed), expected);
    const [near] = createMemoryPair();
    await assert.rejects(secureTransport(near, mixed, never), expected);
  });
});
