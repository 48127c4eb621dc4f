import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { FinalResponseReader } from "#src/handshake/index.js";
import { heldBytesEach } from "../../support/held-memory.js";
import { failed, headBytes, succeeded } from "./head-text.js";

const early = headBytes("HTTP/1.1 103 Early Hints", "Link: </style.css>");
const switching = headBytes("HTTP/1.1 101 Switching Protocols", "Upgrade: websocket");

function repeated(head: Uint8Array, count: number): Uint8Array[] {
  return Array.from({ length: count }, () => head);
}

/** A reader that was fed the bytes in pieces of this size, and where it stopped. */
function read(bytes: Uint8Array, size = bytes.length): { reader: FinalResponseReader; at: number } {
  const reader = new FinalResponseReader();
  let at = 0;
  while (at < bytes.length && reader.result === undefined) {
    const end = Math.min(at + size, bytes.length);
    at = reader.receive(bytes, at, end);
    if (at < end) break;
  }
  return { reader, at };
}

describe("final response reader", () => {
  for (const [what, final] of [
    ["a 101", switching],
    ["a refusal", headBytes("HTTP/1.1 403 Forbidden", "Content-Length: 0")],
  ] as const) {
    test(`stops behind ${what} that comes first`, () => {
      const { reader, at } = read(Buffer.concat([final, early]));
      assert.equal(at, final.length);
      assert.ok(succeeded(reader.result).status >= 101);
    });
  }

  test("RFC 9110 §15.2: reads over interim responses, however they are cut", () => {
    const bytes = Buffer.concat([...repeated(early, 3), switching, Buffer.from("\x81\x02hi", "latin1")]);
    for (let size = 1; size <= bytes.length; size++) {
      const { reader, at } = read(bytes, size);
      assert.equal(succeeded(reader.result).status, 101);
      assert.equal(at, bytes.length - 4, "what comes behind the head is left alone");
    }
  });

  test("needs more bytes while only interim responses have come", () => {
    assert.equal(read(early).reader.result, undefined);
    assert.equal(read(Buffer.concat([early, switching.subarray(0, 20)])).reader.result, undefined);
  });

  test("takes nothing more once it has a result", () => {
    const { reader } = read(switching);
    const first = reader.result;
    assert.equal(reader.receive(early, 0, early.length), 0);
    assert.equal(reader.result, first);
  });

  test("reads over 16 interim responses and no more", () => {
    assert.equal(
      succeeded(read(Buffer.concat([...repeated(early, 16), switching])).reader.result).status,
      101,
    );
    const error = failed(
      read(Buffer.concat([...repeated(early, 17), switching])).reader.result,
      "UNEXPECTED_STATUS",
      103,
    );
    assert.match(error.message, /more than 16 interim responses/);
    assert.equal(error.head?.headers.get("link"), "</style.css>");
  });

  test("reports a head that is none, also behind an interim response", () => {
    const bytes = Buffer.concat([early, headBytes("SSH-2.0-OpenSSH_9.2")]);
    failed(read(bytes).reader.result, "HEAD_MALFORMED", 0);
  });

  test("holds each head to the limits it is given", () => {
    const reader = new FinalResponseReader({ maxHeadBytes: early.length, maxHeaders: 1 });
    const bytes = Buffer.concat([early, headBytes("HTTP/1.1 101 Switching Protocols", "A: 1", "B: 2")]);
    reader.receive(bytes, 0, bytes.length);
    failed(reader.result, "TOO_MANY_HEADERS", 0);
  });

  test("holds nothing of the interim responses that it has read over", () => {
    const interim = headBytes("HTTP/1.1 103 Early Hints", `X: ${"a".repeat(15_000)}`);
    const bytes = Buffer.concat(repeated(interim, 16));
    const held = heldBytesEach(256, () => {
      const reader = new FinalResponseReader();
      for (let at = 0; at < bytes.length; at += 1000)
        reader.receive(bytes, at, Math.min(at + 1000, bytes.length));
      assert.equal(reader.result, undefined);
      return reader;
    });
    assert.ok(held <= 4096, `${held} bytes are held`);
  });
});
