import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { HeaderMap } from "#src/handshake/index.js";
import { changeHeaders, endToEndHeaders } from "#src/proxy/headers/hop-by-hop.js";

const names = (lines: [string, string][]) => endToEndHeaders(new HeaderMap(lines)).map(([name]) => name);

describe("headers for the next hop", () => {
  test("stay behind, those that Connection names too", () => {
    const lines: [string, string][] = [
      ["Host", "x"],
      ["Connection", "keep-alive, X-Secret"],
      ["Keep-Alive", "timeout=5"],
      ["Proxy-Authorization", "Basic eA=="],
      ["Proxy-Connection", "keep-alive"],
      ["TE", "trailers"],
      ["Trailer", "X"],
      ["Transfer-Encoding", "chunked"],
      ["Upgrade", "h2c"],
      ["HTTP2-Settings", "AAMAAABkAARAAAAAAAIAAAAA"],
      ["x-secret", "1"],
      ["X-Public", "1"],
    ];
    assert.deepEqual(names(lines), ["Host", "X-Public"]);
  });

  test("cannot be made of those that say who is asking, or what the handshake is", () => {
    const lines: [string, string][] = [
      ["Connection", "upgrade, Cookie, Authorization, Origin, Host, Sec-WebSocket-Key, Content-Length"],
      ["Cookie", "a=b"],
      ["Authorization", "Bearer x"],
      ["Origin", "https://x"],
      ["Host", "x"],
      ["Sec-WebSocket-Key", "k"],
      ["Content-Length", "0"],
    ];
    assert.equal(names(lines).length, 6);
  });

  test("may be changed by name, and taken away", () => {
    const headers = [
      ["A", "1"],
      ["B", "2"],
      ["b", "3"],
    ] as const;
    assert.deepEqual(changeHeaders(headers, { b: "new", a: null, C: "added" }), [
      ["b", "new"],
      ["C", "added"],
    ]);
    assert.equal(changeHeaders(headers, undefined), headers);
  });
});
