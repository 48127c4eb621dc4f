import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { attach, ClosedError, createServer, HandshakeError, type ServerHandlers } from "sluice";
import { connectInMemory } from "sluice/testing";
import { echo, nextMessage } from "../../support/sluice-server.js";

interface After {
  after(hook: () => Promise<void>): void;
}

function serverFor<Context>(t: After, handlers: ServerHandlers<Context>, options = {}) {
  const server = createServer<Context>(handlers, options);
  t.after(() => server.close({ timeoutMs: 0 }));
  return server;
}

describe("connectInMemory", () => {
  test("connects to a server that does not listen, messages and Close included", async (t) => {
    const server = serverFor(t, echo);
    const ws = await connectInMemory(server);
    ws.send("hello");
    assert.equal(await nextMessage(ws), "hello");
    ws.send(Uint8Array.of(1, 2));
    assert.deepEqual(await nextMessage(ws), Uint8Array.of(1, 2));
    const info = await ws.close(4000, "done");
    assert.deepEqual([info.code, info.reason, info.wasClean], [4000, "", true]);
  });

  test("makes the whole opening handshake: path, headers, subprotocol, context, compression", async (t) => {
    const server = serverFor<{ user: string }>(
      t,
      {
        upgrade: ({ headers }) => ({ context: { user: headers.get("x-user") ?? "nobody" } }),
        open: (ws) => void ws.send(`${ws.context.user} at ${ws.url} over ${ws.protocol}`),
      },
      { protocols: ["chat"], compression: true },
    );
    const ws = await connectInMemory(server, "/room?id=1", {
      protocols: ["chat"],
      headers: { "X-User": "ada" },
    });
    assert.equal(await nextMessage(ws), "ada at /room?id=1 over chat");
    assert.match(ws.extensions, /permessage-deflate/);
    await ws.close();
  });

  test("rejects as connect does when the server refuses", async (t) => {
    const server = serverFor(t, { upgrade: () => ({ status: 401 }) });
    await assert.rejects(
      connectInMemory(server),
      (error) => error instanceof HandshakeError && error.status === 401,
    );
    const strict = serverFor(t, echo);
    await assert.rejects(connectInMemory(strict, "/", { origin: "https://evil.example" }), { status: 403 });
  });

  test("several clients share topics and the server's set", async (t) => {
    const server = serverFor(t, { open: (ws) => ws.subscribe("news") });
    const clients = await Promise.all([1, 2, 3].map(() => connectInMemory(server)));
    assert.equal(server.connections.size, 3);
    assert.equal(server.publish("news", "it rains"), 3);
    for (const ws of clients) assert.equal(await nextMessage(ws), "it rains");
    await Promise.all([server.close(), ...clients.map((ws) => ws.closed)]);
    for (const ws of clients) assert.equal((await ws.closed).code, 1001);
  });

  test("a server that terminates is a lost connection", async (t) => {
    const server = serverFor(t, { open: (ws) => ws.terminate() });
    const ws = await connectInMemory(server);
    await assert.rejects(
      nextMessage(ws),
      (error) => error instanceof ClosedError && error.closeCode === 1006,
    );
  });

  test("keeps the pace of a slow handler: what the client sends waits within its bounds", async (t) => {
    let release = (): void => {};
    const server = serverFor(t, {
      message: () =>
        new Promise<void>((resolve) => {
          release = resolve;
        }),
    });
    const ws = await connectInMemory(server, "/", { bufferPolicy: "drop" });
    let result = "sent";
    for (let i = 0; i < 10_000 && result === "sent"; i++) result = ws.send(new Uint8Array(65_536));
    assert.equal(result, "buffered");
    ws.terminate();
    release();
    await ws.closed;
  });

  test("is refused by a server that has closed, and goes on where one listens as well", async (t) => {
    const server = serverFor(t, echo);
    await server.listen({ port: 0, host: "127.0.0.1" });
    const ws = await connectInMemory(server);
    ws.send("both ways");
    assert.equal(await nextMessage(ws), "both ways");
    await server.close();
    await assert.rejects(connectInMemory(server), { code: "CONNECTION_ENDED" });
  });

  for (const [name, value] of [
    ["createConnection", () => new Promise<never>(() => {})],
    ["socketPath", "/tmp/socket"],
    ["proxy", "http://localhost:3128"],
    ["lookup", () => {}],
    ["tls", {}],
    ["transport", "node"],
  ] as const) {
    test(`throws for an option that would choose another way to the server: ${name}`, async (t) => {
      const server = serverFor(t, echo);
      await assert.rejects(connectInMemory(server, "/", { [name]: value }), {
        code: "INVALID_ARGUMENT",
        message: `${name} is not an option of connectInMemory; leave it out, the way to the server is memory`,
      });
    });
  }

  test("calls options that are not known by its own name", async (t) => {
    const server = serverFor(t, echo);
    await assert.rejects(connectInMemory(server, "/", { protocol: "chat" } as object), {
      code: "INVALID_ARGUMENT",
      message: "protocol is not an option of connectInMemory; use protocols",
    });
  });

  test("throws for what is no server of createServer, and for what is no path", async () => {
    await assert.rejects(connectInMemory({} as never), { code: "INVALID_ARGUMENT" });
    await assert.rejects(connectInMemory(attach as never), { code: "INVALID_ARGUMENT" });
    const server = createServer(echo);
    await assert.rejects(connectInMemory(server, "room"), {
      code: "INVALID_ARGUMENT",
      message: 'the path of connectInMemory is "room"; it begins with a slash',
    });
    await server.close();
  });
});
