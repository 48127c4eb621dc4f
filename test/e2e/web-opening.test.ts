// WebSockets Standard: the constructor's parallel steps, "establish a WebSocket connection", and what shows when it is
// established or fails.

import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, test } from "node:test";
import { setGlobalOrigin, WebSocket } from "sluice";
import { type RawServer, startRawServer, switchingHead } from "../support/raw-server.js";
import { echo, startServer } from "../support/sluice-server.js";
import { next, record, turn } from "../support/web-events.js";
import { closePayloadOf, opcodes, wireFrame } from "../support/wire.js";

async function assertFails(socket: WebSocket, reason: RegExp): Promise<void> {
  const lines = record(socket);
  const failed = next(socket, "error");
  await next(socket, "close");
  const event = await failed;
  assert.equal(String(event), "[object Event]");
  assert.match(event.message, reason);
  assert.equal(event.message, event.error.message);
  assert.deepEqual(lines, ["error 3", "close 1006 unclean 3"]);
}

/** Answers the next request with a head of one's own. */
async function answer(server: RawServer, head: string): Promise<void> {
  const peer = await server.accept();
  await peer.readHead();
  peer.write(head);
}

describe("a WebSocket that opens", () => {
  test("changes state, extensions and protocol in a task of its own, and then fires open", async (t) => {
    const { url } = await startServer(t, echo, { protocols: ["chat"], compression: true });
    const socket = new WebSocket(`${url}/a?b`, ["chat", "echo"]);
    assert.deepEqual([socket.readyState, socket.protocol, socket.extensions], [0, "", ""]);
    const event = await next(socket, "open");
    assert.equal(event.constructor, Event);
    assert.deepEqual([event.bubbles, event.cancelable], [false, false]);
    assert.deepEqual([socket.readyState, socket.protocol], [1, "chat"]);
    assert.match(socket.extensions, /^permessage-deflate/);
    assert.equal(socket.url, `${url}/a?b`);
    socket.close();
    await next(socket, "close");
  });

  test("takes what comes in the packet of the handshake's answer after its event open", async (t) => {
    const server = await startRawServer(t);
    const socket = new WebSocket(server.url);
    const lines = record(socket);
    socket.addEventListener("open", () => socket.close());
    const peer = await server.accept();
    const request = await peer.readHead();
    const text = wireFrame({ opcode: opcodes.text, payload: "early", isMasked: false });
    const closeFrame = wireFrame({
      opcode: opcodes.close,
      payload: closePayloadOf(1001, "PASS"),
      isMasked: false,
    });
    peer.write(Buffer.concat([Buffer.from(switchingHead(request)), text, closeFrame]));
    assert.equal((await peer.readClose()).code, 1001);
    peer.socket.end();
    await next(socket, "close");
    assert.deepEqual(lines, ["open 1", "close 1001 PASS 3"]);
  });

  test("is reached by relative URLs when there is a base, which is sent as Origin", async (t) => {
    const origins: (string | undefined)[] = [];
    const { url, port } = await startServer(
      t,
      { ...echo, open: (ws) => void origins.push(ws.request.headers.get("origin")) },
      { origins: "any" },
    );
    t.after(() => setGlobalOrigin(undefined));
    setGlobalOrigin(`http://127.0.0.1:${port}/page/`);
    for (const [target, origin] of [["feed"], ["/", "http://other.test"]]) {
      const socket = new WebSocket(target, { origin });
      await next(socket, "open");
      socket.close();
      await next(socket, "close");
      assert.ok(socket.url.startsWith(url));
    }
    assert.deepEqual(origins, [`http://127.0.0.1:${port}`, "http://other.test"]);
  });

  test("has the options of connect", async (t) => {
    const { url } = await startServer(t, {
      open: (ws) => void ws.send(`${ws.request.headers.get("x-test")} ${ws.extensions}`),
    });
    const socket = new WebSocket(url, { headers: { "X-Test": "yes" }, compression: false, protocols: [] });
    assert.equal((await next(socket, "message")).data, "yes ");
    socket.close();
    await next(socket, "close");
  });

  test("offers no subprotocol for null, undefined and empty options", async (t) => {
    const offers: (string | undefined)[] = [];
    const { url } = await startServer(t, {
      open: (ws) => void offers.push(ws.request.headers.get("sec-websocket-protocol")),
    });
    for (const nothing of [null, undefined, {}, [], { protocols: undefined }]) {
      const socket: WebSocket = Reflect.construct(WebSocket, [url, nothing]);
      await next(socket, "open");
      socket.close();
      await next(socket, "close");
    }
    assert.deepEqual(offers, Array(5).fill(undefined));
  });

  test("checks where the server is when it is told where to expect it", async (t) => {
    const { url } = await startServer(t, echo);
    const socket = new WebSocket(url, { targetAddressSpace: "loopback" });
    await next(socket, "open");
    socket.close();
    await next(socket, "close");
    for (const targetAddressSpace of ["local", "public"] as const)
      await assertFails(new WebSocket(url, { targetAddressSpace }), /the server is loopback, not/);
  });
});

