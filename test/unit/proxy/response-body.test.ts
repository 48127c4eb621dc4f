import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type HeaderList, HeaderMap } from "#src/handshake/index.js";
import { ChunkedBody, framingOf } from "#src/proxy/response-body.js";

function framing(status: number, headers: HeaderList) {
  return framingOf({ version: "1.1", status, reason: "", headers: new HeaderMap(headers) });
}

/** Where the body ended, fed in pieces of this size; -1 when it did not. */
function endOf(body: ChunkedBody, text: string, size: number): number {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) {
    const end = Math.min(bytes.length, at + size);
    const stop = body.scan(bytes, at, end);
    if (body.isDone || body.isBroken) return stop;
    assert.equal(stop, end);
  }
  return -1;
}

describe("a chunked body", () => {
  test("ends behind its last chunk and its trailers, however it is cut", () => {
    const bodies = [
      "0\r\n\r\n",
      "5\r\nhello\r\n0\r\n\r\n",
      '00A;name="a;b"\r\n0123\r\n6789\r\n1 \r\n\n\r\n0;last\r\n\r\n',
      "1\r\n0\r\n0\r\nX: 0\r\nY: 1\r\n\r\n",
    ];
    for (const text of bodies) {
      for (const size of [1, 2, 3, 7, 100]) {
        const body = new ChunkedBody();
        assert.equal(endOf(body, `${text}HTTP/1.1 200 OK\r\n`, size), text.length, JSON.stringify(text));
        assert.deepEqual([body.isDone, body.isBroken], [true, false]);
      }
      const cut = new ChunkedBody();
      assert.equal(endOf(cut, text.slice(0, -1), 100), -1);
      assert.deepEqual([cut.isDone, cut.isBroken], [false, false]);
    }
  });

  test("is broken where it is not chunked as the RFC has it", () => {
    const texts = [
      "hello",
      "\r\n",
      "5\nhello",
      "2\r\nabc\r\n",
      "-1\r\n",
      "5;x\nhello",
      "10000000000000\r\n",
      "0\r\n\rx",
    ];
    for (const text of texts) {
      const body = new ChunkedBody();
      endOf(body, text, 1);
      assert.equal(body.isBroken, true, JSON.stringify(text));
    }
  });
});

describe("the framing of an upstream's answer", () => {
  test("is one that every client reads alike", () => {
    const cases: [number, HeaderList, HeaderList, boolean][] = [
      [200, [["Content-Length", "5"]], [["Content-Length", "5"]], false],
      [200, [["Content-Length", "0"]], [["Content-Length", "0"]], true],
      [200, [["Transfer-Encoding", "Chunked"]], [["Transfer-Encoding", "chunked"]], false],
      [200, [], [["Transfer-Encoding", "chunked"]], false],
      [304, [["Content-Length", "5"]], [["Content-Length", "5"]], true],
      [304, [["Transfer-Encoding", "chunked"]], [], true],
      [204, [["Content-Length", "5"]], [], true],
      [
        204,
        [
          ["Content-Length", "x"],
          ["Transfer-Encoding", "chunked"],
        ],
        [],
        true,
      ],
      [205, [["Content-Length", "5"]], [["Content-Length", "0"]], true],
      [205, [["Transfer-Encoding", "chunked"]], [["Content-Length", "0"]], true],
      [205, [], [["Content-Length", "0"]], true],
    ];
    for (const [status, given, told, isDone] of cases) {
      const { headers, body } = framing(status, given);
      assert.deepEqual([headers, body.isDone], [told, isDone], `${status} ${JSON.stringify(given)}`);
    }
  });

  test("is refused where it could be read in two ways", () => {
    const lists: HeaderList[] = [
      [
        ["Content-Length", "5"],
        ["Content-Length", "5"],
      ],
      [["Content-Length", "5, 5"]],
      [["Content-Length", "-1"]],
      [
        ["Content-Length", "5"],
        ["Transfer-Encoding", "chunked"],
      ],
      [["Transfer-Encoding", "gzip, chunked"]],
    ];
    for (const headers of lists)
      for (const status of [200, 304])
        assert.throws(() => framing(status, headers), { code: "UPSTREAM_INVALID" });
  });
});
