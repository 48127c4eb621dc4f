import assert from "node:assert/strict";
import { Agent } from "node:http";
import { describe, test } from "node:test";
import { connect, type HttpRequest } from "sluice";
import { openRaw } from "../support/raw-client.js";
import { firstCall, nextMessage, startServer } from "../support/sluice-server.js";
import { headOf, upgradeHead } from "../support/wire.js";
import { ask, serve } from "./plain-request.js";

interface After {
  after(hook: () => Promise<void>): void;
}

describe("targets that could choose a host", () => {
  async function urlsFor(t: After, target: string, host = "own.test") {
    const { port } = await serve(t, ({ url, pathname }) => ({ body: JSON.stringify([url, pathname]) }));
    const standard = await startServer(t, { fetch: ({ url }) => new Response(JSON.stringify(url)) });
    const answers: unknown[] = [];
    for (const server of [port, standard.port]) {
      const peer = await openRaw(t as never, { port: server });
      peer.write(headOf(`GET ${target} HTTP/1.1`, `Host: ${host}`, "Connection: close"));
      const head = await peer.readHead();
      const body = (await peer.readToEnd()).toString();
      answers.push(
        head.status === 200 ? JSON.parse(/\r\n/.test(body) ? body.split("\r\n")[1] : body) : head.status,
      );
    }
    return answers;
  }

  test("an absolute target that names this host is its path", async (t) => {
    const [[url, pathname], standard] = (await urlsFor(t, "http://own.test/a?b")) as [string[], string];
    assert.equal(url, "/a?b");
    assert.equal(pathname, "/a");
    assert.equal(standard, "http://own.test/a?b");
  });

  test("an absolute target that names another host is refused", async (t) => {
    assert.deepEqual(await urlsFor(t, "http://other.test/a"), [400, 400]);
  });

  test("a target that begins with two slashes is a path on this host", async (t) => {
    const [[url, pathname], standard] = (await urlsFor(t, "//other.test/a")) as [string[], string];
    assert.deepEqual([url, pathname], ["//other.test/a", "//other.test/a"]);
    assert.equal(standard, "http://own.test/other.test/a");
  });

  test("two Host headers are refused", async (t) => {
    const { port } = await serve(t, () => ({ body: "x" }));
    const peer = await openRaw(t as never, { port });
    peer.write(headOf("GET / HTTP/1.1", "Host: a.test", "Host: b.test"));
    assert.equal((await peer.readHead()).status, 400);
  });

  test("a Host header that is no host is refused", async (t) => {
    for (const host of ["own.test/evil.test", "evil.test@own.test", "a b", "own.test:99999"]) {
      assert.deepEqual(await urlsFor(t, "/", host), [400, 400]);
    }
  });
});

describe("a kept-alive connection", () => {
  test("serves one request after the other", async (t) => {
    const { port } = await serve(t, async (request) => ({ body: request.url + (await request.text()) }));
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    t.after(() => agent.destroy());
    for (let i = 0; i < 5; i++) {
      assert.equal((await ask(port, { agent, path: `/${i}`, method: "POST" }, "!")).body, `/${i}!`);
    }
  });

  test("can be upgraded by a later request", async (t) => {
    const { port, server } = await serve(t, () => ({ body: "first" }));
    const peer = await openRaw(t as never, { port });
    peer.write(headOf("GET / HTTP/1.1", "Host: localhost"));
    assert.equal((await peer.readResponse()).body, "first");
    await peer.upgrade();
    peer.sendFrame({ opcode: 1, payload: "hi" });
    assert.equal((await peer.readFrame()).payload.toString(), "hi");
    assert.equal(server.metrics().accepted, 1);
  });

  test("a later upgrade obeys the same rules as a first", async (t) => {
    const refused: [string, number][] = [
      [upgradeHead({ Origin: "http://evil.test" }), 403],
      [upgradeHead({}, "/elsewhere"), 404],
      [upgradeHead({ "Sec-WebSocket-Version": "8" }), 426],
      [upgradeHead({ "Sec-WebSocket-Key": undefined }), 400],
      [upgradeHead(Object.fromEntries(Array.from({ length: 150 }, (_, i) => [`X-${i}`, "y"]))), 431],
    ];
    for (const [head, status] of refused) {
      const { port } = await serve(t, () => ({ body: "first" }), { path: "/" });
      const peer = await openRaw(t as never, { port });
      peer.write(headOf("GET / HTTP/1.1", "Host: localhost"));
      await peer.readResponse();
      peer.write(head);
      assert.equal((await peer.readHead()).status, status);
    }
  });

  test("a later head that does not become complete is answered with 408", async (t) => {
    const { port } = await serve(t, () => ({ body: "first" }), { handshakeTimeoutMs: 300 });
    const peer = await openRaw(t as never, { port });
    peer.write(headOf("GET / HTTP/1.1", "Host: localhost"));
    await peer.readResponse();
    peer.write("GET / HTTP/1.1\r\nHost: ");
    assert.equal((await peer.readHead()).status, 408);
  });

  test("an upgrade behind a request that is still being answered does not overtake it", async (t) => {
    let finish: () => void = () => {};
    const asked = firstCall<[HttpRequest]>();
    const { port } = await serve(t, async (request) => {
      asked.handler(request);
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return { body: "first" };
    });
    const peer = await openRaw(t as never, { port });
    peer.write(headOf("GET / HTTP/1.1", "Host: localhost") + upgradeHead());
    await asked.called;
    finish();
    assert.equal((await peer.readResponse()).body, "first");
    assert.equal((await peer.readHead()).status, 101);
    peer.sendFrame({ opcode: 1, payload: "hi" });
    assert.equal((await peer.readFrame()).payload.toString(), "hi");
  });

  test("an upgrade behind a response that waits for its reader does not hold it up", async (t) => {
    const size = 20_000_000;
    let left = size;
    const body = new ReadableStream({
      pull(controller) {
        const bytes = Math.min(65_536, left);
        left -= bytes;
        if (bytes === 0) controller.close();
        else controller.enqueue(new Uint8Array(bytes));
      },
    });
    const { port } = await serve(t, () => ({ headers: { "Content-Length": size }, body }));
    const peer = await openRaw(t as never, { port });
    peer.write(headOf("GET / HTTP/1.1", "Host: localhost") + upgradeHead());
    assert.equal((await peer.readHead()).status, 200);
    for (let i = 0; i < 10; i++) await peer.read(size / 10);
    assert.equal((await peer.readHead()).status, 101);
  });

  test("what comes behind an upgrade that is not decided yet is not lost", async (t) => {
    const decided = firstCall<[]>();
    const asked = firstCall<[]>();
    const answered = firstCall<[]>();
    const { port } = await startServer(t, {
      async request() {
        await answered.called;
        return { body: "x" };
      },
      async upgrade() {
        asked.handler();
        await decided.called;
      },
      message: (ws, data) => void ws.send(data),
    });
    const peer = await openRaw(t as never, { port });
    const get = headOf("GET / HTTP/1.1", "Host: localhost");
    peer.write(get + get + upgradeHead());
    answered.handler();
    for (let i = 0; i < 2; i++) assert.equal((await peer.readResponse()).body, "x");
    await asked.called;
    peer.sendFrame({ opcode: 1, payload: "early" });
    for (let i = 0; i < 5; i++) await ask(port);
    decided.handler();
    assert.equal((await peer.readHead()).status, 101);
    assert.equal((await peer.readFrame()).payload.toString(), "early");
  });

  test("an upgrade behind a request whose client leaves meanwhile harms nothing", async (t) => {
    let finish: () => void = () => {};
    const asked = firstCall<[HttpRequest]>();
    const { port } = await serve(t, async (request) => {
      asked.handler(request);
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return { body: "first" };
    });
    const peer = await openRaw(t as never, { port });
    peer.write(headOf("GET / HTTP/1.1", "Host: localhost") + upgradeHead());
    await asked.called;
    peer.socket.resetAndDestroy();
    await (await connect(`ws://127.0.0.1:${port}`)).close();
    finish();
    await (await connect(`ws://127.0.0.1:${port}`)).close();
  });
});

