import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type DeflateParameters, type InflateOutput, PerMessageDeflate, type RawDeflateEngine } from "#src/deflate/index.js";
import { encodeFrame } from "#src/protocol/index.js";
import { ProtocolLog } from "../../support/protocol-log.js";
import {
  createCodecPair,
  decodeWhole,
  defaultParameters,
  encodeWhole,
  finalStream,
  join,
  openStream,
  realEngine,
  repetitiveBytes,
  tail,
  withCodecPair,
} from "./codec-pair.js";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const nothing = new Uint8Array(0);
/** An empty stored block without its tail: what a sender adds behind a final block (RFC 7692 §7.2.3.4). */
const emptyBlock = Uint8Array.of(0x00);

describe("permessage-deflate with a final block (BFINAL) from the peer", () => {
  const first = repetitiveBytes(900, 1);
  const second = repetitiveBytes(700, 2);

  test("takes one at the end of a message, and the messages behind it", () => {
    withCodecPair(({ server }) => {
      for (let i = 0; i < 4; i++) {
        assert.deepEqual(decodeWhole(server, finalStream(first)), first);
        assert.deepEqual(decodeWhole(server, openStream(second)), second);
        assert.deepEqual(decodeWhole(server, finalStream(nothing)), nothing);
      }
    });
  });

  test("takes the empty block that a sender adds behind it", () => {
    withCodecPair(({ server }) => {
      for (let i = 0; i < 3; i++) {
        assert.deepEqual(decodeWhole(server, join([finalStream(first), emptyBlock])), first);
      }
      // RFC 7692 §7.2.3.4, the example with "Hello".
      const hello = Uint8Array.of(0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00);
      assert.deepEqual(decodeWhole(server, hello), text("Hello"));
    });
  });

  test("takes one in the middle of a message, even several", () => {
    withCodecPair(({ server }) => {
      const message = join([finalStream(first), finalStream(second), openStream(first)]);
      assert.deepEqual(decodeWhole(server, message), join([first, second, first]));
      assert.deepEqual(decodeWhole(server, openStream(second)), second);
    });
  });

  test("takes a message with final blocks whatever the pieces in which it arrives", () => {
    const small = text("a final block, and then another final block");
    const message = join([finalStream(small), emptyBlock, tail, finalStream(small, small), openStream(small)]);
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
    test(`keeps the window of ${bits} bits across it: later blocks may refer to what stood before`, () => {
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

describe("permessage-deflate receiving", () => {
  test("takes messages whose compressed bytes are cut anywhere, also in the middle of a block", () => {
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

  test("takes every form of an empty message, even no byte at all, and the messages behind it", () => {
    const forms = [nothing, emptyBlock, Uint8Array.of(0x02, 0x00), Uint8Array.of(0x03, 0x00), finalStream(nothing)];
    for (const form of forms) {
      withCodecPair(({ client, server }) => {
        for (let i = 0; i < 3; i++) {
          assert.deepEqual(decodeWhole(server, form), nothing, Buffer.from(form).toString("hex"));
          assert.deepEqual(decodeWhole(server, encodeWhole(client, text("between"))), text("between"));
        }
      });
    }
  });

  test("takes stored blocks, fixed and dynamic codes, and more than one block", () => {
    withCodecPair(({ server }) => {
      // RFC 7692 §7.2.3.3 and §7.2.3.5: a stored block, and two blocks.
      const stored = Uint8Array.of(0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00);
      assert.deepEqual(decodeWhole(server, stored), text("Hello"));
      const two = [0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00];
      assert.deepEqual(decodeWhole(server, Uint8Array.from(two)), text("Hello"));
      const dynamic = repetitiveBytes(5000, 6).map((byte) => byte & 15);
      assert.deepEqual(decodeWhole(server, openStream(dynamic)), dynamic);
    });
  });

  const invalid: [string, Uint8Array][] = [
    ["the reserved block type", Uint8Array.of(0x07)],
    ["a stored block whose length is not confirmed", Uint8Array.of(0x00, 0x05, 0x00, 0x00, 0x00, 0x48)],
    ["a match that reaches back before the first byte", openStream(text("abcabcabc"), text("abcabcabc"))],
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

  test("refuses a match beyond the agreed window", () => {
    const far = repetitiveBytes(3000, 8);
    const beyond = openStream(far.subarray(0, 200), far);
    const parameters = { clientMaxWindowBits: 8 };
    withCodecPair(({ server }) => {
      assert.deepEqual(decodeWhole(server, openStream(far.map(() => 7))), far.map(() => 7));
      assert.equal(decodeWhole(server, beyond), undefined);
    }, parameters);
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

/** A server's machine that inflates what it receives. */
function createLog(parameters: Partial<DeflateParameters> = {}, maxMessageBytes = 1_048_576, engine = realEngine()) {
  const codec = new PerMessageDeflate("server", { ...defaultParameters, ...parameters }, {}, engine);
  return { codec, log: new ProtocolLog({ role: "server", codec, limits: { maxMessageBytes } }) };
}

const mask = Uint8Array.of(0x37, 0xfa, 0x21, 0x3d);

/** A compressed message's frames, one for each piece. */
function frames(opcode: number, ...pieces: Uint8Array[]): Uint8Array {
  return join(
    pieces.map((payload, i) =>
      encodeFrame({
        fin: i === pieces.length - 1,
        rsv1: i === 0,
        opcode: i === 0 ? opcode : 0,
        mask,
        payload,
      }),
    ),
  );
}

describe("compressed messages on a connection", () => {
  test("become text and binary messages, in one frame or in fragments that cut blocks", () => {
    const { codec, log } = createLog();
    const encoded = openStream(text("sliced: äöü€🙂 ".repeat(20)));
    for (const cut of [0, 1, 5, encoded.length - 1]) {
      log.receive(frames(1, encoded.subarray(0, cut), nothing, encoded.subarray(cut)));
    }
    log.receive(frames(2, openStream(Uint8Array.of(0, 255, 128))));
    log.receive(frames(1, emptyBlock));
    const data = "sliced: äöü€🙂 ".repeat(20);
    assert.deepEqual(log.events, [
      ...Array.from({ length: 4 }, () => ({ type: "text", data })),
      { type: "binary", data: Uint8Array.of(0, 255, 128) },
      { type: "text", data: "" },
    ]);
    codec.dispose();
  });

  test("that hold no UTF-8 fail with 1007, wherever the fault is and however the frames are cut", () => {
    const faults = [
      join([text("fine until here "), Uint8Array.of(0xff)]),
      Uint8Array.of(0xc3),
      Uint8Array.of(0xed, 0xa0, 0x80),
      join([text("x".repeat(65_535)), Uint8Array.of(0xe2, 0x82)]),
      // The first two bytes of a character end one step of the inflater, and what begins the next does not belong.
      join([text("x".repeat(65_534)), Uint8Array.of(0xe2, 0x82), text("x")]),
      join([text("x".repeat(65_536)), Uint8Array.of(0x80)]),
    ];
    for (const fault of faults) {
      const encoded = openStream(fault);
      for (const cut of [0, 1, encoded.length - 1]) {
        const { codec, log } = createLog();
        log.receive(frames(1, encoded.subarray(0, cut), encoded.subarray(cut)));
        assert.deepEqual(log.events, [
          { type: "failed", code: "TEXT_NOT_UTF8", closeCode: 1007, section: "RFC 6455 §8.1" },
        ]);
        codec.dispose();
      }
    }
  });

  test("may cut characters between the steps of the inflater", () => {
    const { codec, log } = createLog();
    const data = `${"x".repeat(65_534)}€${"ä".repeat(70_000)}🙂`;
    log.receive(frames(1, openStream(text(data))));
    assert.deepEqual(log.events, [{ type: "text", data }]);
    codec.dispose();
  });

  test("that are no DEFLATE data fail with 1007", () => {
    for (const pieces of [[Uint8Array.of(0x07)], [nothing, Uint8Array.of(0x07)], [Uint8Array.of(0x00, 1, 0, 0), nothing]]) {
      const { codec, log } = createLog();
      log.receive(frames(2, ...pieces));
      assert.deepEqual(log.events, [
        { type: "failed", code: "DEFLATE_DATA_INVALID", closeCode: 1007, section: "RFC 7692 §7.2.2" },
      ]);
      codec.dispose();
    }
  });

  test("beyond maxMessageBytes fail with 1009, and one of exactly that size does not", () => {
    for (const [length, isTaken] of [[1000, true], [1001, false]] as const) {
      const { codec, log } = createLog({}, 1000);
      log.receive(frames(2, openStream(repetitiveBytes(length, 1))));
      assert.equal(log.events[0].type, isTaken ? "binary" : "failed");
      if (!isTaken) {
        assert.deepEqual(log.events, [
          { type: "failed", code: "MESSAGE_TOO_LARGE", closeCode: 1009, limit: 1000, actual: length },
        ]);
      }
      codec.dispose();
    }
  });
});

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

function usedBytes(): number {
  collectGarbage();
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

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

  for (const [shape, fragmentBytes] of [["in one frame", bomb.length], ["in fragments", 500]] as const) {
    test(`${shape} fails with 1009 at the limit, and memory stays flat`, () => {
      const pieces: Uint8Array[] = [];
      for (let at = 0; at < bomb.length; at += fragmentBytes) pieces.push(bomb.subarray(at, at + fragmentBytes));
      const wire = frames(2, ...pieces);
      const engine = countingEngine();
      const { codec, log } = createLog({}, maxMessageBytes, engine);
      const before = usedBytes();
      log.machine.receive(wire);
      assert.deepEqual(log.events.map((event) => event.type === "failed" && event.closeCode), [1009]);
      assert.ok(engine.inflatedBytes <= maxMessageBytes + 65_536, `${engine.inflatedBytes} bytes were inflated`);
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
      withCodecPair(({ server }) => assert.deepEqual(decodeWhole(server, openStream(secret)), secret, `way ${i}`));
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
    const engine = realEngine();
    let borrowed = 0;
    const counting: RawDeflateEngine = {
      acquireInflater: (bits) => (borrowed++, engine.acquireInflater(bits)),
      releaseInflater: (inflater, bits) => (borrowed--, engine.releaseInflater(inflater, bits)),
      acquireDeflater: (settings) => (borrowed++, engine.acquireDeflater(settings)),
      releaseDeflater: (deflater, settings) => (borrowed--, engine.releaseDeflater(deflater, settings)),
    };
    const parameters = { clientNoContextTakeover: true, serverNoContextTakeover: true };
    const { client, server } = createCodecPair(parameters, {}, counting);
    client.encode(secret, false);
    assert.equal(borrowed, 1);
    client.encode(secret, true);
    assert.equal(borrowed, 0);
    server.decode(openStream(secret), 0, 100, false, () => true);
    assert.equal(borrowed, 1);
    server.dispose();
    assert.equal(borrowed, 0);
    assert.deepEqual(decodeWhole(server, openStream(secret)), secret);
    assert.equal(borrowed, 0);
    server.encodeAlone(secret);
    assert.equal(borrowed, 0);
    client.dispose();
    server.dispose();
    assert.equal(borrowed, 0);
  });

  test("get everything back when a connection is disposed of, once", () => {
    const engine = realEngine();
    const held = new Set<unknown>();
    const tracking: RawDeflateEngine = {
      acquireInflater(bits) {
        const inflater = engine.acquireInflater(bits);
        held.add(inflater);
        return inflater;
      },
      releaseInflater(inflater, bits) {
        assert.ok(held.delete(inflater), "released twice");
        engine.releaseInflater(inflater, bits);
      },
      acquireDeflater(settings) {
        const deflater = engine.acquireDeflater(settings);
        held.add(deflater);
        return deflater;
      },
      releaseDeflater(deflater, settings) {
        assert.ok(held.delete(deflater), "released twice");
        engine.releaseDeflater(deflater, settings);
      },
    };
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
