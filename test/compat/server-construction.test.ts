// How a server begins: its options, where it listens, what it answers to requests that are none of its own.

import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, get, type IncomingMessage, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compare } from "./implementations.js";
import { connectTo, endWith, event, startHttp, startServer } from "./support/peers.js";
import type { CompatSocket } from "./support/ws-module.js";

const oneOf = 'One and only one of the "port", "server", or "noServer" options must be specified';

async function answerTo(port: number): Promise<{ response: IncomingMessage; body: string }> {
  const [response] = (await event(get({ port, host: "127.0.0.1", agent: false }), "response")) as [
    IncomingMessage,
  ];
  let body = "";
  for await (const chunk of response) body += chunk;
  return { response, body };
}

function counts(http: Server): number[] {
  return ["upgrade", "listening", "error", "request"].map((name) => http.listenerCount(name));
}

await compare("the options of a server", (module, check) => {
  const { WebSocketServer } = module;

  check("exactly one of port, server and noServer says where it is", () => {
    const http = createServer();
    const wrong = [
      undefined,
      {},
      { host: "127.0.0.1" },
      { port: null },
      { port: undefined },
      { noServer: false },
      { port: 0, server: http },
      { port: 0, noServer: true },
      { server: http, noServer: true },
      { port: 0, server: http, noServer: true },
    ];
    for (const options of wrong) {
      assert.throws(() => new WebSocketServer(options), { name: "TypeError", message: oneOf });
    }
  });

  check("the defaults are readable on the server", () => {
    const { options } = new WebSocketServer({ noServer: true });
    const expected = {
      allowSynchronousEvents: true,
      autoPong: true,
      maxBufferedChunks: 262_144,
      maxFragments: 16_384,
      maxPayload: 104_857_600,
      maxPendingAutoPongs: 60,
      skipUTF8Validation: false,
      perMessageDeflate: false,
      handleProtocols: null,
      clientTracking: true,
      closeTimeout: 30_000,
      verifyClient: null,
      noServer: true,
      backlog: null,
      server: null,
      host: null,
      path: null,
      port: null,
      WebSocket: module.WebSocket,
    };
    assert.deepEqual({ ...options }, expected);
  });

  check("the given options win, stay unchanged, and true is an empty object of compression", () => {
    const given = { noServer: true, maxPayload: 10, perMessageDeflate: true, path: "/a" };
    const { options } = new WebSocketServer(given);
    assert.equal(options.maxPayload, 10);
    assert.equal(options.path, "/a");
    assert.deepEqual(options.perMessageDeflate, {});
    assert.deepEqual(given, { noServer: true, maxPayload: 10, perMessageDeflate: true, path: "/a" });
  });

  check("it is an EventEmitter with the methods of the documentation on its prototype", () => {
    const server = new WebSocketServer({ noServer: true });
    assert.ok(server instanceof EventEmitter);
    assert.ok(server instanceof WebSocketServer);
    const methods = Object.getOwnPropertyNames(WebSocketServer.prototype);
    for (const name of ["address", "close", "shouldHandle", "handleUpgrade"]) {
      assert.ok(methods.includes(name), name);
    }
    assert.equal(WebSocketServer.name, "WebSocketServer");
  });

  check("clients is an empty set, and is not there without clientTracking", () => {
    const tracking = new WebSocketServer({ noServer: true });
    assert.ok(tracking.clients instanceof Set);
    assert.equal(tracking.clients.size, 0);
    const careless = new WebSocketServer({ noServer: true, clientTracking: false });
    assert.equal(careless.clients, undefined);
    assert.equal("clients" in careless, false);
  });
});

