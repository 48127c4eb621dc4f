import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, test } from "node:test";
import { kernelTls } from "#src/ktls/index.js";
import { connectPair, dialOnRing, listenWithNode } from "../support/ring-tls.js";
import { RecordingSink } from "../unit/transport/recording-sink.js";

describe("an end of TLS", () => {
  test("is told to the peer by close_notify, and the other direction stays open", async (t) => {
    const { port, accepted } = await listenWithNode(t);
    const transport = await dialOnRing(t, kernelTls, port);
    assert.equal(transport.kind, "uring+ktls");
    const sink = RecordingSink.attachedTo(transport);
    const peer = await accepted;
    const ended = once(peer, "end");
    peer.resume();
    transport.write(Buffer.from("last words"));
    transport.end();
    await ended;
    peer.write("still heard");
    await sink.received(11);
    peer.end();
    await sink.called("closed");
    assert.equal(sink.closedError, undefined);
  });

  test("that the peer tells is one of the stream", async (t) => {
    const [client, server] = await connectPair(t);
    const sink = RecordingSink.attachedTo(server);
    RecordingSink.attachedTo(client);
    client.write(Buffer.from("all of it"));
    client.end();
    await sink.called("ended");
    assert.equal(sink.text, "all of it");
    server.end();
    await sink.called("closed");
    assert.equal(sink.closedError, undefined);
  });
});
