// Records that somebody on the way has changed: the kernel cannot open them.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { connectPair } from "../support/ring-tls.js";
import { talk } from "../unit/ktls/talk.js";
import { RecordingSink } from "../unit/transport/recording-sink.js";
import { connectThroughRelay } from "./relayed.js";
import { readTlsStat } from "./tls-stat.js";

for (const role of ["client", "server"] as const) {
  describe(`a ${role} of whose peer's records one is changed on the way`, () => {
    test("gets an error and nothing of it, says so to the peer, and nobody else hears of it", async (t) => {
      const { transport, peer, relay } = await connectThroughRelay(t, role);
      const { TlsDecryptError: before } = readTlsStat();
      const others = await connectPair(t);
      const sink = RecordingSink.attachedTo(transport);
      peer.write("as it was written");
      await sink.received(17);
      relay[role === "client" ? "fromServer" : "fromClient"] = (bytes) => {
        bytes[bytes.length - 1] ^= 1;
        return bytes;
      };
      const told = new Promise((resolve) => peer.once("error", resolve));
      peer.write("x".repeat(1000));
      await sink.called("closed");
      assert.equal(sink.text, "as it was written");
      assert.equal(sink.closedError?.code, "TLS_FAILED");
      assert.match(String(await told), /alert bad record mac/);
      assert.equal(readTlsStat().TlsDecryptError, before + 1);
      await talk(others);
    });
  });
}
