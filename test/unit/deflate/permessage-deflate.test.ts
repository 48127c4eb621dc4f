import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { constants, inflateRawSync } from "node:zlib";
import type { DeflaterSettings, RawDeflateEngine } from "#src/deflate/index.js";
import { walkDeflate } from "../../support/deflate-walker.js";
import {
  decodeWhole,
  encodeWhole,
  join,
  realEngine,
  repetitiveBytes,
  tail,
  utf8,
  withCodecPair,
} from "./codec-pair.js";

describe("permessage-deflate round trip", () => {
  const lengths = [0, 1, 2, 125, 1000, 0, 70_000, 3];
  for (let bits = 8; bits <= 15; bits++) {
    for (const noTakeover of [false, true]) {
      const takeover = noTakeover ? "without" : "with";
      test(`gives back every message with ${bits} window bits ${takeover} context takeover, at every level`, () => {
        const parameters = {
          clientMaxWindowBits: bits,
          serverMaxWindowBits: bits,
          clientNoContextTakeover: noTakeover,
          serverNoContextTakeover: noTakeover,
        };
        for (let level = 0; level <= 9; level++) {
          withCodecPair(
            ({ client, server }) => {
              for (const [i, length] of lengths.entries()) {
                const message = repetitiveBytes(length, i % 3);
                assert.deepEqual(decodeWhole(server, encodeWhole(client, message)), message);
                assert.deepEqual(decodeWhole(client, encodeWhole(server, message)), message);
              }
            },
            parameters,
            { level },
          );
        }
      });
    }
  }

  test("gives back every message at every memory level", () => {
    for (let memLevel = 1; memLevel <= 9; memLevel++) {
      withCodecPair(
        ({ client, server }) => {
          for (const length of [10, 70_000, 1000]) {
            const message = repetitiveBytes(length, length);
            assert.deepEqual(decodeWhole(server, encodeWhole(client, message)), message);
          }
        },
        {},
        { memLevel },
      );
    }
  });

  test("gives back messages of a million bytes, and those that a step of output just fills", () => {
    for (const level of [0, 3]) {
      withCodecPair(
        ({ client, server }) => {
          for (const length of [65_535, 65_536, 65_537, 131_072, 1_000_000]) {
            const message = repetitiveBytes(length, length);
            assert.deepEqual(decodeWhole(server, encodeWhole(client, message)), message);
          }
        },
        {},
        { level },
      );
    }
  });

  test("directions with different windows and takeover do not disturb each other", () => {
    withCodecPair(
      ({ client, server }) => {
        for (let i = 0; i < 20; i++) {
          const message = repetitiveBytes(3000, i % 4);
          assert.deepEqual(decodeWhole(server, encodeWhole(client, message)), message);
          assert.deepEqual(decodeWhole(client, encodeWhole(server, message)), message);
        }
      },
      { clientMaxWindowBits: 9, serverMaxWindowBits: 14, serverNoContextTakeover: true },
    );
  });
});

describe("permessage-deflate window", () => {
  /** The distances in all messages of a connection, which are one stream once their tails are back. */
  function walkMessages(bits: number, options: { level?: number; memLevel?: number }): number {
    let maxDistance = 0;
    withCodecPair(
      ({ client }) => {
        const messages = [
          repetitiveBytes(50_000, bits),
          repetitiveBytes(30_000, bits),
          repetitiveBytes(700, 3),
        ];
        const stream = join(messages.flatMap((message) => [encodeWhole(client, message), tail]));
        const walk = walkDeflate(stream);
        assert.deepEqual(walk.bytes, join(messages));
        maxDistance = walk.maxDistance;
      },
      { clientMaxWindowBits: bits },
      options,
    );
    return maxDistance;
  }

  for (let bits = 8; bits <= 15; bits++) {
    test(`RFC 7692 §7.2.1: with ${bits} bits no match reaches back farther than ${2 ** bits} bytes, at any level`, () => {
      let farthest = 0;
      for (let level = 0; level <= 9; level++) {
        const distance = walkMessages(bits, { level });
        assert.ok(distance <= 2 ** bits, `level ${level}: a match reaches back ${distance} bytes`);
        farthest = Math.max(farthest, distance);
      }
      // The data would have let it reach farther, and zlib reaches 262 bytes less than its window, which is never
      // smaller than 512: nearly all of that is made use of.
      const reach = 2 ** Math.max(bits, 9) - 262;
      assert.ok(farthest > 0.9 * reach, `the farthest match reaches back ${farthest} bytes`);
    });
  }

  test("RFC 7692 §7.2.1: with 8 bits no match reaches back farther than 256 bytes, at any memory level", () => {
    for (let memLevel = 1; memLevel <= 9; memLevel++)
      assert.ok(walkMessages(8, { memLevel, level: 9 }) <= 256);
  });

  test("is the one that the other end was told: its inflater needs no larger one", () => {
    for (let bits = 8; bits <= 15; bits++) {
      withCodecPair(
        ({ client }) => {
          const message = repetitiveBytes(60_000, bits);
          const stream = join([encodeWhole(client, message), tail]);
          const inflated = inflateRawSync(stream, { windowBits: bits, finishFlush: constants.Z_SYNC_FLUSH });
          assert.deepEqual(Uint8Array.from(inflated), message);
        },
        { clientMaxWindowBits: bits },
      );
    }
  });

  test("is kept between messages with context takeover, so that a repeated message shrinks to almost nothing", () => {
    withCodecPair(({ client, server }) => {
      const message = repetitiveBytes(300, 1);
      const first = encodeWhole(client, message).length;
      const second = encodeWhole(client, message).length;
      assert.ok(second < first / 5, `${first} and then ${second} bytes`);
      assert.equal(encodeWhole(server, message).length, first, "the other direction has a window of its own");
    });
  });

  test("RFC 7692 §7.2.1: is empty at the beginning of each message without context takeover", () => {
    withCodecPair(
      ({ client, server }) => {
        const message = repetitiveBytes(300, 1);
        const first = encodeWhole(client, message);
        assert.deepEqual(encodeWhole(client, message), first);
        const other = encodeWhole(server, message).length;
        assert.ok(encodeWhole(server, message).length < other / 5, "the other direction keeps its own");
      },
      { clientNoContextTakeover: true },
    );
  });
});

