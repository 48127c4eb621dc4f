import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import {
  encodeRequestHead,
  encodeResponseHead,
  type HeaderList,
  parseRequestHead,
  parseResponseHead,
} from "#src/handshake/index.js";
import { succeeded, whole } from "./head-text.js";

const invalid = { name: "StateError", code: "INVALID_ARGUMENT" };

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}

describe("an encoded head", () => {
  test("is the request line, the headers in order and an empty line", () => {
    const bytes = encodeRequestHead("CONNECT", "example.com:443", [
      ["Host", "example.com:443"],
      ["x-B", ""],
    ]);
    assert.equal(text(bytes), "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\nx-B: \r\n\r\n");
  });

  test("of a response is followed by the body as it is", () => {
    const bytes = encodeResponseHead(403, "Forbidden", [["Content-Length", "2"]], Uint8Array.of(0, 255));
    assert.equal(text(bytes), "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\n\0\xff");
  });

  test("writes values as latin1", () => {
    assert.match(text(encodeResponseHead(200, "OK", [["X", "caf\xe9"]])), /X: caf\xe9\r\n/);
  });

  for (const name of ["", "a b", "a:b", "a\r\nb", "é", "(a)", "a\0"]) {
    test(`throws for the header name ${JSON.stringify(name)}`, () => {
      assert.throws(() => encodeRequestHead("GET", "/", [[name, "x"]]), invalid);
      assert.throws(() => encodeResponseHead(200, "OK", [[name, "x"]]), invalid);
    });
  }

  for (const value of ["a\r\nb: c", "a\n", "\r", "\0", "\x7f", "\x1b[0m", "€", "\ud800"]) {
    test(`throws for the header value ${JSON.stringify(value)}`, () => {
      assert.throws(() => encodeRequestHead("GET", "/", [["X", value]]), invalid);
      assert.throws(() => encodeResponseHead(200, "OK", [["X", value]]), invalid);
    });
  }

  for (const target of ["", "/a b", "/a\r\nHost: b", "/é", "/\0"]) {
    test(`throws for the target ${JSON.stringify(target)}`, () => {
      assert.throws(() => encodeRequestHead("GET", target, []), invalid);
    });
  }

  test("throws for a method that is no token, a status that is none and a reason with a line end", () => {
    assert.throws(() => encodeRequestHead("GET /", "/", []), invalid);
    for (const status of [0, 99, 1000, 200.5, Number.NaN]) {
      assert.throws(() => encodeResponseHead(status, "", []), invalid);
    }
    assert.throws(() => encodeResponseHead(200, "OK\r\nX: y", []), invalid);
  });

  const name = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,20}$/);
  const value = fc.stringMatching(
    /^(?:[\x21-\x7e\xa0-\xff](?:[\x20-\x7e\t\xa0-\xff]{0,20}[\x21-\x7e\xa0-\xff])?)?$/,
  );
  const headers = fc.array(fc.tuple(name, value), { maxLength: 20 });

  test("parses back to what was encoded", () => {
    fc.assert(
      fc.property(headers, (list: HeaderList) => {
        const request = succeeded(parseRequestHead(...whole(encodeRequestHead("GET", "/x", list))));
        assert.deepEqual([...request.headers], list);
        const response = succeeded(parseResponseHead(...whole(encodeResponseHead(101, "Reason", list))));
        assert.deepEqual([...response.headers], list);
      }),
    );
  });

  test("never holds more lines than it was given, whatever the values", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (anyName, anyValue) => {
        let bytes: Uint8Array;
        try {
          bytes = encodeRequestHead("GET", "/", [[anyName, anyValue]]);
        } catch (error) {
          assert.equal((error as { code?: unknown }).code, "INVALID_ARGUMENT");
          return;
        }
        assert.equal(text(bytes).split("\r\n").length, 4);
      }),
      { numRuns: 1000 },
    );
  });
});
