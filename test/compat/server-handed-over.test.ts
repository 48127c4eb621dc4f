// Servers that are handed their upgrades by the program.

import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { compare } from "./implementations.js";
import { connectTo, endWith, event, portOf, startHttp } from "./support/peers.js";
import type { CompatSocket } from "./support/ws-module.js";

await compare("several servers on one server of node:http", (module, check) => {
  const { WebSocketServer } = module;

  check("two servers of different paths on one server: each refuses what is the other's", async (t) => {
    const { http, port } = await startHttp(t);
    const first = new WebSocketServer({ noServer: true, path: "/first" });
    const second = new WebSocketServer({ noServer: true, path: "/second" });
    for (const server of [first, second]) endWith(t, server);
    http.on("upgrade", (request, socket, head) => {
      const server = request.url === "/first" ? first : second;
      server.handleUpgrade(request, socket, head, (ws) => server.emit("connection", ws, request));
    });
    for (const [server, path] of [
      [first, "/first"],
      [second, "/second"],
    ] as const) {
      const connected = event(server, "connection");
      connectTo(t, module, `ws://127.0.0.1:${port}${path}`);
      await connected;
    }
    assert.equal(first.clients?.size, 1);
    assert.equal(second.clients?.size, 1);
  });

  check("two servers that both accept what comes: the second one throws", async (t) => {
    const { http, port } = await startHttp(t);
    const first = new WebSocketServer({ noServer: true });
    const second = new WebSocketServer({ noServer: true });
    const thrown = new Promise<Error>((resolve) => {
      http.on("upgrade", (request, socket, head) => {
        first.handleUpgrade(request, socket, head, (ws) => t.after(() => ws.terminate()));
        try {
          second.handleUpgrade(request, socket, head, () => assert.fail("accepted twice"));
        } catch (error) {
          resolve(error as Error);
        }
      });
    });
    const client = connectTo(t, module, `ws://127.0.0.1:${port}`);
    await event(client, "open");
    assert.equal(
      (await thrown).message,
      "server.handleUpgrade() was called more than once with the same socket, possibly due to a misconfiguration",
    );
  });
});

await compare("a server without a server", (module, check) => {
  check("has no address to tell", () => {
    const server = new module.WebSocketServer({ noServer: true });
    assert.throws(() => server.address(), {
      name: "Error",
      message: 'The server is operating in "noServer" mode',
    });
  });

  check("does not listen, and calls no callback", () => {
    const server = new module.WebSocketServer({ noServer: true }, () => assert.fail("called"));
    assert.equal(server.listenerCount("listening"), 0);
  });

  check("hands out what handleUpgrade made, with the request", async (t) => {
    const { http, port } = await startHttp(t);
    const server = new module.WebSocketServer({ noServer: true });
    server.on("connection", () => assert.fail("handleUpgrade does not emit it"));
    const upgraded = new Promise<[CompatSocket, IncomingMessage, IncomingMessage]>((resolve) => {
      http.on("upgrade", (request, socket, head) => {
        server.handleUpgrade(request, socket, head, (ws, given) => resolve([ws, given, request]));
      });
    });
    const client = connectTo(t, module, `ws://127.0.0.1:${port}`);
    const [socket, given, request] = await upgraded;
    await event(client, "open");
    assert.equal(given, request);
    assert.equal(socket.readyState, module.WebSocket.OPEN);
    assert.ok(server.clients?.has(socket));
    assert.equal(portOf(http), port);
  });
});
