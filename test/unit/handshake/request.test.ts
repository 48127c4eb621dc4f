import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  createKey,
  createUpgradeRequest,
  encodeRequestHead,
  formatExtensions,
  isHandshakeHeader,
  parseRequestHead,
  validateUpgradeRequest,
} from "#src/handshake/index.js";
import { sampleKey, succeeded, whole } from "./head-text.js";

const invalid = { name: "StateError", code: "INVALID_ARGUMENT" };
const basics = { host: "example.com", target: "/chat", key: sampleKey };

describe("the upgrade request of a client", () => {
  test("RFC 6455 §4.1: has the required headers and no other, in a fixed order", () => {
    assert.deepEqual(createUpgradeRequest(basics), {
      method: "GET",
      target: "/chat",
      headers: [
        ["Host", "example.com"],
        ["Upgrade", "websocket"],
        ["Connection", "Upgrade"],
        ["Sec-WebSocket-Key", sampleKey],
        ["Sec-WebSocket-Version", "13"],
      ],
    });
  });

  test("RFC 6455 §4.1: carries subprotocols, extensions, origin and the application's headers behind them", () => {
    const { headers } = createUpgradeRequest({
      ...basics,
      protocols: ["b", "a"],
      extensions: formatExtensions([{ name: "x", parameters: [{ name: "y", value: "1" }] }]),
      origin: "https://example.com",
      headers: { "User-Agent": "test", Cookie: ["a=1", "b=2"] },
    });
    assert.deepEqual(headers.slice(5), [
      ["Sec-WebSocket-Protocol", "b, a"],
      ["Sec-WebSocket-Extensions", "x; y=1"],
      ["Origin", "https://example.com"],
      ["User-Agent", "test"],
      ["Cookie", "a=1"],
      ["Cookie", "b=2"],
    ]);
  });

  test("takes Host and Origin from the application's headers when they are there", () => {
    const { headers } = createUpgradeRequest({
      ...basics,
      origin: "https://a",
      headers: { origin: "https://b", HOST: "virtual.example:81" },
    });
    assert.deepEqual(
      headers.filter(([name]) => /^(host|origin)$/i.test(name)),
      [
        ["Host", "virtual.example:81"],
        ["Origin", "https://b"],
      ],
    );
    assert.equal(headers[0][0], "Host");
  });

  for (const name of [
    "Upgrade",
    "connection",
    "Sec-WebSocket-Key",
    "sec-websocket-version",
    "Sec-WebSocket-Protocol",
    "Sec-WebSocket-Extensions",
    "Sec-WebSocket-Accept",
    "Content-Length",
    "Transfer-Encoding",
  ]) {
    test(`does not take ${name} from the application`, () => {
      assert.equal(isHandshakeHeader(name), true);
      assert.throws(() => createUpgradeRequest({ ...basics, headers: { [name]: "x" } }), invalid);
    });
  }

  test("does not take what could not be sent", () => {
    for (const changes of [
      { key: "short" },
      { host: "a b" },
      { host: "" },
      { host: "user@a" },
      { origin: "https://a\r\nX: y" },
      { protocols: ["a", "a"] },
      { protocols: ["a b"] },
      { extensions: "x\r\nY: z" },
      { headers: { a: "b\r\nc: d" } },
      { headers: { "a b": "c" } },
      {
        headers: [
          ["Host", "a"],
          ["host", "b"],
        ] as const,
      },
      {
        headers: [
          ["Origin", "http://a"],
          ["origin", "http://b"],
        ] as const,
      },
    ]) {
      assert.throws(() => createUpgradeRequest({ ...basics, ...changes }), invalid, JSON.stringify(changes));
    }
  });

  test("is one that the server takes", () => {
    const key = createKey(new Uint8Array(16).fill(7));
    const request = createUpgradeRequest({
      ...basics,
      key,
      protocols: ["p"],
      extensions: "x; y",
      origin: "http://o",
    });
    const bytes = encodeRequestHead(request.method, request.target, request.headers);
    const offer = succeeded(validateUpgradeRequest(succeeded(parseRequestHead(...whole(bytes)))));
    assert.deepEqual(offer, {
      key,
      protocols: ["p"],
      extensions: [{ name: "x", parameters: [{ name: "y", value: true }] }],
      origin: "http://o",
      host: "example.com",
      resourceName: "/chat",
      path: "/chat",
    });
  });
});