describe("permessage-deflate sending", () => {
  test('RFC 7692 §7.2.3: makes the bytes of the examples of "Hello", sent twice', () => {
    withCodecPair(({ client }) => {
      assert.deepEqual(
        encodeWhole(client, utf8("Hello")),
        Uint8Array.of(0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00),
      );
      assert.deepEqual(encodeWhole(client, utf8("Hello")), Uint8Array.of(0xf2, 0x00, 0x11, 0x00, 0x00));
    });
  });

  test("RFC 7692 §7.2.3.6: makes one zero byte of an empty message, before and after others", () => {
    withCodecPair(({ client }) => {
      assert.deepEqual(encodeWhole(client, new Uint8Array(0)), Uint8Array.of(0));
      encodeWhole(client, utf8("Hello"));
      assert.deepEqual(encodeWhole(client, new Uint8Array(0)), Uint8Array.of(0));
    });
  });

  test("RFC 7692 §7.2.1: removes the tail from the last fragment, and from no other", () => {
    withCodecPair(({ client }) => {
      for (const length of [1, 100, 70_000]) {
        const message = repetitiveBytes(length, length);
        const parts = [1, 2, 3].map(() => client.encode(message, false).slice());
        for (const part of parts) assert.deepEqual(part.slice(-4), tail);
        const { blocks, bytes } = walkDeflate(join([...parts, encodeWhole(client, message), tail]));
        assert.deepEqual(blocks.at(-1), { type: "stored", isFinal: false, byteLength: 0 });
        assert.equal(bytes.length, 4 * length);
        client.forgetEncoded();
      }
    });
  });

  test("compresses a message part by part, whatever the parts are and even when the last is empty", () => {
    const shapes = [
      [5, 0, 7],
      [0, 0],
      [0, 12],
      [70_000, 70_000, 0],
      [1, 1, 1, 1],
    ];
    for (const noTakeover of [false, true]) {
      withCodecPair(
        ({ client, server }) => {
          for (const lengths of shapes) {
            const parts = lengths.map((length, i) => repetitiveBytes(length, i));
            const sent = parts.map((part, i) => client.encode(part, i === parts.length - 1).slice());
            assert.deepEqual(decodeWhole(server, ...sent), join(parts));
          }
        },
        { clientNoContextTakeover: noTakeover },
      );
    }
  });

  test("leaves messages below the threshold alone: 1024 bytes, or what the options say", () => {
    withCodecPair(({ client }) => {
      assert.deepEqual(
        [0, 1023, 1024, 5000].map((length) => client.isWorthwhile(length)),
        [false, false, true, true],
      );
    });
    withCodecPair(({ client }) => assert.ok(client.isWorthwhile(0)), {}, { thresholdBytes: 0 });
    withCodecPair(({ client }) => assert.ok(!client.isWorthwhile(2 ** 40)), {}, { thresholdBytes: Infinity });
  });

  test("uses 12 bits, level 3 and memory level 5 as a server of default options", () => {
    const asked: DeflaterSettings[] = [];
    const engine = realEngine();
    const spy: RawDeflateEngine = {
      acquireInflater: (bits) => engine.acquireInflater(bits),
      releaseInflater: (inflater, bits) => engine.releaseInflater(inflater, bits),
      acquireDeflater(settings) {
        asked.push(settings);
        return engine.acquireDeflater(settings);
      },
      releaseDeflater: (deflater, settings) => engine.releaseDeflater(deflater, settings),
    };
    withCodecPair(({ server }) => void encodeWhole(server, utf8("x")), { serverMaxWindowBits: 12 }, {}, spy);
    assert.deepEqual(asked, [{ windowBits: 12, level: 3, memLevel: 5 }]);
  });
});
