// How a server ends, in each of the ways it can have begun.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { openRaw } from "../support/raw-client.js";
import { upgradeHead } from "../support/wire.js";
import { compare } from "./implementations.js";
import { connectPair, connectTo, endWith, event, startHttp, startServer, turn } from "./support/peers.js";
import { refusal } from "./support/refusal.js";
import type { Callback, CompatServer, CompatSocket, WsModule } from "./support/ws-module.js";

const modes = ["port", "server", "noServer"] as const;

/** A running server of this mode without clients. */
async function serverOf(
  t: { after(hook: () => void): void },
  module: WsModule,
  mode: (typeof modes)[number],
) {
  if (mode === "port") return (await startServer(t, module)).server;
  if (mode === "noServer") return new module.WebSocketServer({ noServer: true });
  const { http } = await startHttp(t);
  return new module.WebSocketServer({ server: http });
}

function closeWithCallback(server: CompatServer): Promise<unknown[]> {
  return new Promise((resolve) => {
    server.close((...given: unknown[]) => resolve(given));
  });
}

await compare("closing a server", (module, check) => {
  const { WebSocketServer } = module;

  for (const mode of modes) {
    check(
      `${mode}: the callback and close come later, the callback first, both without arguments`,
      async (t) => {
        const server = await serverOf(t, module, mode);
        const order: string[] = [];
        server.close((...given: unknown[]) => order.push(`callback ${given.length}`));
        server.on("close", (...given: unknown[]) => order.push(`close ${given.length}`));
        assert.deepEqual(order, []);
        await event(server, "close");
        assert.deepEqual(order, ["callback 0", "close 0"]);
      },
    );

    check(`${mode}: closing while it closes adds a callback and no second close`, async (t) => {
      const server = await serverOf(t, module, mode);
      let closes = 0;
      server.on("close", () => closes++);
      const [first, second] = await Promise.all([closeWithCallback(server), closeWithCallback(server)]);
      assert.deepEqual([first, second], [[], []]);
      await turn();
      assert.equal(closes, 1);
    });

    check(`${mode}: closing once it is closed calls back with an error, and emits close again`, async (t) => {
      const server = await serverOf(t, module, mode);
      await closeWithCallback(server);
      const again = event(server, "close");
      const [error] = (await closeWithCallback(server)) as [Error];
      assert.equal(error.message, "The server is not running");
      assert.equal(error.name, "Error");
      await again;
      const third = event(server, "close");
      server.close();
      await third;
    });
  }

  check("a server that does not listen yet can be closed", async () => {
    const server = new WebSocketServer({ port: 0 });
    assert.deepEqual(await closeWithCallback(server), []);
  });

  check("a server that could not listen can be closed", async (t) => {
    const { port } = await startServer(t, module);
    const server = new WebSocketServer({ host: "127.0.0.1", port });
    await event(server, "error");
    assert.deepEqual(await closeWithCallback(server), []);
  });

  check(
    "a server of its own port stops listening, keeps its connections, and closes after the last",
    async (t) => {
      const { server, port, client, peer } = await connectPair(t, module);
      let isClosed = false;
      const ended = event(server, "close").then(() => {
        isClosed = true;
      });
      server.close();
      await turn();
      const refused = connectTo(t, module, `ws://127.0.0.1:${port}`);
      assert.equal((await event(refused, "error"))[0].code, "ECONNREFUSED");
      assert.equal(isClosed, false);
      assert.equal(peer.readyState, module.WebSocket.OPEN);
      peer.send("still here");
      assert.equal(String((await event(client, "message"))[0]), "still here");
      assert.equal(isClosed, false);
      client.close();
      await ended;
    },
  );

  check(
    "a server on another's server leaves that one running, and closes after its last client",
    async (t) => {
      const { http, port } = await startHttp(
        t,
        createServer((_, response) => response.end()),
      );
      const before = ["upgrade", "listening", "error"].map((name) => http.listenerCount(name));
      const server = new WebSocketServer({ server: http });
      endWith(t, server);
      const accepted = event(server, "connection");
      const client = connectTo(t, module, `ws://127.0.0.1:${port}`);
      const [[peer]] = (await Promise.all([accepted, event(client, "open")])) as [[CompatSocket], unknown];
      const order: string[] = [];
      server.on("close", () => order.push("server"));
      peer.on("close", () => order.push("client"));
      server.close();
      assert.equal(server.address(), null);
      assert.deepEqual(
        ["upgrade", "listening", "error"].map((name) => http.listenerCount(name)),
        before,
      );
      await turn();
      assert.deepEqual(order, []);
      const ended = event(server, "close");
      client.close();
      await ended;
      assert.deepEqual(order, ["client", "server"]);
      assert.equal(http.listening, true);
    },
  );

  for (const mode of ["server", "noServer"] as const) {
    check(`${mode}: without clientTracking it closes at once, whoever is connected`, async (t) => {
      const { http, port } = await startHttp(t);
      const options = mode === "server" ? { server: http } : { noServer: true };
      const server = new WebSocketServer({ ...options, clientTracking: false });
      endWith(t, server);
      if (mode === "noServer") {
        http.on("upgrade", (request, socket, head) =>
          server.handleUpgrade(request, socket, head, (ws) => server.emit("connection", ws, request)),
        );
      }
      const accepted = event(server, "connection");
      const client = connectTo(t, module, `ws://127.0.0.1:${port}`);
      const [[peer]] = await Promise.all([accepted, event(client, "open")]);
      assert.deepEqual(await closeWithCallback(server), []);
      assert.equal(peer.readyState, module.WebSocket.OPEN);
    });
  }

  check("noServer: it closes after its last client", async (t) => {
    const { http, port } = await startHttp(t);
    const server = new WebSocketServer({ noServer: true });
    const accepted = new Promise<CompatSocket>((resolve) => {
      http.on("upgrade", (request, socket, head) => server.handleUpgrade(request, socket, head, resolve));
    });
    const client = connectTo(t, module, `ws://127.0.0.1:${port}`);
    const [peer] = await Promise.all([accepted, event(client, "open")]);
    const ended = event(server, "close");
    server.close();
    await turn();
    assert.equal(server.clients?.size, 1);
    peer.terminate();
    await ended;
    assert.equal(server.clients?.size, 0);
  });

  check("it can be closed from its connection event", async (t) => {
    const { server, url } = await startServer(t, module);
    server.on("connection", (socket: CompatSocket) => {
      server.close();
      socket.close(1001);
    });
    const client = connectTo(t, module, url);
    const [[code]] = await Promise.all([event(client, "close"), event(server, "close")]);
    assert.equal(code, 1001);
  });

  check("a handshake that is still being verified when it closes is answered 503", async (t) => {
    const verify = (_info: unknown, accept: (isAccepted: boolean) => void): void => {
      server.close();
      accept(true);
    };
    const { server, port } = await startServer(t, module, { verifyClient: verify });
    const ended = event(server, "close");
    server.on("connection", () => assert.fail("accepted"));
    const raw = await openRaw(t, { port });
    raw.write(upgradeHead());
    assert.equal((await raw.readToEnd()).toString(), refusal(503));
    raw.socket.end();
    await ended;
  });

  check("closed, it refuses what handleUpgrade is given", async (t) => {
    const { http, port } = await startHttp(t);
    const server = new WebSocketServer({ noServer: true });
    await closeWithCallback(server);
    http.on("upgrade", (request, socket, head) =>
      server.handleUpgrade(request, socket, head, () => assert.fail("accepted")),
    );
    const client = connectTo(t, module, `ws://127.0.0.1:${port}`);
    const [error] = await event(client, "error");
    assert.equal(error.message, "Unexpected server response: 503");
  });
});

