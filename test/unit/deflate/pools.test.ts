import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { PerMessageDeflate, RawDeflateEngine } from "#src/deflate/index.js";
import {
  createCodecPair,
  decodeWhole,
  emptyBlock,
  encodeWhole,
  finalStream,
  join,
  openStream,
  realEngine,
  repetitiveBytes,
  tail,
  withCodecPair,
} from "./codec-pair.js";

/** The real engine, with what it has lent in a set. */
function trackingEngine(held: Set<unknown>): RawDeflateEngine {
  const engine = realEngine();
  const lend = <T>(stream: T): T => {
    held.add(stream);
    return stream;
  };
  return {
    acquireInflater: (bits) => lend(engine.acquireInflater(bits)),
    releaseInflater(inflater, bits) {
      assert.ok(held.delete(inflater), "released twice");
      engine.releaseInflater(inflater, bits);
    },
    acquireDeflater: (settings) => lend(engine.acquireDeflater(settings)),
    releaseDeflater(deflater, settings) {
      assert.ok(held.delete(deflater), "released twice");
      engine.releaseDeflater(deflater, settings);
    },
  };
}

describe("pools", () => {
  const secret = repetitiveBytes(4000, 77);

  test("give a released inflater to the next connection without the window of the last", () => {
    const ways: ((codec: PerMessageDeflate) => void)[] = [
      (codec) => void decodeWhole(codec, openStream(secret)),
      (codec) => void decodeWhole(codec, finalStream(secret)),
      (codec) => void decodeWhole(codec, join([finalStream(secret), openStream(secret)])),
      // In the middle of a message, and behind invalid data.
      (codec) => void codec.decode(openStream(secret), 0, 700, false, () => true),
      (codec) => void decodeWhole(codec, openStream(secret), Uint8Array.of(0x07)),
      (codec) => void decodeWhole(codec, finalStream(secret), emptyBlock, tail, Uint8Array.of(0x07)),
    ];
    for (const [i, useUp] of ways.entries()) {
      // More than the pool keeps, so that whatever it hands out was used in this way.
      const used = Array.from({ length: 12 }, () => createCodecPair().server);
      for (const codec of used) useUp(codec);
      for (const codec of used) codec.dispose();
      const fresh = Array.from({ length: 12 }, () => createCodecPair().server);
      for (const codec of fresh) {
        assert.equal(decodeWhole(codec, openStream(secret.subarray(0, 900), secret)), undefined, `way ${i}`);
        codec.dispose();
      }
      withCodecPair(({ server }) =>
        assert.deepEqual(decodeWhole(server, openStream(secret)), secret, `way ${i}`),
      );
    }
  });

  test("give a released deflater to the next connection without the window of the last", () => {
    const used = Array.from({ length: 12 }, () => createCodecPair().client);
    const alone = used.map((codec) => encodeWhole(codec, secret))[0];
    for (const codec of used) codec.dispose();
    for (let i = 0; i < 12; i++) {
      withCodecPair(({ client, server }) => {
        const encoded = encodeWhole(client, secret);
        assert.deepEqual(encoded, alone);
        assert.deepEqual(decodeWhole(server, encoded), secret);
      });
    }
  });

  test("take back what a message without context takeover borrowed, as soon as the message ends", () => {
    const held = new Set<unknown>();
    const tracking = trackingEngine(held);
    const parameters = { clientNoContextTakeover: true, serverNoContextTakeover: true };
    const { client, server } = createCodecPair(parameters, {}, tracking);
    client.encode(secret, false);
    assert.equal(held.size, 1);
    client.encode(secret, true);
    assert.equal(held.size, 0);
    server.decode(openStream(secret), 0, 100, false, () => true);
    assert.equal(held.size, 1);
    server.dispose();
    assert.equal(held.size, 0);
    assert.deepEqual(decodeWhole(server, openStream(secret)), secret);
    assert.equal(held.size, 0);
    server.encodeAlone(secret);
    assert.equal(held.size, 0);
    client.dispose();
    server.dispose();
    assert.equal(held.size, 0);
  });

  test("get everything back when a connection is disposed of, once", () => {
    const held = new Set<unknown>();
    const tracking = trackingEngine(held);
    const { client, server } = createCodecPair({}, {}, tracking);
    decodeWhole(server, encodeWhole(client, secret));
    decodeWhole(client, encodeWhole(server, secret));
    assert.equal(held.size, 4);
    client.dispose();
    client.dispose();
    server.dispose();
    assert.equal(held.size, 0);
  });
});