await compare("a server that listens on a port", (module, check) => {
  const { WebSocketServer } = module;

  check("calls the callback, without arguments, before it emits listening", async (t) => {
    const order: string[] = [];
    const server = new WebSocketServer({ port: 0 }, (...given: unknown[]) =>
      order.push(`callback ${given.length}`),
    );
    endWith(t, server);
    server.on("listening", () => order.push("event"));
    await event(server, "listening");
    assert.deepEqual(order, ["callback 0", "event"]);
  });

  check("says its address", async (t) => {
    const { server } = await startServer(t, module);
    const address = server.address() as Record<string, unknown>;
    assert.equal(address.address, "127.0.0.1");
    assert.equal(address.family, "IPv4");
    assert.equal(typeof address.port, "number");
  });

  check("has no address before it listens, and none once it is closed", async () => {
    const server = new WebSocketServer({ port: 0, host: "localhost" });
    assert.equal(server.address(), null);
    await event(server, "listening");
    assert.notEqual(server.address(), null);
    server.close();
    assert.equal(server.address(), null);
    await event(server, "close");
  });

  check("takes a backlog", async (t) => {
    const { server, url } = await startServer(t, module, { backlog: 3 });
    const client = connectTo(t, module, url);
    await Promise.all([event(server, "connection"), event(client, "open")]);
  });

  check("emits the error of a port in use", async (t) => {
    const { port } = await startServer(t, module);
    const second = new WebSocketServer({ host: "127.0.0.1", port });
    const [error] = await event(second, "error");
    assert.equal(error.code, "EADDRINUSE");
    assert.equal(error.syscall, "listen");
  });

  check("answers 426 to a plain request", async (t) => {
    const { port } = await startServer(t, module);
    const { response, body } = await answerTo(port);
    assert.equal(response.statusCode, 426);
    assert.equal(response.statusMessage, "Upgrade Required");
    assert.equal(response.headers["content-type"], "text/plain");
    assert.equal(response.headers["content-length"], "16");
    assert.equal(body, "Upgrade Required");
  });
});

await compare("a server on a server of node:http", (module, check) => {
  const { WebSocketServer } = module;

  check(
    "adds listeners for upgrade, listening and error, none for requests, and never calls back",
    async (t) => {
      const http = createServer();
      const before = counts(http);
      let called = false;
      const server = new WebSocketServer({ server: http }, () => {
        called = true;
      });
      endWith(t, server);
      const added = counts(http).map((count, i) => count - (before[i] ?? 0));
      assert.deepEqual(added, [1, 1, 1, 0]);
      assert.equal(server.address(), null);
      const listening = event(server, "listening");
      await startHttp(t, http);
      assert.deepEqual(await listening, []);
      assert.deepEqual(server.address(), http.address());
      assert.equal(called, false);
    },
  );

  check("leaves plain requests to it", async (t) => {
    const { http, port } = await startHttp(
      t,
      createServer((_request, response) => response.end("hello")),
    );
    endWith(t, new WebSocketServer({ server: http }));
    assert.equal((await answerTo(port)).body, "hello");
  });

  check("emits its errors", async (t) => {
    const http = createServer();
    const server = new WebSocketServer({ server: http });
    endWith(t, server);
    const emitted = event(server, "error");
    const sent = new Error("of the http server");
    http.emit("error", sent);
    assert.deepEqual(await emitted, [sent]);
  });

  check("on a unix socket, the address is a string, and a client reaches it", async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "compat-"));
    const path = join(folder, "s");
    const http = createServer();
    t.after(() => {
      http.close();
      rmSync(folder, { recursive: true });
    });
    const server = new WebSocketServer({ server: http });
    endWith(t, server);
    http.listen(path);
    await event(server, "listening");
    assert.equal(server.address(), path);
    const connected = event(server, "connection");
    const client = connectTo(t, module, `ws+unix:${path}:/room?x=1`);
    await event(client, "open");
    const [socket, request] = (await connected) as [CompatSocket, IncomingMessage];
    assert.equal(request.url, "/room?x=1");
    assert.equal(request.headers.host, "localhost");
    client.send("over a path");
    assert.equal(String((await event(socket, "message"))[0]), "over a path");
  });
});
