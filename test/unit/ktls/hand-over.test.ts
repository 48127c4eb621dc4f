// The way to the hand-over with Node's TLS at both ends of a real ring. What the kernel does then is for test/ktls, in a guest
// whose kernel has TLS; here nobody hands anything over, and everything goes on as before.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { Duplex } from "node:stream";
import { describe, test } from "node:test";
import { createSecureContext, type TLSSocket } from "node:tls";
import { kernelTls } from "#src/ktls/index.js";
import { RecordStream } from "#src/ktls/record-stream.js";
import type { TlsSuccessor } from "#src/transport/index.js";
import {
  certificates,
  connectPair,
  dialWithNode,
  listenOnRing,
  missingRingTls,
  type PairOptions,
} from "../../support/ring-tls.js";
import { talk } from "./talk.js";

const SSL_OP_NO_TICKET = 0x4000;

interface Seen {
  readonly suite: string | undefined;
  readonly tickets: number | undefined;
  readonly hasSecrets: boolean;
  readonly isSessionReused: boolean;
}

/** Looks at what there is to be handed over, and leaves everything to Node's TLS. */
class Observer implements TlsSuccessor {
  readonly seen: Partial<Record<"client" | "server", Seen>> = {};

  streamFor = kernelTls.streamFor;
  keyLogged = kernelTls.keyLogged;

  async succeed(stream: Duplex, socket: TLSSocket): Promise<undefined> {
    assert.ok(stream instanceof RecordStream);
    await new Promise((resolve) => setImmediate(resolve));
    const { watch } = stream;
    const isKnown = watch.hasPeerFinished && watch.hasFinished && !watch.isLost;
    this.seen[watch.role] = {
      suite: watch.suite?.name,
      tickets: isKnown ? watch.countTickets(stream.held) : undefined,
      hasSecrets: watch.trafficSecret("ours") !== undefined && watch.trafficSecret("theirs") !== undefined,
      isSessionReused: socket.isSessionReused(),
    };
    stream.goOn();
    watch.wipe();
  }
}

const aes256 = "TLS_AES_256_GCM_SHA384";
const cases: { name: string; suite?: string; options: () => PairOptions }[] = [
  ...["TLS_AES_128_GCM_SHA256", aes256, "TLS_CHACHA20_POLY1305_SHA256"].map((ciphers) => ({
    name: ciphers,
    suite: ciphers,
    options: () => ({ server: { ciphers } }),
  })),
  {
    // There are as many tickets, which name what the server keeps.
    name: "sessions that the server keeps",
    options: () => ({ server: { secureOptions: SSL_OP_NO_TICKET } }),
  },
  {
    name: "a certificate of the client's",
    options: () => ({
      server: { requestCert: true, ca: certificates().ca },
      client: certificates().client,
    }),
  },
  {
    name: "another key share (HelloRetryRequest)",
    options: () => ({ server: { ecdhCurve: "P-521" }, client: { ecdhCurve: "X25519:P-521" } }),
  },
  {
    name: "a certificate that is found later (SNI)",
    options: () => ({
      server: {
        SNICallback: (_name, done) =>
          setImmediate(() => done(null, createSecureContext(certificates().server))),
      },
    }),
  },
];

describe("a handshake of TLS 1.3", { skip: missingRingTls() }, () => {
  for (const { name, suite = aes256, options } of cases) {
    test(`is seen to be complete at both ends, and nothing of it is lost: ${name}`, async (t) => {
      const observer = new Observer();
      const pair = await connectPair(t, { ...options(), successors: { client: observer, server: observer } });
      const common = { suite, hasSecrets: true, isSessionReused: false };
      assert.deepEqual(observer.seen, {
        client: { ...common, tickets: 0 },
        server: { ...common, tickets: 2 },
      });
      await talk(pair);
    });
  }

  test("is seen to be complete at both ends when it takes up a session, and so brings no ticket", async (t) => {
    const server = { ticketKeys: randomBytes(48) };
    const first = dialWithNode(t, (await listenOnRing(t, undefined, server)).port);
    const [session] = (await once(first, "session")) as [Buffer];
    const observer = new Observer();
    const successors = { client: observer, server: observer };
    const pair = await connectPair(t, { server, client: { session }, successors });
    const common = { suite: aes256, hasSecrets: true, isSessionReused: true };
    assert.deepEqual(observer.seen, {
      client: { ...common, tickets: 0 },
      server: { ...common, tickets: 0 },
    });
    await talk(pair);
  });
});
