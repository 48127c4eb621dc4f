import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { HandshakeError, HeaderMap, validateUpgradeRequest } from "#src/handshake/index.js";
import { ReceivedRequest } from "#src/server/received-request.js";

function receive(target: string, extra: readonly (readonly [string, string])[] = []): ReceivedRequest {
  const headers = new HeaderMap([
    ["Host", "own.test:8080"],
    ["Upgrade", "websocket"],
    ["Connection", "Upgrade"],
    ["Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="],
    ["Sec-WebSocket-Version", "13"],
    ...extra,
  ]);
  const offer = validateUpgradeRequest({ method: "GET", target, version: "1.1", headers });
  assert.ok(!(offer instanceof HandshakeError));
  return new ReceivedRequest(offer, headers, { remoteAddress: "192.0.2.1" }, true);
}

/** Everything that users can ask it. */
function told(request: ReceivedRequest): unknown {
  const { method, url, pathname, protocols, origin, host, remoteAddress, isSecure, headers } = request;
  return { method, url, pathname, protocols, origin, host, remoteAddress, isSecure, headers: [...headers] };
}

const extra = [
  ["Origin", "https://own.test"],
  ["Sec-WebSocket-Protocol", "b, a"],
  ["X-Empty", ""],
  ["X-Colons", "a:b: c"],
  ["X-Twice", "1"],
  ["x-twice", "2"],
  ["Sec-WebSocket-Protocol", "c"],
] as const;

describe("received request", () => {
  test("says the same when it has been packed", () => {
    for (const target of ["/", "/a?b?c", "/?", "//x", "https://own.test:8080/a?b"]) {
      for (const headers of [[], extra]) {
        const packed = receive(target, headers);
        packed.pack();
        assert.deepEqual(told(packed), told(receive(target, headers)), target);
        packed.pack();
        packed.pack();
        assert.deepEqual(told(packed), told(receive(target, headers)), target);
      }
    }
  });

  test("tells the path apart from the query", () => {
    const request = receive("/a/b?c=/d?e", extra);
    request.pack();
    assert.deepEqual([request.url, request.pathname], ["/a/b?c=/d?e", "/a/b"]);
    assert.deepEqual(request.protocols, ["b", "a", "c"]);
    assert.equal(request.headers.get("X-Colons"), "a:b: c");
  });
});
