// What programs do to the request of a client while it is under way, and answers that are barely answers.

import assert from "node:assert/strict";
import type { ClientRequest, IncomingMessage } from "node:http";
import { openRaw } from "../support/raw-client.js";
import { startRawServer, switchingHead } from "../support/raw-server.js";
import { headOf, opcodes, upgradeHead, wireFrame } from "../support/wire.js";
import { compare } from "./implementations.js";
import { opening } from "./support/opening.js";
import { closed, connectTo, event, failed, startHttp, startServer, turn } from "./support/peers.js";
import { refusal } from "./support/refusal.js";
import type { CompatSocket } from "./support/ws-module.js";

await compare("the request of a client under way", (module, check) => {
  check("reads fewer headers if it is told to, and then misses the one that matters", async (t) => {
    const server = await startRawServer(t);
    const client = connectTo(t, module, server.url);
    assert.ok(client._req);
    client._req.maxHeadersCount = 1;
    const told = event(client, "upgrade");
    const raw = await server.accept();
    await raw.readHead();
    raw.write(headOf("HTTP/1.1 101 Switching Protocols", "Connection: Upgrade", "Upgrade: websocket"));
    assert.equal((await failed(client)).message, "Invalid Upgrade header");
    assert.deepEqual({ ...(await told)[0].headers }, { connection: "Upgrade" });
  });

  check("destroyed, fails the client with the error it was given", async (t) => {
    const { client } = await opening(t, module);
    const mine = new Error("mine");
    client._req?.destroy(mine);
    assert.equal(await failed(client), mine);
  });

  check("destroyed without an error is a socket that hangs up", async (t) => {
    const { client } = await opening(t, module);
    client._req?.destroy();
    assert.equal((await failed(client)).message, "socket hang up");
  });

  check("destroyed once an unexpected response has been read is no error", async (t) => {
    const { client, raw } = await opening(t, module);
    client.on("error", () => assert.fail("an error"));
    raw.write(`${headOf("HTTP/1.1 401 Unauthorized", "Connection: close", "Content-Length: 3")}foo`);
    raw.socket.end();
    const [request, response] = (await event(client, "unexpected-response")) as [
      ClientRequest,
      IncomingMessage,
    ];
    response.resume();
    await event(response, "end");
    request.destroy();
    await turn();
    assert.equal(client.readyState, client.CONNECTING);
    client.removeAllListeners("error");
  });

  check("destroyed by a listener of redirect is an error of the client", async (t) => {
    const { http, port } = await startHttp(t);
    http.on("upgrade", (_request, socket) => {
      socket.end("HTTP/1.1 302 Found\r\nLocation: /again\r\n\r\n");
    });
    const client = connectTo(t, module, `ws://127.0.0.1:${port}`, { followRedirects: true });
    client.on("redirect", (_url: string, request: ClientRequest) => {
      request.on("socket", () => request.destroy());
    });
    assert.equal((await failed(client)).message, "socket hang up");
  });

  check("has headers that a listener of redirect may take away", async (t) => {
    const { server, url } = await startServer(t, module);
    const accepted = event(server, "connection");
    const { http, port } = await startHttp(t);
    http.on("upgrade", (_request, socket) => {
      socket.end(`HTTP/1.1 302 Found\r\nLocation: ${url}\r\n\r\n`);
    });
    const headers = { authorization: "Own", cookie: "a=b" };
    const client = connectTo(t, module, `ws://127.0.0.1:${port}`, { followRedirects: true, headers });
    client.on("redirect", (_url: string, request: ClientRequest) => {
      assert.equal(request.getHeader("Authorization"), "Own");
      assert.equal(request.getHeader("Cookie"), "a=b");
      request.removeHeader("authorization");
      request.removeHeader("cookie");
    });
    const [, request] = await accepted;
    assert.equal(request.headers.authorization, undefined);
    assert.equal(request.headers.cookie, undefined);
  });

  check("keeps the first name and password on the same host, whatever the new address has", async (t) => {
    const { http, port } = await startHttp(t);
    const seen: (string | undefined)[] = [];
    http.on("upgrade", (request, socket) => {
      seen.push(request.headers.authorization);
      socket.end(`HTTP/1.1 302 Found\r\nLocation: ws://baz:qux@127.0.0.1:${port}/foo\r\n\r\n`);
    });
    const client = connectTo(t, module, `ws://foo:bar@127.0.0.1:${port}`, {
      followRedirects: true,
      maxRedirects: 1,
    });
    await failed(client);
    assert.deepEqual(seen, ["Basic Zm9vOmJhcg==", "Basic Zm9vOmJhcg=="]);
    assert.equal(client.url, `ws://baz:qux@127.0.0.1:${port}/foo`);
  });
});

await compare("an answer and nothing more", (module, check) => {
  check("that is the end of the connection too opens it, and closes it with 1006", async (t) => {
    const { client, raw, head } = await opening(t, module);
    const opened = event(client, "open");
    const ended = closed(client);
    raw.socket.end(switchingHead(head));
    await opened;
    assert.deepEqual(await ended, { code: 1006, reason: "" });
  });

  check("with frames behind it in one packet: they are heard, and the close too", async (t) => {
    const { client, raw, head } = await opening(t, module);
    const heard: string[] = [];
    client.on("open", () => heard.push("open"));
    client.on("message", (data) => heard.push(String(data)));
    const ended = closed(client);
    raw.socket.end(
      Buffer.concat([
        Buffer.from(switchingHead(head)),
        wireFrame({ opcode: opcodes.text, payload: "a", isMasked: false }),
        wireFrame({ opcode: opcodes.text, payload: "b", isMasked: false }),
        wireFrame({ opcode: opcodes.close, isMasked: false }),
      ]),
    );
    assert.deepEqual(await ended, { code: 1005, reason: "" });
    assert.deepEqual(heard, ["open", "a", "b"]);
  });

  check("with an informational one before it is an answer", async (t) => {
    const server = await startRawServer(t);
    const client = connectTo(t, module, server.url);
    const opened = event(client, "open");
    const raw = await server.accept();
    const head = await raw.readHead();
    raw.write("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
    raw.write(switchingHead(head));
    await opened;
  });

  check("of a verifyClient with an empty text is the status in words", async (t) => {
    const verifyClient = (_info: unknown, done: (...given: unknown[]) => void): void => {
      process.nextTick(done, false, 503, "", { "Retry-After": 120 });
    };
    const { port } = await startServer(t, module, { verifyClient });
    const raw = await openRaw(t, { port });
    raw.write(upgradeHead());
    assert.equal((await raw.readToEnd()).toString(), refusal(503, undefined, ["Retry-After: 120"]));
  });

  check("an error listener of a failing client may send, and finds it CLOSING", async (t) => {
    const client: CompatSocket = new module.WebSocket("ws://localhost", { lookup: () => {} });
    const seen: number[] = [];
    client.on("error", () => {
      seen.push(client.readyState, client.bufferedAmount);
      client.send("hi");
      client.send(undefined);
      client.ping("hi");
      seen.push(client.bufferedAmount);
    });
    client.close();
    await event(client, "close");
    client.pong("hi");
    seen.push(client.readyState, client.bufferedAmount);
    assert.deepEqual(seen, [2, 0, 4, 3, 6]);
    t.after(() => client.terminate());
  });
});
