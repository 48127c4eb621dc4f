// The undocumented members that programs, and the tests of programs, look at.

import assert from "node:assert/strict";
import { createServer, type IncomingMessage, Server } from "node:http";
import { connect } from "node:net";
import { Duplex } from "node:stream";
import { openRaw } from "../support/raw-client.js";
import { headOf, opcodes, upgradeHead, wireFrame } from "../support/wire.js";
import { compare } from "./implementations.js";
import { idleClient } from "./support/idle-agent.js";
import {
  closed,
  connectPair,
  connectTo,
  endWith,
  event,
  failed,
  portOf,
  startHttp,
  startServer,
} from "./support/peers.js";
import { refusal } from "./support/refusal.js";

/** Any member, whether it is part of the interface or not. */
const member = (owner: object, name: string): unknown => (owner as Record<string, unknown>)[name];

await compare("the undocumented members of a WebSocket", (module, check) => {
  check("_redirects counts what was followed", async (t) => {
    const { server, port: target } = await startServer(t, module);
    const accepted = event(server, "connection");
    const { http, port } = await startHttp(t, createServer());
    let answers = 0;
    http.on("upgrade", (_request, socket) => {
      const location = ++answers === 1 ? "/again" : `ws://127.0.0.1:${target}`;
      socket.end(`HTTP/1.1 302 Found\r\nLocation: ${location}\r\n\r\n`);
    });
    const client = connectTo(t, module, `ws://127.0.0.1:${port}`, { followRedirects: true });
    assert.equal(member(client, "_redirects"), 0);
    await Promise.all([accepted, event(client, "open")]);
    assert.equal(member(client, "_redirects"), 2);
    const limited = connectTo(t, module, `ws://127.0.0.1:${port}`, {
      followRedirects: true,
      maxRedirects: 0,
    });
    await failed(limited);
    assert.equal(member(limited, "_redirects"), 1);
  });

  check("_req is the request until the connection is there", async (t) => {
    const { url } = await startServer(t, module);
    const client = connectTo(t, module, url);
    assert.equal(client._req?.getHeader("upgrade"), "websocket");
    await event(client, "open");
    assert.equal(client._req, null);
  });

  check("_closeTimer is set by close, before the frame is written, with closeTimeout", async (t) => {
    for (const [options, expected] of [
      [{}, 30_000],
      [{ closeTimeout: 1234 }, 1234],
    ] as const) {
      const { client, peer } = await connectPair(t, module, { client: options, server: options });
      for (const socket of [client, peer]) assert.equal(member(socket, "_closeTimer"), null);
      const ends = Promise.all([closed(client), closed(peer)]);
      client.send("first");
      client.close(1000);
      const timer = member(client, "_closeTimer") as { _idleTimeout: number };
      assert.equal(timer._idleTimeout, expected);
      await ends;
    }
  });

  check("the limits are on the receiver", async (t) => {
    const limits = { maxPayload: 20_480, maxFragments: 7, maxBufferedChunks: 9, skipUTF8Validation: true };
    const { client, peer } = await connectPair(t, module, { client: limits, server: limits });
    for (const socket of [client, peer]) {
      assert.equal(member(socket._receiver, "_maxPayload"), 20_480);
      assert.equal(member(socket._receiver, "_maxFragments"), 7);
      assert.equal(member(socket._receiver, "_maxBufferedChunks"), 9);
      assert.equal(member(socket._receiver, "_skipUTF8Validation"), true);
    }
  });

  check("the limits have their defaults there", async (t) => {
    const { client, peer } = await connectPair(t, module);
    for (const socket of [client, peer]) {
      assert.equal(member(socket._receiver, "_maxPayload"), 104_857_600);
      assert.equal(member(socket._receiver, "_extensions"), socket._extensions);
      assert.equal(member(socket._receiver, "_maxFragments"), 16_384);
      assert.equal(member(socket._receiver, "_maxBufferedChunks"), 262_144);
      assert.equal(member(socket._receiver, "_binaryType"), "nodebuffer");
      assert.equal(member(socket._receiver, "_allowSynchronousEvents"), true);
    }
  });

  check("_extensions holds the PerMessageDeflate with its params", async (t) => {
    const server = { perMessageDeflate: { serverNoContextTakeover: true } };
    const { client, peer } = await connectPair(t, module, { server });
    for (const socket of [client, peer]) {
      assert.deepEqual(Object.keys(socket._extensions), ["permessage-deflate"]);
      const extension = socket._extensions["permessage-deflate"];
      assert.ok(extension instanceof module.PerMessageDeflate);
      assert.deepEqual({ ...extension.params }, { server_no_context_takeover: true });
    }
    const plain = idleClient(module.WebSocket).client;
    assert.deepEqual(plain._extensions, {});
  });

  check("_binaryType, _protocol, _isServer and _paused say what the attributes say", async (t) => {
    const { client, peer } = await connectPair(t, module, { protocols: ["a"] });
    for (const socket of [client, peer]) {
      socket.binaryType = "arraybuffer";
      socket.pause();
      assert.equal(member(socket, "_binaryType"), "arraybuffer");
      assert.equal(member(socket, "_protocol"), "a");
      assert.equal(member(socket, "_paused"), true);
      assert.equal(member(socket, "_isServer"), socket === peer);
    }
  });
});

