import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createServer, type ServerOptions, StateError } from "sluice";
import { resolveServerOptions } from "#src/server/server-options.js";

describe("server options", () => {
  test("have the documented defaults", () => {
    const settings = resolveServerOptions();
    assert.equal(settings.compression, undefined);
    assert.deepEqual(settings.protocols, []);
    assert.equal(settings.origins, "same");
    assert.equal(settings.handshakeTimeoutMs, 10_000);
    assert.equal(settings.path, undefined);
    assert.deepEqual(settings.headLimits, { maxHeadBytes: 16_384, maxHeaders: 100 });
    assert.equal(settings.maxBodyBytes, 1_048_576);
    assert.equal(settings.connection.maxMessageBytes, 1_048_576);
    assert.equal(settings.connection.closeTimeoutMs, 10_000);
    assert.deepEqual(settings.connection.heartbeat, { intervalMs: 30_000, timeoutMs: 20_000 });
  });

  test("compression: true means the deflate defaults", () => {
    assert.deepEqual(resolveServerOptions({ compression: true }).compression?.options, {});
    assert.equal(resolveServerOptions({ compression: false }).compression, undefined);
  });

  for (const [what, options] of [
    ["a path without a slash", { path: "chat" }],
    ["a path with a query", { path: "/chat?x" }],
    ["a path with a fragment", { path: "/chat#x" }],
    ["a path that is no text", { path: 7 }],
    ["origins of another kind", { origins: "everybody" }],
    ["an origin that is a host", { origins: ["example.test"] }],
    ["an origin that is a pattern", { origins: ["https://*.example.test"] }],
    ["a subprotocol that is no token", { protocols: ["a b"] }],
    ["a subprotocol twice", { protocols: ["a", "a"] }],
    ["a window of 16 bits", { compression: { serverMaxWindowBits: 16 } }],
    ["a negative timeout", { handshakeTimeoutMs: -1 }],
    ["a timeout that no timer can wait for", { handshakeTimeoutMs: 2 ** 31 }],
    ["no room for a head", { maxHeadBytes: 0 }],
    ["a head without end", { maxHeadBytes: Infinity }],
    ["half a header", { maxHeaders: 0.5 }],
    ["a body limit that is no number", { maxBodyBytes: "1mb" }],
    ["a negative body limit", { maxBodyBytes: -1 }],
    ["a message limit that is none", { maxMessageBytes: Number.NaN }],
    ["another buffer policy", { bufferPolicy: "wait" }],
  ] as const) {
    test(`${what} is refused when the server is made`, () => {
      assert.throws(() => createServer({}, options as unknown as ServerOptions), { name: "StateError" });
    });
  }

  test("a transport that is none is a StateError", () => {
    assert.throws(() => createServer({}, { transport: "quic" as "node" }), {
      name: "StateError",
      message: 'transport is "quic"; it takes "auto", "node" or "uring"',
    });
  });

  test("long, odd and unlimited values within range are taken", () => {
    const long = { handshakeTimeoutMs: 3_600_000, maxBodyBytes: Infinity, maxMessageBytes: Infinity };
    const short = { handshakeTimeoutMs: 0.5, maxBodyBytes: 0, maxMessageBytes: 0 };
    for (const options of [long, short]) {
      const { handshakeTimeoutMs, maxBodyBytes, connection } = resolveServerOptions(options);
      const { maxMessageBytes } = connection;
      assert.deepEqual({ handshakeTimeoutMs, maxBodyBytes, maxMessageBytes }, options);
    }
  });

  test("errors say what was given", () => {
    assert.throws(
      () => resolveServerOptions({ maxHeaders: -3 }),
      (error) => {
        assert.ok(error instanceof StateError);
        assert.match(error.message, /maxHeaders is -3/);
        return true;
      },
    );
  });

  for (const [options, message] of [
    [null, "the options of createServer are null; they are given as an object"],
    [{ maxPayload: 1 }, "maxPayload is not an option of createServer; use maxMessageBytes"],
    [{ maxPayloadLength: 1 }, "maxPayloadLength is not an option of createServer; use maxMessageBytes"],
    [{ perMessageDeflate: true }, "perMessageDeflate is not an option of createServer; use compression"],
    [{ origin: "any" }, "origin is not an option of createServer; use origins"],
    [
      { idleTimeout: 5 },
      "idleTimeout is not an option of createServer; use heartbeat: { intervalMs, timeoutMs }",
    ],
    [{ backpressureLimit: 5 }, "backpressureLimit is not an option of createServer; use maxBufferedBytes"],
    [
      { port: 5 },
      "port is not an option of createServer; give it to listen, as in server.listen({ port, host })",
    ],
    [{ cert: "x" }, "cert is not an option of createServer; use tls: { cert, key, … }"],
    [
      { message() {} },
      "message is not an option of createServer; it is a handler: those come before the options, as in createServer({ message, request, error }, options)",
    ],
    [{ heartbeat: { interval: 5 } }, "interval is not an option of heartbeat; use intervalMs"],
    [
      { compression: { threshold: 5 } },
      "compression.threshold is not an option of permessage-deflate; use thresholdBytes",
    ],
    [{ compression: "yes" }, 'compression is "yes"; it takes true, false or options'],
    [{ isSecure: "yes" }, 'isSecure is "yes"; it takes true or false'],
    [{ protocols: 5 }, "protocols is 5; it takes a subprotocol or a list of them"],
    [{ origins: {} }, 'origins is an object; it takes "same", "any", a list or a function'],
    [{ tls: true }, "tls is true; it takes { cert, key }, and is left out for a server without TLS"],
    [{ tls: {} }, "tls has no certificate; it takes { cert, key }, { pfx } or { SNICallback }"],
    [{ tls: { cert: "x" } }, "tls has a cert without its key; it takes { cert, key }"],
  ] as const) {
    test(`a server is not made: ${message}`, () => {
      assert.throws(() => createServer({}, options as unknown as ServerOptions), {
        name: "StateError",
        code: "INVALID_ARGUMENT",
        message,
      });
    });
  }

  test("names without a value are no names", () => {
    createServer({}, { maxPayload: undefined, tls: undefined } as ServerOptions);
  });

  test("a certificate that OpenSSL cannot read is a StateError, on one line", () => {
    assert.throws(
      () => createServer({}, { tls: { cert: "-----BEGIN x", key: "-----BEGIN y" } }),
      (error) => error instanceof StateError && /^tls cannot be used: .+$/.test(error.message),
    );
  });

  test("one subprotocol may be given as a string", () => {
    assert.deepEqual(resolveServerOptions({ protocols: "json" }).protocols, ["json"]);
  });
});
