import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { connect, HandshakeError, type ServerHandlers } from "sluice";
import { openRaw } from "../support/raw-client.js";
import { echo, firstCall, nextMessage, startServer } from "../support/sluice-server.js";
import { upgradeHead } from "../support/wire.js";
import { answerTo } from "./upgrade-answer.js";

describe("the upgrade hook", () => {
  test("sees the request before it is answered", async (t) => {
    const { handler, called } = firstCall<Parameters<NonNullable<ServerHandlers["upgrade"]>>>();
    const { url } = await startServer(t, { upgrade: handler });
    const ws = await connect(`${url}/chat/room?name=x`, {
      protocols: ["a", "b"],
      origin: "http://somewhere.test",
      headers: { "X-Test": ["1", "2"] },
    }).catch((error: HandshakeError) => error);
    assert.ok(ws instanceof HandshakeError, "another origin is refused");
    const own = await connect(`${url}/chat/room?name=x`, {
      protocols: ["a", "b"],
      headers: { "X-Test": ["1", "2"] },
    });
    const [request] = await called;
    assert.equal(request.method, "GET");
    assert.equal(request.url, "/chat/room?name=x");
    assert.equal(request.pathname, "/chat/room");
    assert.deepEqual(request.protocols, ["a", "b"]);
    assert.equal(request.headers.get("x-test"), "1, 2");
    assert.deepEqual(request.headers.getAll("X-TEST"), ["1", "2"]);
    assert.equal(request.remoteAddress, "127.0.0.1");
    assert.equal(request.isSecure, false);
    assert.equal(request.origin, undefined);
    assert.equal(request.host, new URL(url).host);
    await own.close();
  });

  for (const isAsync of [false, true]) {
    const settle = <T>(value: T): T => (isAsync ? (Promise.resolve(value) as T) : value);
    const kind = isAsync ? "a promise of " : "";

    test(`answers ${kind}a protocol, headers and a context`, async (t) => {
      const opened = firstCall<Parameters<NonNullable<ServerHandlers<{ user: string }>["open"]>>>();
      const { url } = await startServer<{ user: string }>(t, {
        upgrade: () =>
          settle({ protocol: "b", headers: { "X-Greeting": "hello" }, context: { user: "ann" } }),
        open: opened.handler,
      });
      const ws = await connect(url, { protocols: ["a", "b"] });
      const [served] = await opened.called;
      assert.equal(ws.protocol, "b");
      assert.equal(served.protocol, "b");
      assert.deepEqual(served.context, { user: "ann" });
      await ws.close();
    });

    for (const [name, answer] of [
      ["nothing", undefined],
      ["true", true],
      ["an empty object", {}],
    ] as const) {
      test(`answers ${kind}${name}, and the request is let in`, async (t) => {
        const { url } = await startServer(t, { ...echo, upgrade: () => settle(answer) });
        const ws = await connect(url);
        ws.send("x");
        assert.equal(await nextMessage(ws), "x");
        await ws.close();
      });
    }

    test(`answers ${kind}false, and the request is refused with 403`, async (t) => {
      const { server, response } = await answerTo(t, { upgrade: () => settle(false) });
      assert.equal(response.status, 403);
      assert.equal(response.body, "Forbidden\n");
      assert.equal(response.headers.get("connection"), "close");
      assert.equal(server.metrics().refused, 1);
      assert.equal(server.metrics().accepted, 0);
    });

    test(`answers ${kind}a status, headers and a body, which are sent`, async (t) => {
      const refusal = { status: 401, headers: { "WWW-Authenticate": "Basic" }, body: "who are you?" };
      const { response } = await answerTo(t, { upgrade: () => settle(refusal) });
      assert.equal(response.startLine, "HTTP/1.1 401 Unauthorized");
      assert.equal(response.headers.get("www-authenticate"), "Basic");
      assert.equal(response.headers.get("content-type"), "text/plain; charset=utf-8");
      assert.equal(response.body, "who are you?");
    });

    test(`answers ${kind}a Response, which is sent`, async (t) => {
      const { response } = await answerTo(t, {
        upgrade: () =>
          settle(Response.json({ error: "later" }, { status: 503, headers: { "Retry-After": "5" } })),
      });
      assert.equal(response.status, 503);
      assert.equal(response.headers.get("retry-after"), "5");
      assert.equal(response.headers.get("content-type"), "application/json");
      assert.equal(response.body, '{"error":"later"}');
    });

    test(`answers ${kind}a subprotocol that was not offered, which is a fault of the server's`, async (t) => {
      const error = firstCall<[unknown, Error]>();
      const { response } = await answerTo(t, {
        upgrade: () => settle({ protocol: "z" }),
        error: error.handler,
      });
      assert.equal(response.status, 500);
      assert.match((await error.called)[1].message, /"z", which was not offered/);
    });

    test(`answers ${kind}something that it may not: 500, and the error handler is told what it may`, async (t) => {
      const error = firstCall<[unknown, Error]>();
      const { response, server } = await answerTo(t, {
        upgrade: () => settle({ statusCode: 401 } as unknown as undefined),
        error: error.handler,
      });
      assert.equal(response.status, 500);
      assert.equal(response.body, "Internal Server Error\n");
      assert.equal(server.metrics().accepted, 0);
      const [ws, reported] = await error.called;
      assert.equal(ws, undefined);
      assert.equal((reported as HandshakeError).code, "HANDLER_FAILED");
      assert.match(reported.message, /"statusCode"; did you mean `status`\?; it may answer nothing or true/);
    });

    test(`answers ${kind}a Response whose body was read already: 500, and the server goes on`, async (t) => {
      const used = new Response("x", { status: 403 });
      await used.text();
      const error = firstCall<[unknown, Error]>();
      const { response } = await answerTo(t, { upgrade: () => settle(used), error: error.handler });
      assert.equal(response.status, 500);
      await error.called;
    });

    test(`answers ${kind}headers with a line break: 500, and nothing of it is sent`, async (t) => {
      const error = firstCall<[unknown, Error]>();
      const { response } = await answerTo(t, {
        upgrade: () => settle({ headers: { "X-Name": "a\r\nSet-Cookie: b=c" } }),
        error: error.handler,
      });
      assert.equal(response.status, 500);
      assert.equal(response.headers.has("set-cookie"), false);
      assert.equal(((await error.called)[1] as HandshakeError).code, "HANDLER_FAILED");
    });

    test(`answers ${kind}a refusal with a line break in a header: 500`, async (t) => {
      const { response } = await answerTo(t, {
        upgrade: () => settle({ status: 403, headers: { "X-Name": "a\r\nSet-Cookie: b=c" } }),
      });
      assert.equal(response.status, 500);
      assert.equal(response.headers.has("set-cookie"), false);
    });

    test(`answers ${kind}a status that is not final: 500`, async (t) => {
      const { response } = await answerTo(t, { upgrade: () => settle({ status: 101 }) });
      assert.equal(response.status, 500);
    });
  }

  test("throws: 500 without detail, and the error handler is told", async (t) => {
    const error = firstCall<[unknown, Error]>();
    const { response } = await answerTo(t, {
      upgrade() {
        throw new Error("the secret is out");
      },
      error: error.handler,
    });
    assert.equal(response.status, 500);
    assert.equal(response.body, "Internal Server Error\n");
    const [ws, reported] = await error.called;
    assert.equal(ws, undefined);
    assert.equal((reported as HandshakeError).code, "HANDLER_FAILED");
    assert.match(reported.message, /the secret is out/);
  });

  test("rejects: 500, and an error handler that throws as well changes nothing", async (t) => {
    const { response } = await answerTo(t, {
      upgrade: () => Promise.reject(new Error("no database")),
      error() {
        throw new Error("no log either");
      },
    });
    assert.equal(response.status, 500);
  });

  test("throws, rejects with or answers what cannot even be made into text: 500", async (t) => {
    const odd = Object.create(null);
    for (const upgrade of [
      () => {
        throw odd;
      },
      () => Promise.reject(odd),
      () => ({
        status: 403,
        get headers(): never {
          throw odd;
        },
      }),
    ]) {
      const { response } = await answerTo(t, { upgrade });
      assert.equal(response.status, 500);
    }
  });

  test("may answer a thenable that is not a Promise", async (t) => {
    const thenable = {
      // biome-ignore lint/suspicious/noThenProperty: other promise libraries make such objects
      then: (resolve: (value: boolean) => void) => resolve(false),
    };
    const { response } = await answerTo(t, { upgrade: () => thenable as unknown as Promise<boolean> });
    assert.equal(response.status, 403);
  });

  test("is slower than the deadline: 408", async (t) => {
    const { response } = await answerTo(
      t,
      { upgrade: () => new Promise(() => {}) },
      { handshakeTimeoutMs: 30 },
    );
    assert.equal(response.status, 408);
  });

  test("is slow, and the client leaves meanwhile: nothing opens", async (t) => {
    let decide: (value: boolean) => void = () => {};
    const asked = firstCall<[unknown]>();
    let opened = 0;
    const { server, port } = await startServer(t, {
      upgrade(request) {
        asked.handler(request);
        return new Promise<boolean>((resolve) => {
          decide = resolve;
        });
      },
      open: () => opened++,
    });
    const peer = await openRaw(t, { port });
    peer.write(upgradeHead());
    await asked.called;
    peer.socket.resetAndDestroy();
    decide(true);
    const ws = await connect(`ws://127.0.0.1:${port}`, { handshakeTimeoutMs: 50 }).catch(
      (error: Error) => error,
    );
    assert.ok(ws instanceof HandshakeError);
    assert.ok(opened <= 1);
    for (const connection of server.connections) await connection.closed;
    assert.equal(server.connections.size, 0);
  });

  test("what the client sends while the hook decides is delivered afterwards", async (t) => {
    let decide: (value: boolean) => void = () => {};
    const asked = firstCall<[unknown]>();
    const { port } = await startServer(t, {
      ...echo,
      upgrade(request) {
        asked.handler(request);
        return new Promise<boolean>((resolve) => {
          decide = resolve;
        });
      },
    });
    const peer = await openRaw(t, { port });
    peer.write(upgradeHead());
    peer.sendFrame({ opcode: 1, payload: "early" });
    await asked.called;
    peer.sendFrame({ opcode: 1, payload: "and another" });
    decide(true);
    assert.equal((await peer.readHead()).status, 101);
    assert.equal((await peer.readFrame()).payload.toString(), "early");
    assert.equal((await peer.readFrame()).payload.toString(), "and another");
  });

  test("frames in the same packet as the request are delivered", async (t) => {
    const { port } = await startServer(t, echo);
    const peer = await openRaw(t, { port });
    const frame = Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69]);
    peer.write(Buffer.concat([Buffer.from(upgradeHead()), frame]));
    assert.equal((await peer.readHead()).status, 101);
    assert.equal((await peer.readFrame()).payload.toString(), "hi");
  });
});