await compare("the clients of a server", (module, check) => {
  check(
    "are in the set before connection is emitted, and out of it before their close is heard",
    async (t) => {
      const { server, url } = await startServer(t, module);
      const seen: boolean[] = [];
      server.on("connection", (socket: CompatSocket) => {
        seen.push(server.clients?.has(socket) === true);
        socket.on("close", () => seen.push(server.clients?.has(socket) === true));
      });
      const accepted = event(server, "connection");
      const client = connectTo(t, module, url);
      const [[peer]] = await Promise.all([accepted, event(client, "open")]);
      assert.equal(server.clients?.size, 1);
      client.close();
      await event(peer, "close");
      assert.deepEqual(seen, [true, false]);
      assert.equal(server.clients?.size, 0);
    },
  );

  check("are not tracked with clientTracking false", async (t) => {
    const { server, peer } = await connectPair(t, module, { server: { clientTracking: false } });
    assert.equal(server.clients, undefined);
    assert.equal(peer.readyState, module.WebSocket.OPEN);
  });

  check("each listener of close is called once, its callbacks too", async () => {
    const server = new module.WebSocketServer({ noServer: true });
    let calls = 0;
    const callback: Callback = () => calls++;
    server.close(callback);
    await event(server, "close");
    server.close();
    await event(server, "close");
    assert.equal(calls, 1);
  });
});
