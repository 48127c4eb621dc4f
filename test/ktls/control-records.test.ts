import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { createServer as createTlsServer, type TLSSocket } from "node:tls";
import { kernelTls } from "#src/ktls/index.js";
import { secureTransport, type Transport } from "#src/transport/index.js";
import { ringLoop, UringDialer } from "#src/uring/index.js";
import { RecordingSink } from "../unit/transport/recording-sink.js";
import { certificates, connectPair } from "./ktls-pair.js";

const never = new AbortController().signal;

/** A connection with the kernel's TLS to somebody else's server. */
async function dial(t: TestContext, port: number): Promise<Transport> {
  const loop = ringLoop();
  assert.ok(typeof loop !== "string", String(loop));
  const plain = await new UringDialer(loop).dial({ host: "127.0.0.1", port }, never);
  const options = { host: "localhost", servername: "localhost", ca: certificates.ca };
  const transport = await secureTransport(plain, options, never, kernelTls);
  t.after(() => transport.destroy());
  assert.equal(transport.kind, "uring+ktls");
  return transport;
}

/** Node's TLS server, and the first connection that it gets. */
async function listenTls(t: TestContext): Promise<{ port: number; accepted: Promise<TLSSocket> }> {
  const server = createTlsServer({ ...certificates.server, allowHalfOpen: true });
  const accepted = new Promise<TLSSocket>((resolve) => server.once("secureConnection", resolve));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  return { port: (server.address() as { port: number }).port, accepted };
}

describe("an end of TLS", () => {
  test("is told to the peer by close_notify, and the other direction stays open", async (t) => {
    const { port, accepted } = await listenTls(t);
    const transport = await dial(t, port);
    const sink = RecordingSink.attachedTo(transport);
    const peer = await accepted;
    t.after(() => peer.destroy());
    const ended = new Promise((resolve) => peer.once("end", resolve));
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

  test("that does not come before that of TCP is an error, behind everything that came", async (t) => {
    const { port, accepted } = await listenTls(t);
    const transport = await dial(t, port);
    const sink = RecordingSink.attachedTo(transport);
    const peer = await accepted;
    peer.write("cut off", () => {
      // Node's own end would say close_notify.
      (peer as unknown as { _parent: { end(): void } })._parent.end();
    });
    await sink.called("closed");
    assert.equal(sink.text, "cut off");
    assert.equal(sink.closedError?.code, "TLS_TRUNCATED");
    assert.deepEqual(sink.calls, ["receive", "closed"]);
  });
});
