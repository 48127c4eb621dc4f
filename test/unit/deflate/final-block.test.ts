import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  decodeWhole,
  emptyBlock,
  finalStream,
  join,
  nothing,
  openStream,
  repetitiveBytes,
  tail,
  utf8,
  withCodecPair,
} from "./codec-pair.js";

describe("permessage-deflate with a final block (BFINAL) from the peer", () => {
  const first = repetitiveBytes(900, 1);
  const second = repetitiveBytes(700, 2);

  test("RFC 7692 §7.2.1: takes one at the end of a message, and the messages behind it", () => {
    withCodecPair(({ server }) => {
      for (let i = 0; i < 4; i++) {
        assert.deepEqual(decodeWhole(server, finalStream(first)), first);
        assert.deepEqual(decodeWhole(server, openStream(second)), second);
        assert.deepEqual(decodeWhole(server, finalStream(nothing)), nothing);
      }
    });
  });

  test("RFC 7692 §7.2.3.4: takes the empty block that a sender adds behind it", () => {
    withCodecPair(({ server }) => {
      for (let i = 0; i < 3; i++) {
        assert.deepEqual(decodeWhole(server, join([finalStream(first), emptyBlock])), first);
      }
      // RFC 7692 §7.2.3.4, the example with "Hello".
      const hello = Uint8Array.of(0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00);
      assert.deepEqual(decodeWhole(server, hello), utf8("Hello"));
    });
  });

  test("RFC 7692 §7.2.1: takes one in the middle of a message, even several", () => {
    withCodecPair(({ server }) => {
      const message = join([finalStream(first), finalStream(second), openStream(first)]);
      assert.deepEqual(decodeWhole(server, message), join([first, second, first]));
      assert.deepEqual(decodeWhole(server, openStream(second)), second);
    });
  });

  test("takes a message with final blocks whatever the pieces in which it arrives", () => {
    const small = utf8("a final block, and then another final block");
    const message = join([
      finalStream(small),
      emptyBlock,
      tail,
      finalStream(small, small),
      openStream(small),
    ]);
    const expected = join([small, small, small]);
    for (let cut = 0; cut <= message.length; cut++) {
      withCodecPair(({ server }) => {
        for (let i = 0; i < 2; i++) {
          const decoded = decodeWhole(server, message.subarray(0, cut), message.subarray(cut));
          assert.deepEqual(decoded, expected, `cut at ${cut}`);
        }
      });
    }
    withCodecPair(({ server }) => {
      assert.deepEqual(decodeWhole(server, ...Array.from(message, (byte) => Uint8Array.of(byte))), expected);
    });
  });

  for (let bits = 8; bits <= 15; bits++) {
    test(`RFC 7692 §7.2.2: keeps the window of ${bits} bits across it: later blocks may refer to what stood before`, () => {
      withCodecPair(
        ({ server }) => {
          let before = repetitiveBytes(2 ** bits + 99, bits);
          assert.deepEqual(decodeWhole(server, finalStream(before)), before);
          for (let round = 0; round < 3; round++) {
            // zlib's matches stay 262 bytes within the window, so this piece of it is within reach of the next message.
            const near = before.subarray(-(2 ** bits) / 2).slice(0, 40);
            const dictionary = before.subarray(-(2 ** bits));
            const message = round === 1 ? finalStream(near, dictionary) : openStream(near, dictionary);
            assert.ok(message.length < 30, "the message is a match into the window");
            assert.deepEqual(decodeWhole(server, message), near);
            before = join([before, near]);
          }
        },
        { clientMaxWindowBits: bits },
      );
    });
  }

  test("keeps the window across it within one message", () => {
    withCodecPair(({ server }) => {
      const message = join([finalStream(first), openStream(first, first)]);
      assert.ok(message.length < finalStream(first).length + 60);
      assert.deepEqual(decodeWhole(server, message), join([first, first]));
    });
  });

  test("does not keep the window without context takeover", () => {
    withCodecPair(
      ({ server }) => {
        assert.deepEqual(decodeWhole(server, finalStream(first)), first);
        assert.deepEqual(decodeWhole(server, openStream(first)), first);
        assert.equal(decodeWhole(server, openStream(first, first)), undefined);
      },
      { clientNoContextTakeover: true },
    );
  });
});
