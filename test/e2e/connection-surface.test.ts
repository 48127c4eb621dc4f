import assert from "node:assert/strict";
import { createServer as createHttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, type TestContext, test } from "node:test";
import { inspect } from "node:util";
import { accept, attach, connect, type WebSocketConnection } from "sluice";
import { firstCall, startServer } from "../support/sluice-server.js";

/** Every member of the interface, which the compiler compares with it. */
const declared: Record<keyof WebSocketConnection, true> = {
  role: true,
  readyState: true,
  url: true,
  protocol: true,
  extensions: true,
  remoteAddress: true,
  request: true,
  bufferedAmount: true,
  transport: true,
  closed: true,
  context: true,
  readable: true,
  writable: true,
  send: true,
  sendStream: true,
  drained: true,
  ping: true,
  pong: true,
  close: true,
  terminate: true,
  pause: true,
  resume: true,
  listen: true,
  messages: true,
  [Symbol.asyncIterator]: true,
  subscribe: true,
  unsubscribe: true,
  isSubscribed: true,
  publish: true,
};

const inspectMethod = Symbol.for("nodejs.util.inspect.custom");

/** What can be found on an object at run time, its own or inherited, enumerable or not. */
function surfaceOf(value: object): Set<PropertyKey> {
  const keys = new Set<PropertyKey>();
  for (let at: object = value; at !== Object.prototype; at = Object.getPrototypeOf(at) as object) {
    for (const key of Reflect.ownKeys(at)) keys.add(key);
  }
  return keys;
}

/** The same connection from both ends, one of each kind that the package hands out. */
async function everyKind(t: TestContext): Promise<Map<string, WebSocketConnection>> {
  const opened = firstCall<[WebSocketConnection]>();
  const { url, server } = await startServer(t, { open: opened.handler });
  const client = await connect(`${url}/room`, { protocols: [] });
  const [served] = await opened.called;
  assert.ok(server.connections.has(served));

  const http = createHttpServer();
  t.after(() => http.close());
  await new Promise<void>((resolve) => void http.listen(0, "127.0.0.1", resolve));
  const { port } = http.address() as AddressInfo;
  const joined = firstCall<[WebSocketConnection]>();
  const service = attach(http, { open: joined.handler }, { path: "/attached" });
  t.after(() => service.close({ timeoutMs: 0 }));
  const accepted = firstCall<[WebSocketConnection]>();
  http.on("upgrade", (request, socket, head) => {
    if (request.url === "/accepted") void accept(request, socket, head).then(accepted.handler);
  });
  const persistent = await connect(`ws://127.0.0.1:${port}/attached`, { reconnect: { retries: 0 } });
  const plain = await connect(`ws://127.0.0.1:${port}/accepted`);
  const [attached] = await joined.called;
  const [byHand] = await accepted.called;
  t.after(() => Promise.all([client, persistent, plain].map((ws) => ws.close())));
  return new Map([
    ["served", served],
    ["attached", attached],
    ["accepted", byHand],
    ["client", client],
    ["persistent", persistent],
  ]);
}

describe("the connection that users hold", () => {
  test("has what its interface declares at run time too, and nothing else", async (t) => {
    for (const [kind, ws] of await everyKind(t)) {
      const expected = new Set<PropertyKey>([...Reflect.ownKeys(declared), "constructor", inspectMethod]);
      assert.deepEqual(surfaceOf(ws), expected, kind);
      for (const key of Object.keys(ws)) assert.ok(["closed", "context"].includes(key), `${kind}: ${key}`);
    }
  });

  test("shows on the console which one it is and how it is", async (t) => {
    const kinds = await everyKind(t);
    const [served, client, persistent] = ["served", "client", "persistent"].map((kind) => kinds.get(kind));
    assert.equal(
      inspect(served),
      "WebSocketConnection { role: 'server', readyState: 1, url: '/room', protocol: '' }",
    );
    assert.match(
      inspect({ client }),
      /^\{\s+client: WebSocketConnection \{\s+role: 'client',\s+readyState: 1,\s+url: 'ws:\/\/127/,
    );
    assert.match(inspect(persistent), /^WebSocketConnection \{\s+role: 'client',\s+readyState: 1,/);
  });

  test("is the same object for every handler, and in the server's set", async (t) => {
    const opened = firstCall<[WebSocketConnection]>();
    const received = firstCall<[WebSocketConnection, string | Uint8Array, boolean]>();
    const closed = firstCall<[WebSocketConnection, number, string]>();
    const { url, server } = await startServer(t, {
      open: opened.handler,
      message: received.handler,
      close: closed.handler,
    });
    const ws = await connect(url);
    ws.send("hello");
    const [first] = await opened.called;
    const [second] = await received.called;
    assert.deepEqual([...server.connections], [first]);
    await ws.close();
    const [third] = await closed.called;
    assert.ok(first === second && second === third);
  });
});
