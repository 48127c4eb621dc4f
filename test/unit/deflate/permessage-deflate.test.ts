import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { constants, inflateRawSync } from "node:zlib";
import type { DeflaterSettings, RawDeflateEngine } from "#src/deflate/index.js";
import { walkDeflate } from "../../support/deflate-walker.js";
import {
  createCodecPair,
  decodeWhole,
  encodeWhole,
  join,
  realEngine,
  repetitiveBytes,
  tail,
  withCodecPair,
} from "./codec-pair.js";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

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
        const messages = [repetitiveBytes(50_000, bits), repetitiveBytes(30_000, bits), repetitiveBytes(700, 3)];
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
    test(`of ${bits} bits: no match reaches back farther than ${2 ** bits} bytes, at any level`, () => {
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

  test("of 8 bits: no match reaches back farther than 256 bytes, at any memory level", () => {
    for (let memLevel = 1; memLevel <= 9; memLevel++) assert.ok(walkMessages(8, { memLevel, level: 9 }) <= 256);
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

  test("is forgotten between messages without context takeover", () => {
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
  test("makes the bytes of RFC 7692 §7.2.3.1 and §7.2.3.2 of \"Hello\", sent twice", () => {
    withCodecPair(({ client }) => {
      assert.deepEqual(encodeWhole(client, text("Hello")), Uint8Array.of(0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00));
      assert.deepEqual(encodeWhole(client, text("Hello")), Uint8Array.of(0xf2, 0x00, 0x11, 0x00, 0x00));
    });
  });

  test("makes one zero byte of an empty message, before and after others", () => {
    withCodecPair(({ client }) => {
      assert.deepEqual(encodeWhole(client, new Uint8Array(0)), Uint8Array.of(0));
      encodeWhole(client, text("Hello"));
      assert.deepEqual(encodeWhole(client, new Uint8Array(0)), Uint8Array.of(0));
    });
  });

  test("compresses a message part by part, whatever the parts are and even when the last is empty", () => {
    const shapes = [[5, 0, 7], [0, 0], [0, 12], [70_000, 70_000, 0], [1, 1, 1, 1]];
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
      assert.deepEqual([0, 1023, 1024, 5000].map((length) => client.isWorthwhile(length)), [false, false, true, true]);
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
    withCodecPair(({ server }) => void encodeWhole(server, text("x")), { serverMaxWindowBits: 12 }, {}, spy);
    assert.deepEqual(asked, [{ windowBits: 12, level: 3, memLevel: 5 }]);
  });
});

describe("permessage-deflate broadcast", () => {
  test("sends one encoding to many connections, each of which goes on with its own messages", () => {
    const pairs = [createCodecPair(), createCodecPair(), createCodecPair({ serverNoContextTakeover: true })];
    for (let round = 0; round < 4; round++) {
      for (const [i, { client, server }] of pairs.entries()) {
        const own = repetitiveBytes(2000, i);
        assert.deepEqual(decodeWhole(client, encodeWhole(server, own)), own);
      }
      const shared = repetitiveBytes(3000, 100 + round);
      const encoded = pairs[0].server.encodeAlone(shared);
      for (const { client, server } of pairs) {
        server.forgetEncoded();
        assert.deepEqual(decodeWhole(client, encoded), shared);
      }
    }
    for (const { client, server } of pairs) {
      client.dispose();
      server.dispose();
    }
  });

  test("would break the connection's next message if the sender did not forget", () => {
    withCodecPair(({ client, server }) => {
      const own = repetitiveBytes(2000, 1);
      assert.deepEqual(decodeWhole(client, encodeWhole(server, own)), own);
      decodeWhole(client, server.encodeAlone(repetitiveBytes(3000, 2)));
      assert.notDeepEqual(decodeWhole(client, encodeWhole(server, own)), own);
    });
  });

  test("encodes alone without the connection's window, and hands out a block of its own", () => {
    withCodecPair(({ server }) => {
      const message = repetitiveBytes(300, 1);
      const alone = server.encodeAlone(message);
      const kept = alone.slice();
      encodeWhole(server, message);
      assert.deepEqual(server.encodeAlone(message), kept);
      assert.deepEqual(alone, kept);
      assert.deepEqual(walkDeflate(join([alone, tail])).bytes, message);
    });
  });

  test("encodes an empty message alone as one zero byte, which the receiver of it may overwrite", () => {
    withCodecPair(({ client, server }) => {
      const alone = server.encodeAlone(new Uint8Array(0));
      assert.deepEqual(alone, Uint8Array.of(0));
      alone[0] = 0xee;
      assert.deepEqual(encodeWhole(server, new Uint8Array(0)), Uint8Array.of(0));
      assert.deepEqual(decodeWhole(client, encodeWhole(server, new Uint8Array(0))), new Uint8Array(0));
    });
  });

  test("is shared among connections whose compressors are set alike", () => {
    const group = (bits: number, level?: number): string => {
      const { client, server } = createCodecPair({ serverMaxWindowBits: bits }, level === undefined ? {} : { level });
      client.dispose();
      server.dispose();
      return server.encodingGroup;
    };
    assert.equal(group(12), group(12));
    assert.notEqual(group(12), group(11));
    assert.notEqual(group(12, 6), group(12, 7));
  });

  test("forgets before anything was encoded, and without context takeover, without harm", () => {
    withCodecPair(
      ({ client, server }) => {
        server.forgetEncoded();
        client.forgetEncoded();
        assert.deepEqual(decodeWhole(client, encodeWhole(server, text("x"))), text("x"));
        server.forgetEncoded();
        assert.deepEqual(decodeWhole(client, encodeWhole(server, text("x"))), text("x"));
      },
      { serverNoContextTakeover: true },
    );
  });
});
