// Every kind of handshake, and of refusal in one, with what carries the connection then: the kernel's TLS in the guest of
// test/ktls, Node's on a host whose kernel has none.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { Duplex } from "node:stream";
import { describe, type TestContext, test } from "node:test";
import { createSecureContext, type TLSSocket } from "node:tls";
import { connect, type TransportError } from "sluice";
import { kernelTls } from "#src/ktls/index.js";
import type { TlsSuccessor, Transport } from "#src/transport/index.js";
import {
  certificates,
  connectPair,
  dialOnRing,
  dialWithNode,
  listenOnRing,
  type PairOptions,
} from "../../support/ring-tls.js";
import { echo, startServer } from "../../support/sluice-server.js";
import { RecordingSink } from "../transport/recording-sink.js";

/** The kernel's TLS, and what the handshake has come to before it took over. */
class Witness implements TlsSuccessor {
  protocol: string | false | null | undefined;
  isSessionReused: boolean | undefined;

  streamFor = kernelTls.streamFor;
  keyLogged = kernelTls.keyLogged;

  succeed(stream: Duplex, socket: TLSSocket): Promise<Transport | undefined> {
    this.protocol = socket.alpnProtocol;
    this.isSessionReused = socket.isSessionReused();
    return kernelTls.succeed(stream, socket);
  }
}

interface Outcome {
  /** What was chosen by ALPN, at the client's end and the server's. */
  readonly protocols: unknown[];
  readonly areSessionsReused: unknown[];
}

/** Handshakes of TLS 1.3, after which both ends have to be of this kind. */
export function describeHandshakes(kind: "uring+ktls" | "uring+tls"): void {
  async function carried(t: TestContext, options: PairOptions): Promise<Outcome> {
    const witnesses = { client: new Witness(), server: new Witness() };
    const pair = await connectPair(t, { ...options, successors: witnesses });
    assert.deepEqual([pair[0].kind, pair[1].kind], [kind, kind]);
    const [left, right] = pair.map((transport) => RecordingSink.attachedTo(transport));
    pair[0].write(Buffer.from("there"));
    pair[1].write(Buffer.from("and back"));
    await Promise.all([left.received(8), right.received(5)]);
    assert.deepEqual([left.text, right.text], ["and back", "there"]);
    const both = [witnesses.client, witnesses.server];
    return {
      protocols: both.map(({ protocol }) => protocol),
      areSessionsReused: both.map(({ isSessionReused }) => isSessionReused),
    };
  }

  describe(`a connection becomes one of ${kind}`, () => {
    test("with a certificate of the client's", async (t) => {
      const { ca, client } = certificates();
      await carried(t, { server: { requestCert: true, ca }, client });
    });

    test("when the server has asked for another key share (HelloRetryRequest)", async (t) => {
      await carried(t, { server: { ecdhCurve: "P-521" }, client: { ecdhCurve: "X25519:P-521" } });
    });

    test("with another certificate for the name that is asked for (SNI), found later", async (t) => {
      const { server, second } = certificates();
      await carried(t, {
        server: {
          SNICallback: (name, done) =>
            setImmediate(() => done(null, createSecureContext(name === "second.test" ? second : server))),
        },
        client: { servername: "second.test", host: "second.test" },
      });
    });

    test("with the one protocol that both know (ALPN)", async (t) => {
      const { protocols } = await carried(t, {
        server: { ALPNProtocols: ["x", "http/1.1"] },
        client: { ALPNProtocols: ["http/1.1", "y"] },
      });
      assert.deepEqual(protocols, ["http/1.1", "http/1.1"]);
    });

    test("when it takes up the session of another", async (t) => {
      const server = { ticketKeys: randomBytes(48) };
      const first = dialWithNode(t, (await listenOnRing(t, kernelTls, server)).port);
      const [session] = (await once(first, "session")) as [Buffer];
      const { areSessionsReused } = await carried(t, { server, client: { session } });
      assert.deepEqual(areSessionsReused, [true, true]);
      // And when there is none to take up.
      const fresh = await carried(t, { server });
      assert.deepEqual(fresh.areSessionsReused, [false, false]);
    });
  });

  describeRefusals();
}

function describeRefusals(): void {
  describe("a client that a server on a ring refuses", () => {
    test("for want of a certificate becomes nobody's connection", async (t) => {
      const { ca } = certificates();
      const { port, accepted } = await listenOnRing(t, kernelTls, { requestCert: true, ca });
      const dialled = dialOnRing(t, kernelTls, port).catch(() => {});
      await assert.rejects(accepted, /the client was refused/);
      await dialled;
    });

    test("for want of a protocol that both know (ALPN) hears why", async (t) => {
      const { port, accepted } = await listenOnRing(t, kernelTls, { ALPNProtocols: ["x"] });
      await assert.rejects(dialOnRing(t, kernelTls, port), (error: TransportError) => {
        assert.equal(error.code, "TLS_FAILED");
        assert.match(error.message, /no.application.protocol/);
        return true;
      });
      await assert.rejects(accepted, /the client was refused/);
    });
  });

  // In TLS 1.3 the client's handshake is complete before the server has seen whether there is a certificate.
  for (const transport of ["uring", "node"] as const) {
    test(`a client without a certificate hears why it is refused, though its own handshake was complete: from a server on ${transport}`, async (t) => {
      const { ca, server } = certificates();
      const { url } = await startServer(t, echo, { transport, tls: { ...server, requestCert: true, ca } });
      await assert.rejects(connect(url, { transport: "uring", tls: { ca } }), (error: TransportError) => {
        assert.equal(error.code, "TLS_FAILED");
        assert.match(error.message, /certificate_required/);
        return true;
      });
    });
  }
}
