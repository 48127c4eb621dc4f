// Connections that end in TCP before they have ended in TLS: somebody on the way cuts them off.

import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, test } from "node:test";
import type { TLSSocket } from "node:tls";
import { HttpClient } from "sluice";
import { certificates, listenWithNode } from "../support/ring-tls.js";
import { TcpRelay } from "../support/tcp-relay.js";
import { RecordingSink, turns } from "../unit/transport/recording-sink.js";
import { connectThroughRelay } from "./relayed.js";

/** Says the last words, and ends TCP behind them and not TLS. */
function cutOff(peer: TLSSocket, lastWords: string): void {
  peer.write(lastWords, () => peer.destroy());
}

for (const role of ["client", "server"] as const) {
  describe(`a ${role}'s connection that is cut off`, () => {
    test("ends with an error, behind everything that came", async (t) => {
      const { transport, peer } = await connectThroughRelay(t, role);
      const sink = RecordingSink.attachedTo(transport);
      cutOff(peer, "cut off");
      await sink.called("closed");
      assert.equal(sink.text, "cut off");
      assert.equal(sink.closedError?.code, "TLS_TRUNCATED");
      assert.deepEqual(sink.calls, ["receive", "closed"]);
    });

    test("tells nothing while it is paused, and then all of it", async (t) => {
      const { transport, peer } = await connectThroughRelay(t, role);
      const sink = RecordingSink.attachedTo(transport);
      transport.pause();
      cutOff(peer, "unread");
      await once(peer, "close");
      await turns();
      assert.deepEqual(sink.calls, []);
      transport.resume();
      await sink.called("closed");
      assert.equal(sink.text, "unread");
      assert.equal(sink.closedError?.code, "TLS_TRUNCATED");
      assert.deepEqual(sink.calls, ["receive", "closed"]);
    });
  });
}

test("a body of a known length is whole, though its server ends without close_notify", async (t) => {
  const { port, accepted } = await listenWithNode(t);
  const relay = await TcpRelay.to(t, port);
  const client = new HttpClient({ transport: "uring", tls: { ca: certificates().ca } });
  const answered = client.get(`https://localhost:${relay.port}/`);
  const peer = await accepted;
  await once(peer, "data");
  const body = "whole ".repeat(10_000);
  const head = `HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n`;
  cutOff(peer, head + body);
  const answer = await answered;
  assert.deepEqual([answer.status, answer.text()], [200, body]);
});
