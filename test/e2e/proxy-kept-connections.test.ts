import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { openRaw, type RawPeer } from "../support/raw-client.js";
import { type RawServer, startRawServer } from "../support/raw-server.js";
import { type RunningProxy, startProxy } from "../support/sluice-proxy.js";
import { firstCall } from "../support/sluice-server.js";
import { headOf } from "../support/wire.js";
import { turns } from "../unit/transport/recording-sink.js";

const get = headOf("GET / HTTP/1.1", "Host: a");
/** One that is sent to an upstream once, whatever happens. */
const post = `${headOf("POST / HTTP/1.1", "Host: a", "Content-Length: 2")}hi`;
const answer = `${headOf("HTTP/1.1 200 OK", "Content-Length: 5")}hello`;

/** Well below the time after which an idle connection is closed in any case. */
const AT_ONCE_MS = 2000;

interface Kept extends RunningProxy {
  readonly server: RawServer;
  readonly client: RawPeer;
  /** The proxy's connection to the upstream, over which one answer has come. */
  readonly upstream: RawPeer;
}

async function keptConnection(t: TestContext): Promise<Kept> {
  const server = await startRawServer(t);
  const proxy = await startProxy(t, { to: server.url, handshakeTimeoutMs: 1000 });
  const client = await openRaw(t, { port: proxy.port });
  client.write(get);
  const upstream = await server.accept();
  await upstream.readHead();
  upstream.write(answer);
  assert.equal((await client.readResponse()).body, "hello");
  return { server, client, upstream, ...proxy };
}

async function isAnsweredOver(upstream: RawPeer, client: RawPeer, request: string): Promise<void> {
  client.write(request);
  await upstream.readHead();
  upstream.write(answer);
  assert.equal((await client.readResponse()).status, 200);
}

async function isClosedAtOnce(upstream: RawPeer): Promise<void> {
  const since = performance.now();
  await upstream.readToEnd();
  assert.ok(performance.now() - since < AT_ONCE_MS);
}

describe("a connection to an upstream that is kept for the next plain request", () => {
  test("carries the next one, while the upstream keeps it too", async (t) => {
    const { client, upstream } = await keptConnection(t);
    await isAnsweredOver(upstream, client, get);
    await isAnsweredOver(upstream, client, post);
  });

  test("is not waited for by a request that comes as the upstream ends it", async (t) => {
    const { server, client, upstream } = await keptConnection(t);
    upstream.socket.end();
    client.write(get);
    const second = await server.accept();
    await second.readHead();
    second.write(answer);
    assert.equal((await client.readResponse()).status, 200);
  });

  const ends: [string, (upstream: RawPeer) => void][] = [
    ["that the upstream has ended", ({ socket }) => socket.end()],
    ["on which a byte came that nobody asked for", (upstream) => upstream.write("H")],
  ];
  for (const [name, end] of ends) {
    test(`${name} is closed at once, and the next request has one of its own`, async (t) => {
      const { server, client, upstream, errors } = await keptConnection(t);
      end(upstream);
      await isClosedAtOnce(upstream);
      const [second] = await Promise.all([server.accept(), client.write(post)]);
      await second.readHead();
      second.write(answer);
      assert.equal((await client.readResponse()).status, 200);
      assert.deepEqual(errors, []);
    });
  }

  test("is none when the upstream ended it while its answer was not read yet", async (t) => {
    const server = await startRawServer(t);
    const { handler: answered, called: isAnswered } = firstCall<[]>();
    const { handler: goOn, called: mayGoOn } = firstCall<[]>();
    const upstreamResponse = async (): Promise<void> => {
      answered();
      await mayGoOn;
    };
    const { port } = await startProxy(t, { to: server.url, hooks: { upstreamResponse } });
    const client = await openRaw(t, { port });
    client.write(get);
    const upstream = await server.accept();
    await upstream.readHead();
    upstream.write(answer);
    await isAnswered;
    upstream.socket.end();
    await turns(20);
    goOn();
    assert.equal((await client.readResponse()).body, "hello");
    await isClosedAtOnce(upstream);
  });
});