await compare("the undocumented members of a WebSocketServer", (module, check) => {
  check("_server is the server of node:http, until it is closed", async (t) => {
    const { server } = await startServer(t, module);
    const http = member(server, "_server") as Server;
    assert.ok(http instanceof Server);
    assert.equal(portOf(http), portOf(server));
    const ended = event(server, "close");
    server.close();
    assert.equal(member(server, "_server"), null);
    await ended;
    const given = createServer();
    assert.equal(member(new module.WebSocketServer({ server: given }), "_server"), given);
    assert.equal(member(new module.WebSocketServer({ noServer: true }), "_server"), undefined);
  });

  check("_state is 0, 1 while it closes, and 2", async () => {
    const server = new module.WebSocketServer({ noServer: true });
    assert.equal(member(server, "_state"), 0);
    server.close();
    assert.equal(member(server, "_state"), 1);
    await event(server, "close");
    assert.equal(member(server, "_state"), 2);
  });

  check("its close comes after that of a server of its own, with plain connections too", async (t) => {
    const { server, port } = await startServer(t, module);
    const http = member(server, "_server") as Server;
    const order: string[] = [];
    http.on("close", () => order.push("http"));
    server.on("close", () => order.push("ws"));
    http.on("connection", (socket) => {
      server.close();
      server.close();
      setImmediate(() => socket.end());
    });
    const ended = event(server, "close");
    const plain = connect({ host: "127.0.0.1", port });
    t.after(() => plain.destroy());
    plain.resume();
    await ended;
    assert.deepEqual(order, ["http", "ws"]);
  });

  check("it does not close a server that it was given", async (t) => {
    const { http, port } = await startHttp(t, createServer());
    const server = new module.WebSocketServer({ server: http });
    endWith(t, server);
    const real = http.close;
    http.close = () => assert.fail("closed");
    const accepted = event(server, "connection");
    const client = connectTo(t, module, `ws://127.0.0.1:${port}`);
    await Promise.all([accepted, event(client, "open")]);
    const ended = event(server, "close");
    server.close();
    client.close();
    await ended;
    http.close = real;
  });

  check("shouldHandle looks at the url alone", () => {
    const server = new module.WebSocketServer({ noServer: true, path: "/here" });
    const ask = (url: string): boolean => server.shouldHandle({ url } as IncomingMessage);
    assert.equal(ask("/here"), true);
    assert.equal(ask("/here?a=/there"), true);
    assert.equal(ask("/there"), false);
    assert.equal(new module.WebSocketServer({ noServer: true }).shouldHandle({} as IncomingMessage), true);
  });
});

await compare("upgrades in unusual surroundings", (module, check) => {
  check("over a stream that is no socket, both ways and to a clean end", async (t) => {
    const { http, port } = await startHttp(t);
    const server = new module.WebSocketServer({ noServer: true });
    http.on("upgrade", (request, socket, head) => {
      const between = Duplex.from({ readable: socket, writable: socket });
      server.handleUpgrade(request, between, head, (ws) => {
        t.after(() => ws.terminate());
        ws.on("message", (data) => ws.send(`echo ${data}`));
      });
    });
    const client = connectTo(t, module, `ws://127.0.0.1:${port}`);
    await event(client, "open");
    const heard = event(client, "message");
    client.send("hello");
    assert.equal(String((await heard)[0]), "echo hello");
    const ended = closed(client);
    client.close(1000);
    assert.deepEqual(await ended, { code: 1000, reason: "" });
  });

  check("with a head, handed to handleUpgrade, that holds a frame", async (t) => {
    const { http, port } = await startHttp(t);
    const server = new module.WebSocketServer({ noServer: true });
    const heard = new Promise((resolve) => {
      http.on("upgrade", (request, socket) => {
        const head = wireFrame({ opcode: opcodes.text, payload: "in the head" });
        server.handleUpgrade(request, socket, head, (ws) => {
          t.after(() => ws.terminate());
          ws.on("message", (data) => resolve(String(data)));
        });
      });
    });
    connectTo(t, module, `ws://127.0.0.1:${port}`);
    assert.equal(await heard, "in the head");
  });

  check("of a client that is older than the protocol are refused", async (t) => {
    const { port } = await startServer(t, module);
    const raw = await openRaw(t, { port });
    raw.write(
      headOf(
        "GET / HTTP/1.1",
        "Host: localhost",
        "Connection: Upgrade",
        "Upgrade: WebSocket",
        "Sec-WebSocket-Key1: 4 @1  46546xW%0l 1 5",
        "Sec-WebSocket-Key2: 12998 5 Y3 1  .P00",
        "Sec-WebSocket-Protocol: sample",
      ),
    );
    const answer = (await raw.readToEnd()).toString();
    assert.equal(answer, refusal(400, "Missing or invalid Sec-WebSocket-Key header"));
  });

  check("without the Upgrade header, which somebody took away, are refused", async (t) => {
    const { http, port } = await startHttp(t);
    const server = new module.WebSocketServer({ noServer: true });
    http.on("upgrade", (request, socket, head) => {
      delete request.headers.upgrade;
      server.handleUpgrade(request, socket, head, () => assert.fail("accepted"));
    });
    const raw = await openRaw(t, { port });
    raw.write(upgradeHead());
    assert.equal((await raw.readToEnd()).toString(), refusal(400, "Invalid Upgrade header"));
  });
});
