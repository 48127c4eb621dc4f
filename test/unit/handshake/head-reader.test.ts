import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { HandshakeError, RequestHeadReader, ResponseHeadReader } from "#src/handshake/index.js";
import { heldBytesEach } from "../../support/held-memory.js";
import { failed, headBytes, succeeded, upgradeLines } from "./head-text.js";

const lines = [
  "GET /chat HTTP/1.1",
  ...Object.entries(upgradeLines).map(([name, value]) => `${name}: ${value}`),
];
const head = headBytes(...lines);

/** The reader after it was fed the bytes cut into pieces of the given sizes, the last size repeating. */
function readInPieces(
  bytes: Uint8Array,
  sizes: readonly number[],
  reader = new RequestHeadReader(),
): RequestHeadReader {
  let piece = 0;
  for (let at = 0; at < bytes.length && reader.result === undefined; ) {
    const size = sizes[Math.min(piece++, sizes.length - 1)];
    // Each piece in memory of its own, overwritten afterwards: what was kept must be a copy.
    const chunk = new Uint8Array(bytes.subarray(at, at + size));
    const stopped = reader.receive(chunk, 0, chunk.length);
    chunk.fill(0x58);
    at += stopped;
    if (stopped < chunk.length) break;
  }
  return reader;
}

describe("a head reader", () => {
  test("reads a head that comes whole without keeping a byte, and stops behind it", () => {
    const bytes = Buffer.concat([head, Buffer.from([0x81, 0x80, 0, 0, 0, 0])]);
    const reader = new RequestHeadReader();
    assert.equal(reader.receive(bytes, 0, bytes.length), head.length);
    assert.equal(succeeded(reader.result).target, "/chat");
    assert.equal(reader.heldBytes, 0);
  });

  test("takes nothing more once it has a result", () => {
    const reader = new RequestHeadReader();
    reader.receive(head, 0, head.length);
    const first = reader.result;
    assert.equal(reader.receive(head, 0, head.length), 0);
    assert.equal(reader.result, first);
  });

  test("reads a head that comes byte by byte", () => {
    const reader = readInPieces(head, [1]);
    assert.equal(succeeded(reader.result).headers.get("sec-websocket-version"), "13");
    assert.equal(reader.heldBytes, 0);
  });

  test("reads the same head however it is cut in two", () => {
    for (let cut = 1; cut < head.length; cut++) {
      const result = succeeded(readInPieces(head, [cut, head.length]).result);
      assert.deepEqual([...result.headers], Object.entries(upgradeLines), `cut at ${cut}`);
    }
  });

  test("stops behind the head when its last piece holds more", () => {
    const bytes = Buffer.concat([head, Buffer.from("frames")]);
    const reader = new RequestHeadReader();
    assert.equal(reader.receive(bytes, 0, head.length - 3), head.length - 3);
    assert.equal(reader.result, undefined);
    assert.equal(reader.receive(bytes, head.length - 3, bytes.length), head.length);
    succeeded(reader.result);
  });

  test("reads only the range it is given", () => {
    const bytes = Buffer.concat([Buffer.from("\0\0\0"), head, Buffer.from("\0\0\0")]);
    const reader = new RequestHeadReader();
    assert.equal(reader.receive(bytes, 3, 10), 10);
    assert.equal(reader.receive(bytes, 10, 10), 10);
    assert.equal(reader.receive(bytes, 10, 3 + head.length), 3 + head.length);
    succeeded(reader.result);
  });

  const impossible = {
    "a lone LF": "GET / HTTP/1.1\n",
    "a lone CR": "GET / HTTP/1.1\rH",
    "two CRs": "GET / HTTP/1.1\r\r",
    "a NUL": "GET /\0",
    "the start of a TLS hello": "\x16\x03\x01\x02\x00",
  };
  for (const [what, text] of Object.entries(impossible)) {
    test(`refuses ${what} with 400 before the head is complete, in one piece or many`, () => {
      const bytes = Buffer.from(text, "latin1");
      failed(readInPieces(bytes, [bytes.length]).result, "HEAD_MALFORMED", 400);
      failed(readInPieces(bytes, [1]).result, "HEAD_MALFORMED", 400);
    });
  }

  test("gives a client's errors no status", () => {
    const reader = new ResponseHeadReader();
    reader.receive(Buffer.from("HTTP/1.1 200\n"), 0, 13);
    failed(reader.result, "HEAD_MALFORMED", 0);
    const small = new ResponseHeadReader({ maxHeadBytes: 10, maxHeaders: 1 });
    small.receive(Buffer.from("HTTP/1.1 200"), 0, 12);
    failed(small.result, "HEAD_TOO_LARGE", 0);
  });

  test("reads a head of exactly maxHeadBytes and refuses one byte more with 431", () => {
    const exact = { maxHeadBytes: head.length, maxHeaders: 100 };
    const tighter = { maxHeadBytes: head.length - 1, maxHeaders: 100 };
    for (const sizes of [[head.length], [1], [7, 3, 50]]) {
      succeeded(readInPieces(head, sizes, new RequestHeadReader(exact)).result);
      failed(readInPieces(head, sizes, new RequestHeadReader(tighter)).result, "HEAD_TOO_LARGE", 431);
    }
  });

  test("refuses an endless header with 431 after 16 KiB and holds no more than that", () => {
    const reader = new RequestHeadReader();
    const start = Buffer.from("GET / HTTP/1.1\r\nX: ");
    reader.receive(start, 0, start.length);
    const chunk = Buffer.alloc(1000, "a");
    let fed = start.length;
    while (reader.result === undefined) {
      reader.receive(chunk, 0, chunk.length);
      fed += chunk.length;
      assert.ok(reader.heldBytes <= 16_384);
    }
    failed(reader.result, "HEAD_TOO_LARGE", 431);
    assert.ok(fed <= 17_384 + start.length);
    assert.equal(reader.heldBytes, 0);
  });

  test("holds memory in proportion to what came", () => {
    const reader = new RequestHeadReader();
    reader.receive(Buffer.from("G"), 0, 1);
    assert.ok(reader.heldBytes <= 1024);
  });

  test("really holds at most twice what came of an unfinished head, and 4 KiB, however it was cut", () => {
    const long = headBytes("GET / HTTP/1.1", `X: ${"a".repeat(16_000)}`);
    for (const [fed, chunkBytes] of [
      [1, 1],
      [3000, 1],
      [16_000, 1],
      [16_000, 1000],
      [16_000, 16_000],
    ] as const) {
      const held = heldBytesEach(256, () => {
        const reader = new RequestHeadReader();
        for (let at = 0; at < fed; at += chunkBytes) reader.receive(long, at, at + chunkBytes);
        return reader;
      });
      assert.ok(held <= 2 * fed + 4096, `${held} bytes for ${fed} in pieces of ${chunkBytes}`);
    }
  });

  test("a reader that has found its head or failed holds the result alone", () => {
    const large = headBytes("GET / HTTP/1.1", `X: ${"a".repeat(16_000)}`);
    const endless = Buffer.alloc(17_000, "a");
    for (const [bytes, bound] of [
      [large, 2 * large.length + 4096],
      [endless, 4096],
    ] as const) {
      const held = heldBytesEach(256, () => {
        const reader = new RequestHeadReader();
        for (let at = 0; at < bytes.length; at += 100)
          reader.receive(bytes, at, Math.min(at + 100, bytes.length));
        assert.notEqual(reader.result, undefined);
        return reader;
      });
      assert.ok(held <= bound, `${held} bytes are held, ${bound} are allowed`);
    }
  });

  test("a head of as many headers as may be costs a few times its bytes", () => {
    const many = headBytes(
      "GET / HTTP/1.1",
      ...Array.from({ length: 100 }, (_, i) => `X-${i}: ${"v".repeat(150)}`),
    );
    const held = heldBytesEach(256, () => {
      const reader = new RequestHeadReader();
      reader.receive(many, 0, many.length);
      return succeeded(reader.result);
    });
    assert.ok(held <= 4 * many.length, `${held} bytes for a head of ${many.length}`);
  });

  test("looks at each byte of a head once while it waits, also byte by byte", () => {
    const long = headBytes("GET / HTTP/1.1", `X: ${"a".repeat(10_000)}`);
    let reads = 0;
    const reader = new RequestHeadReader();
    for (let at = 0; at < long.length - 1; at++) {
      const chunk = new Proxy(long.subarray(at, at + 1), {
        get(target, key) {
          if (key === "0") reads++;
          const value: unknown = Reflect.get(target, key, target);
          return typeof value === "function" ? value.bind(target) : value;
        },
      });
      reader.receive(chunk, 0, 1);
    }
    assert.equal(reader.result, undefined);
    assert.equal(reads, long.length - 1);
    reader.receive(long, long.length - 1, long.length);
    succeeded(reader.result);
  });

  test("answers the same for any bytes, however they are cut", () => {
    const parts = ["GET / HTTP/1.1", "\r\n", "Host: a", "\r\n\r\n", "\r", "\n", " ", "X:", "\0"];
    const text = fc.array(fc.constantFrom(...parts), { maxLength: 12 });
    fc.assert(
      fc.property(text, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (texts, sizes) => {
        const bytes = Buffer.from(texts.join(""), "latin1");
        const once = readInPieces(bytes, [Math.max(bytes.length, 1)]).result;
        const cut = readInPieces(bytes, sizes).result;
        if (once instanceof HandshakeError) failed(cut, once.code, once.status);
        else assert.deepEqual(cut && [...succeeded(cut).headers], once && [...once.headers]);
      }),
      { numRuns: 2000 },
    );
  });
});
