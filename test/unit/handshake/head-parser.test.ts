import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import {
  HandshakeError,
  isFieldValue,
  isToken,
  parseRequestHead,
  parseResponseHead,
} from "#src/handshake/index.js";
import {
  countCharacterReads,
  failed,
  headBytes,
  requestHead,
  responseHead,
  succeeded,
  whole,
} from "./head-text.js";

function requestOf(text: string) {
  return parseRequestHead(...whole(Buffer.from(text, "latin1")));
}

function responseOf(text: string) {
  return parseResponseHead(...whole(Buffer.from(text, "latin1")));
}

describe("a request head", () => {
  test("is its method, target, version and header lines in order", () => {
    const head = requestHead("GET /chat?room=1 HTTP/1.1", "Host: example.com", "X-B: 2", "x-a: 1");
    assert.equal(head.method, "GET");
    assert.equal(head.target, "/chat?room=1");
    assert.equal(head.version, "1.1");
    assert.deepEqual(
      [...head.headers],
      [
        ["Host", "example.com"],
        ["X-B", "2"],
        ["x-a", "1"],
      ],
    );
  });

  test("can lie anywhere in a larger buffer", () => {
    const bytes = headBytes("GET / HTTP/1.1", "Host: a");
    const larger = Buffer.concat([Buffer.from("before\r\n\r\n"), bytes, Buffer.from("after")]);
    const head = succeeded(parseRequestHead(larger, 10, 10 + bytes.length));
    assert.equal(head.headers.get("host"), "a");
  });

  test("without headers is a head", () => {
    assert.equal(requestHead("GET / HTTP/1.1").headers.size, 0);
  });

  test("trims spaces and tabs around values and keeps those inside", () => {
    const head = requestHead("GET / HTTP/1.1", "A: \t x \t y\t ", "B:", "C:   ", "D:z");
    assert.deepEqual(
      ["a", "b", "c", "d"].map((name) => head.headers.get(name)),
      ["x \t y", "", "", "z"],
    );
  });

  test("takes value bytes from 0x80 as latin1", () => {
    assert.equal(requestHead("GET / HTTP/1.1", "X: caf\xe9 \x80\xff").headers.get("x"), "caf\xe9 \x80\xff");
  });

  test("RFC 9110 §2.5: a higher minor version counts as 1.1", () => {
    assert.equal(requestHead("GET / HTTP/1.7").version, "1.1");
    assert.equal(requestHead("GET / HTTP/1.0").version, "1.0");
  });

  for (const version of ["0.9", "2.0", "3.0"]) {
    test(`of HTTP/${version} is refused with 505`, () => {
      failed(requestOf(`GET / HTTP/${version}\r\n\r\n`), "HTTP_VERSION_UNSUPPORTED", 505);
    });
  }

  test("that is the HTTP/2 preface is refused with 505", () => {
    failed(requestOf("PRI * HTTP/2.0\r\n\r\n"), "HTTP_VERSION_UNSUPPORTED", 505);
  });

  const badLines = {
    "an empty line": "",
    "no method": " / HTTP/1.1",
    "no target": "GET  HTTP/1.1",
    "no version": "GET /",
    "two spaces": "GET  / HTTP/1.1",
    "a tab for a space": "GET\t/ HTTP/1.1",
    "a space in the target": "GET /a b HTTP/1.1",
    "a trailing space": "GET / HTTP/1.1 ",
    "a leading space": " GET / HTTP/1.1",
    "a method that is no token": "G(T / HTTP/1.1",
    "a byte above 0x7E in the target": "GET /\xe9 HTTP/1.1",
    "a version in lower case": "GET / http/1.1",
    "a version with two digits": "GET / HTTP/1.10",
    "a version without a minor": "GET / HTTP/1",
    "a control character": "GET /\x07 HTTP/1.1",
  };
  for (const [what, line] of Object.entries(badLines)) {
    test(`with ${what} in the request line is refused with 400`, () => {
      failed(requestOf(`${line}\r\nHost: a\r\n\r\n`), "HEAD_MALFORMED", 400);
    });
  }

  const badFields = {
    "RFC 9112 §5.1: a blank before the colon": "Host : a",
    "RFC 9112 §5.2: a line folded with a space": "X: a\r\n b",
    "RFC 9112 §5.2: a line folded with a tab": "X: a\r\n\tb",
    "RFC 9112 §2.2: a blank before the first name": " X: a",
    "RFC 9112 §2.2: a line that ends in LF alone": "X: a\nY: b",
    "RFC 9112 §2.2: a CR inside a value": "X: a\rb",
    "RFC 9110 §5.5: a NUL inside a value": "X: a\0b",
    "RFC 9110 §5.5: a DEL inside a value": "X: a\x7fb",
    "RFC 9110 §5.1: an empty name": ": a",
    "RFC 9110 §5.1: a name with a separator": "X(Y: a",
    "RFC 9110 §5.1: a name above 0x7F": "X\xe9: a",
    "a line without a colon": "nonsense",
  };
  for (const [what, line] of Object.entries(badFields)) {
    test(`${what} is refused with 400`, () => {
      failed(requestOf(`GET / HTTP/1.1\r\nHost: a\r\n${line}\r\n\r\n`), "HEAD_MALFORMED", 400);
    });
  }

  for (const [what, text] of Object.entries({
    nothing: "",
    "no line end": "GET / HTTP/1.1",
    "no empty line": "GET / HTTP/1.1\r\nHost: a\r\n",
    "half a line end": "GET / HTTP/1.1\r\nHost: a\r\n\r",
    "bytes behind the empty line": "GET / HTTP/1.1\r\n\r\nHost: a\r\n\r\n",
  })) {
    test(`of ${what} is refused with 400`, () => {
      failed(requestOf(text), "HEAD_MALFORMED", 400);
    });
  }

  test("of 100 headers is read and of 101 is refused with 431", () => {
    const lines = Array.from({ length: 101 }, (_, i) => `X-${i}: ${i}`);
    assert.equal(requestHead("GET / HTTP/1.1", ...lines.slice(1)).headers.size, 100);
    failed(parseRequestHead(...whole(headBytes("GET / HTTP/1.1", ...lines))), "TOO_MANY_HEADERS", 431);
  });

  test("of 2 000 headers is refused with 431", () => {
    const lines = Array.from({ length: 2000 }, () => "X:1");
    failed(parseRequestHead(...whole(headBytes("GET / HTTP/1.1", ...lines))), "TOO_MANY_HEADERS", 431);
  });

  test("of more than maxHeadBytes is refused with 431, and of just so many is read", () => {
    const bytes = headBytes("GET / HTTP/1.1", "Host: a");
    const limits = { maxHeadBytes: bytes.length, maxHeaders: 1 };
    succeeded(parseRequestHead(...whole(bytes), limits));
    const tighter = { ...limits, maxHeadBytes: bytes.length - 1 };
    const error = failed(parseRequestHead(...whole(bytes), tighter), "HEAD_TOO_LARGE", 431);
    assert.match(error.message, /maxHeadBytes/);
  });

  test("headers named like members of Object.prototype are headers like any other", () => {
    const head = requestHead("GET / HTTP/1.1", "constructor: a", "__proto__: b", "toString: c");
    assert.deepEqual(
      ["constructor", "__proto__", "tostring", "valueOf", "hasOwnProperty"].map((name) =>
        head.headers.get(name),
      ),
      ["a", "b", "c", undefined, undefined],
    );
  });

  test("what is quoted in an error is escaped", () => {
    const error = failed(requestOf('\x1b[2J"\x9b\r\n\r\n'), "HEAD_MALFORMED", 400);
    assert.match(error.message, /"\\u001b\[2J\\"\\u009b"/);
    assert.match(error.message, /^[\x20-\x7e…]*$/);
  });

  test("costs work that grows linearly", () => {
    const limits = { maxHeadBytes: 1_000_000, maxHeaders: 100_000 };
    const work = (headers: number, value: string) => {
      const bytes = headBytes("GET / HTTP/1.1", ...new Array<string>(headers).fill(`X: ${value}`));
      return countCharacterReads(() => succeeded(parseRequestHead(...whole(bytes), limits)));
    };
    for (const value of ["a", " \t \t ", "a                b ", ",,,,;;;;"]) {
      const ratio = work(4000, value) / work(1000, value);
      assert.ok(
        ratio < 4.1,
        `four times the headers with ${JSON.stringify(value)} took ${ratio} times the work`,
      );
    }
    const blanks = work(1, ` a${" ".repeat(40_000)}b`) / work(1, ` a${" ".repeat(10_000)}b`);
    assert.ok(blanks < 4.1, `four times the blanks took ${blanks} times the work`);
  });
});

describe("a response head", () => {
  test("is its version, status, reason and headers", () => {
    const head = responseHead("HTTP/1.1 101 Switching Protocols", "Upgrade: websocket");
    assert.deepEqual([head.version, head.status, head.reason], ["1.1", 101, "Switching Protocols"]);
    assert.equal(head.headers.get("upgrade"), "websocket");
  });

  test("can have an empty reason, with or without the space before it", () => {
    assert.equal(responseHead("HTTP/1.1 200 ").reason, "");
    assert.equal(responseHead("HTTP/1.1 200").reason, "");
  });

  test("of HTTP/1.0 is read, as proxies send it", () => {
    const head = responseHead("HTTP/1.0 200 Connection established");
    assert.deepEqual([head.version, head.status], ["1.0", 200]);
  });

  for (const line of [
    "",
    "HTTP/1.1",
    "HTTP/1.1 20",
    "HTTP/1.1 099 x",
    "HTTP/1.1 2000",
    "HTTP/1.1 abc",
    "ICY 200 OK",
    "HTTP/1.1  200",
  ]) {
    test(`with the status line ${JSON.stringify(line)} fails without a status`, () => {
      failed(responseOf(`${line}\r\n\r\n`), "HEAD_MALFORMED", 0);
    });
  }

  test("of another major version, with a folded line or with too many headers fails without a status", () => {
    failed(responseOf("HTTP/2.0 200 OK\r\n\r\n"), "HTTP_VERSION_UNSUPPORTED", 0);
    failed(responseOf("HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n"), "HEAD_MALFORMED", 0);
    failed(responseOf(`HTTP/1.1 200 OK\r\n${"A:b\r\n".repeat(101)}\r\n`), "TOO_MANY_HEADERS", 0);
    failed(responseOf(`HTTP/1.1 200 ${"x".repeat(16_384)}\r\n\r\n`), "HEAD_TOO_LARGE", 0);
  });
});

describe("any bytes", () => {
  const codes = new Set(["HEAD_MALFORMED", "HEAD_TOO_LARGE", "TOO_MANY_HEADERS", "HTTP_VERSION_UNSUPPORTED"]);
  const parts = [
    "GET",
    "/",
    " ",
    "HTTP/1.1",
    "HTTP/1.1 101 x",
    "\r\n",
    "\r",
    "\n",
    ":",
    "Host",
    "\t",
    "\0",
    "é",
    "\r\n\r\n",
  ];
  const fragments = fc.array(fc.oneof(fc.constantFrom(...parts), fc.string({ maxLength: 8 })), {
    maxLength: 40,
  });
  const heads = fragments.map((texts) => Buffer.from(texts.join(""), "latin1"));

  /** A valid head of both kinds of start line, with a few bytes overwritten. */
  const damaged = fc
    .tuple(
      fc.constantFrom("GET /chat HTTP/1.1", "HTTP/1.1 101 Switching Protocols"),
      fc.array(fc.tuple(fc.nat(80), fc.nat(255)), { maxLength: 3 }),
    )
    .map(([startLine, changes]) => {
      const bytes = headBytes(startLine, "Host: example.com", "Upgrade: websocket", "X: \t y");
      for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
      return bytes;
    });

  for (const [role, parse] of Object.entries({ request: parseRequestHead, response: parseResponseHead })) {
    test(`are a ${role} head or a documented error, and never an exception`, () => {
      fc.assert(
        fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), heads, damaged), (bytes) => {
          const result = parse(...whole(bytes));
          if (result instanceof HandshakeError) assert.ok(codes.has(result.code), result.code);
          else for (const [name, value] of result.headers) assert.ok(isToken(name) && isFieldValue(value));
        }),
        { numRuns: 2000 },
      );
    });
  }
});
