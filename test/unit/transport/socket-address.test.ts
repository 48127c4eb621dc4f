import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { SocketTransport } from "#src/transport/index.js";
import { RecordingSink } from "./recording-sink.js";
import { connectTcp, connectTlsPair, connectUnix, type SocketPair } from "./socket-pairs.js";

describe("the address of a socket's peer, for which nobody asked while it was there,", () => {
  for (const [kind, pairUp, expected] of [
    ["TCP", connectTcp, "127.0.0.1"],
    ["TLS", connectTlsPair, "127.0.0.1"],
    ["unix", connectUnix, undefined],
  ] as const) {
    for (const [how, end] of [
      ["the peer has ended", ({ client }: SocketPair) => void client.end()],
      ["we have ended", (_pair: SocketPair, near: SocketTransport) => near.end()],
      ["it was destroyed", (_pair: SocketPair, near: SocketTransport) => near.destroy()],
    ] as const) {
      test(`is known once ${how}: ${kind}`, async (t: TestContext) => {
        const pair = await pairUp(t);
        const transport = new SocketTransport(pair.server, "shared");
        const sink = RecordingSink.attachedTo(transport);
        sink.onEvent = (call) => {
          if (call === "ended") transport.end();
        };
        pair.client.on("end", () => pair.client.end()).resume();
        end(pair, transport);
        await sink.called("closed");
        assert.equal(transport.remoteAddress, expected);
      });
    }
  }
});