describe("a request that offers another protocol", () => {
  test("is answered as if it had not", async (t) => {
    const { port } = await serve(t, ({ pathname }) => ({ body: pathname }));
    const peer = await openRaw(t as never, { port });
    const settings = "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA";
    peer.write(
      headOf("GET /x HTTP/1.1", "Host: x", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", settings),
    );
    const response = await peer.readResponse();
    assert.equal(response.status, 200);
    assert.equal(response.body, "/x");
  });

  test("is answered in its turn, and so is what comes behind it", async (t) => {
    const { port } = await serve(t, ({ pathname }) => ({ body: pathname }));
    const peer = await openRaw(t as never, { port });
    const offer = headOf("GET /1 HTTP/1.1", "Host: x", "Connection: Upgrade", "Upgrade: h2c");
    peer.write(offer + headOf("GET /2 HTTP/1.1", "Host: x") + offer + upgradeHead());
    for (const path of ["/1", "/2", "/1"]) assert.equal((await peer.readResponse()).body, path);
    assert.equal((await peer.readHead()).status, 101);
  });

  test("and has a body is answered too, and the body is read as one", async (t) => {
    const { port } = await serve(t, async (request) => ({ body: await request.text() }));
    const peer = await openRaw(t as never, { port });
    peer.write(
      `${headOf("POST / HTTP/1.1", "Host: x", "Connection: Upgrade", "Upgrade: h2c", "Content-Length: 2")}hi`,
    );
    const response = await peer.readResponse();
    assert.equal(response.status, 200);
    assert.equal(response.body, "hi");
  });

  test("does not make what comes behind it begin elsewhere than it does", async (t) => {
    for (const length of [0, 2]) {
      const seen: string[] = [];
      const { port } = await serve(t, async (request) => {
        seen.push(request.url);
        return { body: await request.text() };
      });
      const peer = await openRaw(t as never, { port });
      const inner = headOf("GET /inner HTTP/1.1", "Host: x");
      const offer = ["Connection: Upgrade", "Upgrade: h2c", `Content-Length: ${length}`];
      peer.write(
        headOf("POST /1 HTTP/1.1", "Host: x", ...offer) +
          "hi".slice(0, length) +
          headOf("POST /2 HTTP/1.1", "Host: x", `Content-Length: ${inner.length}`, "Connection: close"),
      );
      await peer.readResponse();
      peer.write(inner);
      peer.socket.end();
      await peer.readToEnd();
      assert.ok(!seen.includes("/inner"), seen.join());
    }
  });
});

test("a socket that leaves right after its request harms nothing", async (t) => {
  const { port } = await serve(t, () => ({ body: "x" }));
  for (let i = 0; i < 20; i++) {
    const peer = await openRaw(t as never, { port });
    peer.write(headOf("GET / HTTP/1.1", "Host: x"));
    peer.socket.resetAndDestroy();
  }
  assert.equal((await ask(port)).body, "x");
  const ws = await connect(`ws://127.0.0.1:${port}`);
  ws.send("x");
  assert.equal(await nextMessage(ws), "x");
  await ws.close();
});
