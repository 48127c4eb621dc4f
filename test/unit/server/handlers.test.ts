import assert from "node:assert/strict";
import { createServer as createHttpServer, type Server } from "node:http";
import { describe, test } from "node:test";
import { accept, attach, createServer, isUpgradeRequest } from "sluice";

const names = "upgrade, open, message, drain, ping, pong, close, error, request, fetch";

/** Whoever has handlers beside other things. */
class Chat {
  rooms = 1;
  message(): void {}
}

class Listener {
  onOpen(): void {}
}

describe("handlers of a server", () => {
  for (const [handlers, message] of [
    [undefined, `createServer takes an object with handlers (${names}), not undefined`],
    [5, `createServer takes an object with handlers (${names}), not 5`],
    [[], `createServer takes an object with handlers (${names}), not an array`],
    [{ connection() {} }, '"connection" is not a handler of createServer; use open(ws)'],
    [{ port: 8080 }, '"port" is not a handler of createServer; give it to listen, as in server.listen(8080)'],
    [new Listener(), '"onOpen" is not a handler of createServer; use open'],
    [{ greet() {} }, `"greet" is not a handler of createServer; it takes ${names}`],
    [{ open() {}, connection() {} }, '"connection" is not a handler of createServer; use open(ws)'],
    [{ open() {}, mesage() {} }, '"mesage" is not a handler of createServer; use message'],
    [{ message: "hi" }, 'the handler message of createServer is "hi"; it takes a function'],
    [{ open: null }, "the handler open of createServer is null; it takes a function"],
  ] as const) {
    test(message, () => {
      assert.throws(() => createServer(handlers as never), {
        name: "StateError",
        code: "INVALID_ARGUMENT",
        message,
      });
    });
  }

  test("may be none, may have no value, and may stand beside other members", () => {
    createServer({});
    createServer({ message: undefined });
    createServer(new Chat());
    createServer({ message() {}, greet() {}, connection: 7 } as object);
  });
});

describe("attach", () => {
  const app = Object.assign(() => {}, { on() {}, listen() {} });
  for (const [server, advice] of [
    [undefined, "undefined; it takes a server of node:http or node:https"],
    [8080, "8080; it takes a server of node:http or node:https"],
    [app, "a function; pass the server, as in attach(createServer(app), …)"],
    [{ server: createHttpServer() }, "an object; pass its server"],
    [{ callback() {}, on() {} }, "an object; pass the server, as listen() of the application answers it"],
  ] as const) {
    test(`cannot serve ${advice}`, () => {
      assert.throws(() => attach(server as unknown as Server, {}), {
        name: "StateError",
        code: "INVALID_ARGUMENT",
        message: `attach cannot serve the upgrades of ${advice}`,
      });
    });
  }

  test("leaves the server alone when handlers or options are wrong", () => {
    const http = createHttpServer();
    assert.throws(
      () => attach(http, undefined as never),
      /^StateError: attach takes an object with handlers/,
    );
    assert.throws(() => attach(http, { connection() {} } as never), { code: "INVALID_ARGUMENT" });
    assert.throws(() => attach(http, {}, { tls: {} } as never), {
      message: "tls is not an option of attach; the HTTP server does the TLS",
    });
    assert.equal(http.listenerCount("upgrade"), 0);
  });
});

test("accept takes what an upgrade event has, and options of known names", async () => {
  await assert.rejects(accept(undefined as never, 5 as never, undefined as never), {
    code: "INVALID_ARGUMENT",
    message: 'accept takes request, socket and head of an "upgrade" event, not undefined, 5, undefined',
  });
  const request = { rawHeaders: [] } as never;
  const options = { path: "/" } as never;
  await assert.rejects(accept(request, { write() {} } as never, Buffer.alloc(0), options), {
    message: "path is not an option of accept; look at request.url before",
  });
  await assert.rejects(
    accept(request, { write() {} } as never, Buffer.alloc(0), { handshakeTimeoutMs: 0 } as never),
    {
      message:
        "handshakeTimeoutMs is not an option of accept; it answers at once; set headersTimeout of the HTTP server",
    },
  );
});

test("isUpgradeRequest takes a request with headers", () => {
  for (const [request, shown] of [
    [undefined, "undefined"],
    [{}, "an object"],
  ] as const) {
    assert.throws(() => isUpgradeRequest(request as never), {
      code: "INVALID_ARGUMENT",
      message: `isUpgradeRequest takes a request with headers, not ${shown}`,
    });
  }
});

test("close takes options of known names, and nothing else", async () => {
  const server = createServer({});
  for (const [options, message] of [
    [1012, "close takes options, not 1012; use close({ code: 1012 })"],
    [() => {}, "close takes options, not a function; it answers a promise to wait for"],
    [null, "the options of close are null; they are given as an object"],
    [{ timeout: 5 }, "timeout is not an option of close; use timeoutMs"],
    [{ timeoutMs: -1 }, "timeoutMs is -1; it takes a number of at least 0"],
  ] as const) {
    await assert.rejects(server.close(options as never), { code: "INVALID_ARGUMENT", message });
    await assert.rejects(attach(createHttpServer(), {}).close(options as never), { message });
  }
});
