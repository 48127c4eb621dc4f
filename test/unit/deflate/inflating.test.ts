import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  createCodecPair,
  decodeWhole,
  emptyBlock,
  encodeWhole,
  finalStream,
  nothing,
  openStream,
  repetitiveBytes,
  utf8,
  withCodecPair,
} from "./codec-pair.js";

/** A message of three bytes that are a match at this distance, in a block with fixed codes (RFC 1951 §3.2.6). */
function matchAt(distance: number): Uint8Array {
  const bits: number[] = [];
  const lowestFirst = (value: number, count: number): void => {
    for (let i = 0; i < count; i++) bits.push((value >> i) & 1);
  };
  const highestFirst = (code: number, count: number): void => {
    for (let i = count - 1; i >= 0; i--) bits.push((code >> i) & 1);
  };
  lowestFirst(0b010, 3);
  // 257: a length of 3.
  highestFirst(0b0000001, 7);
  const power = Math.floor(Math.log2(distance - 1));
  const extra = power - 1;
  highestFirst(2 * power + (((distance - 1) >> extra) & 1), 5);
  lowestFirst((distance - 1) & ((1 << extra) - 1), extra);
  // The end of the block, and the beginning of the empty one whose tail is not sent.
  highestFirst(0, 7);
  lowestFirst(0, 3);
  return Uint8Array.from({ length: Math.ceil(bits.length / 8) }, (_, i) =>
    bits.slice(8 * i, 8 * i + 8).reduce((byte, bit, place) => byte | (bit << place), 0),
  );
}

describe("permessage-deflate receiving", () => {
  test("RFC 7692 §6.2: takes messages whose compressed bytes are cut anywhere, also in the middle of a block", () => {
    const message = repetitiveBytes(600, 4);
    const { client, server } = createCodecPair();
    const encoded = encodeWhole(client, message);
    for (let cut = 0; cut <= encoded.length; cut++) {
      withCodecPair((pair) => {
        assert.deepEqual(decodeWhole(pair.server, encoded.subarray(0, cut), encoded.subarray(cut)), message);
      });
    }
    assert.deepEqual(decodeWhole(server, ...Array.from(encoded, (byte) => Uint8Array.of(byte))), message);
    client.dispose();
    server.dispose();
  });

  test("RFC 7692 §7.2.3.6: takes every form of an empty message, even no byte at all, and the messages behind it", () => {
    const forms = [
      nothing,
      emptyBlock,
      Uint8Array.of(0x02, 0x00),
      Uint8Array.of(0x03, 0x00),
      finalStream(nothing),
    ];
    for (const form of forms) {
      withCodecPair(({ client, server }) => {
        for (let i = 0; i < 3; i++) {
          assert.deepEqual(decodeWhole(server, form), nothing, Buffer.from(form).toString("hex"));
          assert.deepEqual(decodeWhole(server, encodeWhole(client, utf8("between"))), utf8("between"));
        }
      });
    }
  });

  test("RFC 7692 §7.2.1: takes stored blocks, fixed and dynamic codes, and more than one block", () => {
    withCodecPair(({ server }) => {
      // RFC 7692 §7.2.3.3 and §7.2.3.5: a stored block, and two blocks.
      const stored = Uint8Array.of(0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00);
      assert.deepEqual(decodeWhole(server, stored), utf8("Hello"));
      const two = [0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00];
      assert.deepEqual(decodeWhole(server, Uint8Array.from(two)), utf8("Hello"));
      const dynamic = repetitiveBytes(5000, 6).map((byte) => byte & 15);
      assert.deepEqual(decodeWhole(server, openStream(dynamic)), dynamic);
    });
  });

  const invalid: [string, Uint8Array][] = [
    ["the reserved block type", Uint8Array.of(0x07)],
    ["a stored block whose length is not confirmed", Uint8Array.of(0x00, 0x05, 0x00, 0x00, 0x00, 0x48)],
    ["a match that reaches back before the first byte", openStream(utf8("abcabcabc"), utf8("abcabcabc"))],
    ["noise", Uint8Array.from({ length: 64 }, () => 0xff)],
  ];
  for (const [what, bytes] of invalid) {
    test(`refuses ${what}, in one piece and byte by byte`, () => {
      withCodecPair(({ server }) => assert.equal(decodeWhole(server, bytes), undefined));
      withCodecPair(({ server }) => {
        assert.equal(decodeWhole(server, ...Array.from(bytes, (byte) => Uint8Array.of(byte))), undefined);
      });
    });
  }

  for (let bits = 8; bits <= 15; bits++) {
    test(`RFC 7692 §7.2.2: with ${bits} bits takes matches of ${2 ** bits} bytes back, and none from farther`, () => {
      withCodecPair(
        ({ server }) => {
          const before = repetitiveBytes(40_000, bits);
          assert.deepEqual(decodeWhole(server, openStream(before)), before);
          const farthest = before.slice(-(2 ** bits)).subarray(0, 3);
          assert.deepEqual(decodeWhole(server, matchAt(2 ** bits)), farthest);
          if (bits < 15) assert.equal(decodeWhole(server, matchAt(2 ** bits + 1)), undefined);
        },
        { clientMaxWindowBits: bits },
      );
    });
  }

  test("refuses messages that were cut off in the middle of a block", () => {
    const whole = repetitiveBytes(300, 5);
    const text = utf8("the same words and the same words again".repeat(3));
    const stored = Uint8Array.of(0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00);
    for (const [encoded, message] of [
      [openStream(whole), whole],
      [openStream(text), text],
      [stored, utf8("Hello")],
    ]) {
      for (let length = 1; length < encoded.length; length++) {
        withCodecPair(({ server }) => {
          const decoded = decodeWhole(server, encoded.subarray(0, length));
          // Between two blocks nobody can tell that anything is missing.
          if (decoded !== undefined) assert.deepEqual(decoded, message.subarray(0, decoded.length));
        });
      }
      withCodecPair(({ server }) => {
        const half = encoded.subarray(0, encoded.length >> 1);
        assert.equal(decodeWhole(server, half), undefined);
      });
    }
  });

  test("stops when the output stops it, and says nothing about the rest", () => {
    withCodecPair(({ client, server }) => {
      const encoded = encodeWhole(client, new Uint8Array(1_000_000));
      let pieces = 0;
      server.decode(encoded, 0, encoded.length, false, () => {
        pieces++;
        return pieces < 3;
      });
      assert.equal(pieces, 3);
    });
  });
});
