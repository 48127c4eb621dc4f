import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { describe, test } from "node:test";
import { type ConnectOptions, StateError } from "sluice";
import { resolveConnectOptions } from "#src/client/connect-options.js";
import { dial } from "#src/client/dial.js";
import { parseWebSocketUrl } from "#src/client/target.js";

/** What would have a meaning without `createConnection`. */
const given = {
  tls: { servername: "a.test" },
  proxy: "env",
  socketPath: "/run/a.sock",
  lookup: () => {},
  transport: "uring",
};

describe("connect options", () => {
  test("have the documented defaults", () => {
    const settings = resolveConnectOptions({});
    assert.deepEqual(settings.protocols, []);
    assert.deepEqual(settings.headers, []);
    assert.deepEqual(settings.compression?.options, {}, "compression is offered");
    assert.equal(settings.handshakeTimeoutMs, 10_000);
    assert.equal(settings.followRedirects, 0);
    assert.equal(settings.reconnect, undefined);
    assert.equal(settings.origin, undefined);
    assert.equal(settings.connection.maxMessageBytes, 1_048_576);
  });

  test("one subprotocol may be given as a string", () => {
    assert.deepEqual(resolveConnectOptions({ protocols: "a" }).protocols, ["a"]);
    assert.deepEqual(resolveConnectOptions({ protocols: ["a", "b"] }).protocols, ["a", "b"]);
  });

  test("later changes to what was given change nothing", () => {
    const protocols = ["a"];
    const { protocols: kept } = resolveConnectOptions({ protocols });
    protocols.push("b");
    assert.deepEqual(kept, ["a"]);
  });

  test("a proxy may be given as a URL object, and what is done to that later changes nothing", () => {
    const proxy = new URL("http://ann:secret@proxy:3128");
    const { dial: settings } = resolveConnectOptions({ proxy });
    proxy.host = "other:1";
    assert.equal(settings.proxy, "http://ann:secret@proxy:3128/");
  });

  test("the transport is chosen once, for all dialling to come", async (t) => {
    const options: ConnectOptions = { transport: "node" };
    const { dial: settings } = resolveConnectOptions(options);
    options.transport = "quic" as "node";
    const server = createServer();
    t.after(() => server.close());
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const { target } = parseWebSocketUrl(`ws://127.0.0.1:${port}/`);
    const transport = await dial(target, settings, new AbortController().signal);
    assert.equal(transport.kind, "node");
    transport.destroy();
  });

  for (const options of [
    { protocols: ["a", "a"] },
    { protocols: [""] },
    { followRedirects: -1 },
    { followRedirects: Infinity },
    { handshakeTimeoutMs: -1 },
    { handshakeTimeoutMs: Infinity },
    { compression: { memLevel: 10 } },
    { headers: { "a b": "c" } },
    { headers: "none" },
    { heartbeat: true },
    { maxFragments: 0 },
    { lowWaterMarkBytes: 100_000 },
  ]) {
    test(`${JSON.stringify(options)} is refused`, () => {
      assert.throws(() => resolveConnectOptions(options as unknown as ConnectOptions), StateError);
    });
  }

  for (const [options, message] of [
    [null, "the options of connect are null; they are given as an object"],
    [5, "the options of connect are 5; they are given as an object"],
    [
      ["json"],
      'the second argument of connect is an array; subprotocols are given as { protocols: ["json"] }',
    ],
    ["json", 'the second argument of connect is "json"; subprotocols are given as { protocols: ["json"] }'],
    [{ maxPayload: 1 }, "maxPayload is not an option of connect; use maxMessageBytes"],
    [
      { timeout: 1 },
      "timeout is not an option of connect; use handshakeTimeoutMs, closeTimeoutMs or heartbeat: { intervalMs, timeoutMs }",
    ],
    [{ handshakeTimeout: 1 }, "handshakeTimeout is not an option of connect; use handshakeTimeoutMs"],
    [{ protocol: "a" }, "protocol is not an option of connect; use protocols"],
    [
      { rejectUnauthorized: false },
      "rejectUnauthorized is not an option of connect; use tls: { ca, cert, key, servername, rejectUnauthorized, … }",
    ],
    [
      { maxRetries: 1 },
      "maxRetries is not an option of connect; use reconnect: { retries, minDelayMs, maxDelayMs }",
    ],
    [{ port: 1 }, "port is not an option of connect; it is part of the URL"],
    [{ signal: 5 }, "signal is 5; it takes an AbortSignal, such as controller.signal"],
    [
      { signal: new AbortController() },
      "signal is an AbortController; it takes an AbortSignal, such as controller.signal",
    ],
    [{ lookup: "x" }, 'lookup is "x"; it takes a function like that of node:dns'],
    [{ origin: 5 }, 'origin is 5; it takes a string such as "https://example.com"'],
    [{ compression: 5 }, "compression is 5; it takes true, false or options"],
    [{ compression: "yes" }, 'compression is "yes"; it takes true, false or options'],
    [{ reconnect: 5 }, "reconnect is 5; it takes true, false or options"],
    [{ reconnect: { maxRetries: 5 } }, "maxRetries is not an option of reconnect; use retries"],
    [{ reconnect: { shouldRetry: 5 } }, "reconnect.shouldRetry is 5; it takes a function"],
    [{ createConnection: 1 }, "createConnection is 1; it takes a function that answers a stream"],
    [{ transport: "quic" }, 'transport is "quic"; it takes "auto", "node" or "uring"'],
    [
      { reconnect: { minDelayMs: 1000, maxDelayMs: 10 } },
      "reconnect.minDelayMs is 1000, and reconnect.maxDelayMs only 10; the first wait is not above the longest",
    ],
    [{ headers: [["a"]] }, "a header is a pair of name and value, not an array of 1"],
    [{ tls: 5 }, "tls is 5; it takes an object such as { ca }"],
    [
      { tls: { ca: "./c.pem" } },
      'tls.ca has no "-----BEGIN"; it takes PEM, which is what a file holds and not its path, as in readFileSync(path)',
    ],
    [{ proxy: true }, 'proxy is true; it takes a URL such as "http://proxy:3128", "env" or false'],
    ...(["tls", "proxy", "socketPath", "lookup", "transport"] as const).map(
      (name) =>
        [
          { createConnection: () => undefined, ...{ [name]: given[name] } },
          `${name} means nothing beside createConnection, which makes the whole way to the server: leave one of them out`,
        ] as const,
    ),
    [
      { socketPath: "/run/a.sock", proxy: "http://proxy:3128" },
      "proxy means nothing beside socketPath, for a unix socket is behind no proxy: leave one of them out",
    ],
    [{ socketPath: 5 }, "socketPath is 5; it takes the path of a unix socket"],
    [
      { followRedirects: true },
      "followRedirects is true; it takes the number of them, an integer of at least 0",
    ],
    [{ headers: { a: true } }, "the value of header a is true; it takes a string"],
    [{ headers: [5] }, "a header is a pair of name and value, not 5"],
  ] as const) {
    test(`are refused with: ${message}`, () => {
      assert.throws(() => resolveConnectOptions(options as unknown as ConnectOptions), {
        name: "StateError",
        code: "INVALID_ARGUMENT",
        message,
      });
    });
  }

  test("that ask for nothing may stand beside createConnection and socketPath", () => {
    const createConnection = (): never => assert.fail("somebody dials");
    const nothing: ConnectOptions = {
      tls: undefined,
      proxy: false,
      socketPath: undefined,
      lookup: undefined,
    };
    for (const transport of ["auto", "node", undefined] as const)
      resolveConnectOptions({ ...nothing, createConnection, transport });
    // Where there is no proxy for it, the environment names none.
    for (const proxy of [false, "env", undefined] as const)
      resolveConnectOptions({ socketPath: "/run/a.sock", proxy });
  });

  test("without a value may have any name", () => {
    resolveConnectOptions({ maxPayload: undefined, signal: undefined } as ConnectOptions);
  });
});
