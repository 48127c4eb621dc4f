import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { walkDeflate } from "../../support/deflate-walker.js";
import {
  createCodecPair,
  decodeWhole,
  encodeWhole,
  join,
  repetitiveBytes,
  tail,
  utf8,
  withCodecPair,
} from "./codec-pair.js";

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
      const { client, server } = createCodecPair(
        { serverMaxWindowBits: bits },
        level === undefined ? {} : { level },
      );
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
        assert.deepEqual(decodeWhole(client, encodeWhole(server, utf8("x"))), utf8("x"));
        server.forgetEncoded();
        assert.deepEqual(decodeWhole(client, encodeWhole(server, utf8("x"))), utf8("x"));
      },
      { serverNoContextTakeover: true },
    );
  });
});
