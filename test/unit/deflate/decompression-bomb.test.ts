import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { InflateOutput, RawDeflateEngine } from "#src/deflate/index.js";
import { usedBytes } from "../../support/held-memory.js";
import { createCodecPair, encodeWhole, join, realEngine, tail, withCodecPair } from "./codec-pair.js";
import { createLog, frames } from "./compressed-log.js";

/** 1 GiB of zeros as one compressed message of about 1 MiB. */
function createBomb(): Uint8Array {
  const { client, server } = createCodecPair({}, { level: 9 });
  const mebibyte = new Uint8Array(1_048_576);
  const first = join([encodeWhole(client, mebibyte), tail]);
  encodeWhole(client, mebibyte);
  // From here on, every further MiB is the same bytes.
  const next = join([encodeWhole(client, mebibyte), tail]);
  client.dispose();
  server.dispose();
  return join([first, ...Array.from({ length: 1023 }, () => next)]);
}

/** The engine with a count of the bytes that its inflaters have made, and of the memory in use meanwhile. */
function countingEngine(): RawDeflateEngine & { inflatedBytes: number; peakBytes: number } {
  const engine = realEngine();
  const counting = {
    inflatedBytes: 0,
    peakBytes: 0,
    acquireInflater(bits: number) {
      const inflater = engine.acquireInflater(bits);
      return {
        get isEnded() {
          return inflater.isEnded;
        },
        inflate: (bytes: Uint8Array, start: number, end: number, output: InflateOutput) =>
          inflater.inflate(bytes, start, end, (made, from, to) => {
            counting.inflatedBytes += to - from;
            const isWanted = output(made, from, to);
            counting.peakBytes = Math.max(counting.peakBytes, usedBytes());
            return isWanted;
          }),
        restart: () => inflater.restart(),
      };
    },
    releaseInflater() {
      // The stream is left to the collector: the engine knows its own objects only.
    },
    acquireDeflater: engine.acquireDeflater.bind(engine),
    releaseDeflater: engine.releaseDeflater.bind(engine),
  };
  return counting;
}

describe("decompression bomb", () => {
  const bomb = createBomb();
  const maxMessageBytes = 1_048_576;

  test("is 1 GiB of zeros in about a mebibyte", () => {
    assert.ok(bomb.length < 1_200_000);
    let total = 0;
    withCodecPair(({ server }) => {
      server.decode(bomb, 0, bomb.length, true, (bytes, start, end) => {
        total += end - start;
        assert.equal(bytes[start], 0);
        return true;
      });
    });
    assert.equal(total, 2 ** 30);
  });

  for (const [shape, fragmentBytes] of [
    ["in one frame", bomb.length],
    ["in fragments", 500],
  ] as const) {
    test(`${shape} fails with 1009 at the limit, and memory stays flat`, () => {
      const pieces: Uint8Array[] = [];
      for (let at = 0; at < bomb.length; at += fragmentBytes)
        pieces.push(bomb.subarray(at, at + fragmentBytes));
      const wire = frames(2, ...pieces);
      const engine = countingEngine();
      const { codec, log } = createLog({}, maxMessageBytes, engine);
      const before = usedBytes();
      log.machine.receive(wire);
      assert.deepEqual(
        log.events.map((event) => event.type === "failed" && event.closeCode),
        [1009],
      );
      assert.ok(
        engine.inflatedBytes <= maxMessageBytes + 65_536,
        `${engine.inflatedBytes} bytes were inflated`,
      );
      const grownBytes = engine.peakBytes - before;
      assert.ok(grownBytes < 4 * maxMessageBytes, `memory grew by ${grownBytes} bytes`);
      assert.ok(usedBytes() - before < maxMessageBytes, "what was inflated is let go of");
      codec.dispose();
    });
  }

  test("of empty blocks makes no output and ends where the compressed size is bounded", () => {
    const { codec, log } = createLog({}, 1000);
    const blocks = new Uint8Array(5000).map((_, i) => [0, 0, 0, 0xff, 0xff][i % 5]);
    log.receive(frames(2, blocks));
    assert.deepEqual(log.events, [
      { type: "failed", code: "MESSAGE_TOO_LARGE", closeCode: 1009, limit: 1000, actual: 5000 },
    ]);
    codec.dispose();
  });
});
