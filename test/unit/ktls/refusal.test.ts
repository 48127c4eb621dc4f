// Connections that the kernel does not take over, or not whole: a ring's, whose kernel is made to refuse.

import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import type { TLSSocket } from "node:tls";
import { kernelTls } from "#src/ktls/index.js";
import { ringLoop } from "#src/uring/index.js";
import { openDescriptors } from "../../support/process-state.js";
import {
  connectPair,
  dialOnRing,
  dialWithNode,
  listenOnRing,
  listenWithNode,
  missingRingTls,
} from "../../support/ring-tls.js";
import { turns } from "../transport/recording-sink.js";
import { talk } from "./talk.js";

// linux/tls.h, linux/tcp.h and errno.h, written down once more.
const IPPROTO_TCP = 6;
const SOL_TLS = 282;
const TLS_TX = 1;
const TLS_RX = 2;
const ENOENT = 2;
const EOPNOTSUPP = 95;

/** What a kernel is asked for: to put TLS upon a connection, and then to take the keys of each direction. */
type Asked = "TLS" | "keys to send with" | "keys to receive with";

/** A kernel that takes everything, and does nothing with it, until it is asked for what it refuses. */
function kernelThatRefuses(t: TestContext, refused: Asked): Asked[] {
  const loop = ringLoop();
  assert.ok(typeof loop !== "string");
  const asked: Asked[] = [];
  t.mock.method(loop.native, "socketSetBytes", (_fd: number, level: number, name: number) => {
    assert.ok(level === IPPROTO_TCP || (level === SOL_TLS && (name === TLS_TX || name === TLS_RX)));
    const what =
      level === IPPROTO_TCP ? "TLS" : name === TLS_TX ? "keys to send with" : "keys to receive with";
    asked.push(what);
    if (what !== refused) return 0;
    return what === "TLS" ? -ENOENT : -EOPNOTSUPP;
  });
  return asked;
}

/** Ends when the other end does, whatever the error is. */
function closed(peer: TLSSocket): Promise<void> {
  return new Promise((resolve) => {
    peer
      .on("error", () => {})
      .on("end", () => peer.end())
      .resume();
    if (peer.closed) resolve();
    else peer.once("close", () => resolve());
  });
}

describe("a connection goes on with Node's TLS", { skip: missingRingTls() }, () => {
  test("when it is one of TLS 1.2", async (t) => {
    const pair = await connectPair(t, { server: { maxVersion: "TLSv1.2" } });
    assert.deepEqual([pair[0].kind, pair[1].kind], ["uring+tls", "uring+tls"]);
    await talk(pair);
  });

  for (const [refused, expected] of [
    ["TLS", ["TLS", "TLS"]],
    ["keys to send with", ["TLS", "TLS", "keys to send with", "keys to send with"]],
  ] as const) {
    test(`when the kernel refuses it ${refused}, at both ends`, async (t) => {
      const asked = kernelThatRefuses(t, refused);
      const pair = await connectPair(t);
      assert.deepEqual(asked.toSorted(), expected);
      assert.deepEqual([pair[0].kind, pair[1].kind], ["uring+tls", "uring+tls"]);
      await talk(pair);
    });
  }
});

describe("a connection of which the kernel took the keys to send with, and not the others", {
  skip: missingRingTls(),
}, () => {
  test("is over for a client, which is told so, and for its server", async (t) => {
    const { port, accepted } = await listenWithNode(t);
    const before = openDescriptors();
    kernelThatRefuses(t, "keys to receive with");
    await assert.rejects(dialOnRing(t, kernelTls, port), { name: "TransportError", code: "TLS_FAILED" });
    await closed(await accepted);
    await turns();
    assert.equal(openDescriptors(), before);
  });

  test("is over for a server, which nobody gets it from, and for its client", async (t) => {
    const { port, accepted } = await listenOnRing(t, kernelTls);
    const before = openDescriptors();
    kernelThatRefuses(t, "keys to receive with");
    let isAccepted = false;
    accepted.then(
      () => {
        isAccepted = true;
      },
      () => {},
    );
    await closed(dialWithNode(t, port));
    await turns();
    assert.equal(isAccepted, false);
    assert.equal(openDescriptors(), before);
  });
});