describe("a WebSocket that cannot be opened", () => {
  test("fires error and close, and nothing within the constructor", async (t) => {
    const { url } = await startServer(t, {});
    for (const [target, protocols, reason] of [
      ["ws://127.0.0.1:1/", [], /port 1 belongs to another protocol/],
      ["ws://127.0.0.1:6667/", [], /the Fetch Standard blocks it/],
      [url, "chat", /subprotocol/],
    ] as const)
      await assertFails(new WebSocket(target, protocols), reason);
  });

  test("fails without TLS on a page that has it", async (t) => {
    const page = { href: "https://page.test/" };
    Object.defineProperty(globalThis, "location", { value: page, configurable: true });
    t.after(() => Reflect.deleteProperty(globalThis, "location"));
    await assertFails(new WebSocket("ws://page.test/"), /^ws:\/\/page\.test is without TLS/);
  });

  test("fails when nobody listens", async (t) => {
    const { port, server } = await startServer(t, {});
    await server.close();
    await assertFails(new WebSocket(`ws://127.0.0.1:${port}/`), /ECONNREFUSED|refused/);
  });

  for (const [what, head, reason] of [
    ["a status that is not 101", "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", /404/],
    ["a redirect", "HTTP/1.1 301 Moved\r\nLocation: /\r\nContent-Length: 0\r\n\r\n", /301/],
    ["no HTTP", "hello?\r\n\r\n", /no HTTP response/],
  ] as const) {
    test(`fails when the server answers with ${what}`, async (t) => {
      const server = await startRawServer(t);
      const socket = new WebSocket(server.url);
      void answer(server, head);
      await assertFails(socket, reason);
    });
  }

  test("fails when the server chooses a subprotocol in another case, or none", async (t) => {
    const server = await startRawServer(t);
    const cases = [["Sec-WebSocket-Protocol: CHAT"], []] as const;
    for (const headers of cases) {
      const socket = new WebSocket(server.url, "chat");
      void server.acceptUpgrade(headers);
      await assertFails(socket, /subprotocol/);
    }
  });

  test("fails when it is closed before, with error and close in later tasks", async (t) => {
    const server = await startRawServer(t);
    const socket = new WebSocket(server.url);
    const lines = record(socket);
    const peer = await server.accept();
    assert.equal(socket.readyState, 0);
    socket.close();
    socket.close(3000, "again");
    assert.equal(socket.readyState, 2);
    assert.deepEqual(lines, []);
    socket.send("counted");
    await next(socket, "close");
    assert.deepEqual(lines, ["error 3", "close 1006 unclean 3"]);
    assert.equal(socket.bufferedAmount, 7);
    await peer.readToEnd();
  });

  test("settles promises between error and close", async () => {
    const socket = new WebSocket("ws://127.0.0.1:1/");
    await once(socket, "error");
    await once(socket, "close");
    assert.equal(socket.readyState, 3);
  });

  test("ends with its signal, before and during the attempt, but not afterwards", async (t) => {
    const server = await startRawServer(t);
    await assertFails(
      new WebSocket(server.url, { signal: AbortSignal.abort(new Error("before")) }),
      /before/,
    );
    const controller = new AbortController();
    const socket = new WebSocket(server.url, { signal: controller.signal });
    const peer = await server.accept();
    controller.abort(new Error("during"));
    await assertFails(socket, /during/);
    await peer.readToEnd();
    const { url } = await startServer(t, echo);
    const late = new AbortController();
    const open = new WebSocket(url, { signal: late.signal });
    await next(open, "open");
    late.abort();
    open.send("still here");
    assert.equal((await next(open, "message")).data, "still here");
    open.close();
    await next(open, "close");
    await turn();
  });
});
