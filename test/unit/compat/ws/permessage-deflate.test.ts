import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { constants } from "node:zlib";
import fc from "fast-check";
import { extension, PerMessageDeflate, type PerMessageDeflateOptions } from "#src/compat/index.js";
import { closeCodeOf } from "#src/compat/ws/error-close-code.js";
import { type Deflate, type DeflateClass, outcomeOf, reference } from "./reference.js";

const implementations: [string, DeflateClass][] = [
  ["ws", reference.PerMessageDeflate],
  ["ours", PerMessageDeflate],
];

function accepted(of: DeflateClass, options?: PerMessageDeflateOptions, header = "x"): Deflate {
  const deflate = new of(options);
  deflate.accept(extension.parse(header).x);
  return deflate;
}

function settled(
  deflate: Deflate,
  method: "compress" | "decompress",
  data: Buffer | string,
  fin = true,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    deflate[method](data as Buffer, fin, (error, result) => (error ? reject(error) : resolve(result!)));
  });
}

const bits = fc.option(fc.oneof(fc.integer({ min: 8, max: 15 }), fc.boolean()), { nil: undefined });
const flag = fc.option(fc.boolean(), { nil: undefined });
const options = fc.record(
  {
    serverNoContextTakeover: flag,
    clientNoContextTakeover: flag,
    serverMaxWindowBits: bits,
    clientMaxWindowBits: fc.oneof(bits, fc.constant(null)),
    isServer: flag,
    threshold: fc.option(fc.nat(), { nil: undefined }),
    maxPayload: fc.option(fc.oneof(fc.nat(), fc.constant(2 ** 40)), { nil: undefined }),
  },
  { requiredKeys: [] },
);
const parameter = fc.oneof(
  fc.constantFrom("server_no_context_takeover", "client_no_context_takeover", "client_max_window_bits"),
  fc
    .tuple(
      fc.constantFrom("server_max_window_bits", "client_max_window_bits", "server_no_context_takeover"),
      fc.constantFrom("7", "8", "9", "09", "10", "12.5", "15", "16", "1e1", "0xa", "x"),
    )
    .map((pair) => pair.join("=")),
  fc.constant("other"),
);
const offer = fc.array(parameter, { maxLength: 4 }).map((parameters) => ["x", ...parameters].join("; "));
const header = fc.array(offer, { minLength: 1, maxLength: 3 }).map((offers) => offers.join(", "));

describe("the negotiation of permessage-deflate of ws", () => {
  test("has its name", () => assert.equal(PerMessageDeflate.extensionName, "permessage-deflate"));

  test("offers and accepts what the reference does, or fails with its words", () => {
    const runOne = (of: DeflateClass, given: PerMessageDeflateOptions, text: string) => {
      const deflate = new of({ ...given });
      return [
        outcomeOf(() => deflate.offer()),
        outcomeOf(() => structuredClone(deflate.accept(extension.parse(text).x))),
        structuredClone(deflate.params),
        deflate._threshold,
        deflate._maxPayload,
        deflate._isServer,
      ];
    };
    fc.assert(
      fc.property(options, header, (given, text) => {
        assert.deepEqual(
          runOne(PerMessageDeflate, given, text),
          runOne(reference.PerMessageDeflate, given, text),
        );
      }),
      { numRuns: 3000 },
    );
  });

  test("answers what it was given, completed", () => {
    const deflate = new PerMessageDeflate({ isServer: true, serverMaxWindowBits: 10 });
    assert.equal(deflate.codec, undefined);
    const offers = extension.parse("x; client_max_window_bits").x;
    assert.equal(deflate.accept(offers), offers[0]);
    assert.deepEqual({ ...deflate.params }, { server_max_window_bits: 10 });
    assert.equal(deflate.codec, deflate.codec);
  });
});

const dictionary = Buffer.from("the quick brown fox jumps over the lazy dog");
const zlibOptions: PerMessageDeflateOptions[] = [
  {},
  { zlibDeflateOptions: { level: 9 } },
  { zlibDeflateOptions: { level: -1, memLevel: 1 } },
  { zlibDeflateOptions: { windowBits: 9, chunkSize: 64, finishFlush: constants.Z_FINISH } },
  { zlibDeflateOptions: { strategy: constants.Z_FIXED } },
  { zlibDeflateOptions: { strategy: constants.Z_HUFFMAN_ONLY } },
  { zlibDeflateOptions: { dictionary }, zlibInflateOptions: { dictionary } },
];
const headers = [
  "x",
  "x; server_no_context_takeover; client_no_context_takeover",
  "x; server_max_window_bits=8; client_max_window_bits=9",
];
const messages = [
  "the quick brown fox",
  "the quick brown fox jumps over the lazy dog. ".repeat(300),
  "",
  "the quick brown fox jumps over the lazy cat",
  Buffer.from(Uint8Array.from({ length: 200_000 }, (_, i) => (i * i) >> 5)),
  "",
];

describe("permessage-deflate of ws", () => {
  for (const given of zlibOptions) {
    for (const text of headers) {
      test(`makes the bytes that the reference makes: ${JSON.stringify(given)} ${text}`, async () => {
        const isServer = !text.includes("client_max");
        const ours = accepted(PerMessageDeflate, { ...given, isServer }, text);
        const theirs = accepted(reference.PerMessageDeflate, { ...given, isServer }, text);
        const peers = implementations.map(([, of]) => accepted(of, { ...given, isServer: !isServer }, text));
        for (const message of messages) {
          const packed = await settled(ours, "compress", message);
          assert.deepEqual(packed, await settled(theirs, "compress", message));
          for (const peer of peers)
            assert.deepEqual(await settled(peer, "decompress", packed), Buffer.from(message));
        }
        for (const each of [ours, theirs, ...peers]) each.cleanup();
      });
    }
  }

  for (const [name, of] of implementations) {
    test(`${name}: takes a message in parts`, async () => {
      const deflate = accepted(of);
      const first = await settled(deflate, "compress", Buffer.from([1, 2, 3]), false);
      const last = await settled(deflate, "compress", "abc", true);
      assert.equal(first.toString("hex"), "626462060000" + "00ffff");
      assert.deepEqual([...(await settled(deflate, "decompress", first, false))], [1, 2, 3]);
      assert.equal((await settled(deflate, "decompress", last, true)).toString(), "abc");
      deflate.cleanup();
    });

    test(`${name}: calls back in order, after the caller has returned and its ticks have run`, async () => {
      const order: string[] = [];
      const deflate = accepted(of);
      const done = settled(deflate, "compress", "a").then(() => order.push("compressed"));
      order.push("returned");
      process.nextTick(() => order.push("tick"));
      await done;
      assert.deepEqual(order, ["returned", "tick", "compressed"]);
      deflate.cleanup();
    });

    test(`${name}: names zlib's error, and works again after it`, async () => {
      const deflate = accepted(of);
      const message = { message: "invalid block type", code: "Z_DATA_ERROR", errno: -3 };
      await assert.rejects(settled(deflate, "decompress", Buffer.from([255, 255])), message);
      assert.equal((await settled(deflate, "decompress", Buffer.from("4a0400", "hex"))).toString(), "a");
      deflate.cleanup();
    });

    test(`${name}: stops at maxPayload, and works again after it`, async () => {
      const deflate = accepted(of, { maxPayload: 25 });
      const exact = await settled(deflate, "compress", "A".repeat(25));
      const long = await settled(deflate, "compress", "A".repeat(26));
      assert.equal((await settled(deflate, "decompress", exact)).length, 25);
      await assert.rejects(settled(deflate, "decompress", long), {
        name: "RangeError",
        message: "Max payload size exceeded",
        code: "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH",
      });
      assert.equal((await settled(deflate, "decompress", exact)).length, 25);
      deflate.cleanup();
    });

    test(`${name}: cleanup ends what compress has not called back for`, async () => {
      for (const when of [(call: () => void) => call(), process.nextTick]) {
        const deflate = accepted(of);
        const done = settled(deflate, "compress", "A".repeat(50));
        when(() => deflate.cleanup());
        await assert.rejects(done, {
          message: "The deflate stream was closed while data was being processed",
        });
      }
    });

    test(`${name}: a message whose last block is final ends the stream, not the connection`, async () => {
      const deflate = accepted(of);
      const final = Buffer.from("4b0400", "hex");
      for (let i = 0; i < 2; i++) assert.equal((await settled(deflate, "decompress", final)).toString(), "a");
      deflate.cleanup();
    });

    test(`${name}: throws zlib's own error for an option out of range`, () => {
      const deflate = accepted(of, { zlibDeflateOptions: { level: 77 } });
      assert.throws(() => deflate.compress("a", true, () => {}), {
        name: "RangeError",
        code: "ERR_OUT_OF_RANGE",
      });
      deflate.cleanup();
    });
  }

  test("stored blocks and flushes of each write, whose bytes depend on how output is cut, are read as well", async () => {
    const contents = messages.filter((message) => message.length > 0);
    for (const zlibDeflateOptions of [{ level: 0 }, { flush: constants.Z_SYNC_FLUSH }]) {
      for (const [, from] of implementations) {
        for (const [, to] of implementations) {
          const [sender, receiver] = [
            accepted(from, { zlibDeflateOptions }),
            accepted(to, { isServer: true }),
          ];
          for (const message of contents) {
            const packed = await settled(sender, "compress", message);
            assert.deepEqual(await settled(receiver, "decompress", packed), Buffer.from(message));
          }
          sender.cleanup();
          receiver.cleanup();
        }
      }
    }
  });

  test("can be used again after cleanup, from which nothing of before calls back", async () => {
    const deflate = accepted(PerMessageDeflate);
    const packed = await settled(deflate, "compress", "a");
    let isCalled = false;
    deflate.decompress(packed, true, () => {
      isCalled = true;
    });
    deflate.cleanup();
    assert.equal((await settled(deflate, "decompress", packed)).toString(), "a");
    assert.equal(isCalled, false);
    deflate.cleanup();
  });

  test("throws before it is accepted", () => {
    for (const [, of] of implementations)
      assert.throws(() => new of().compress("a", true, () => {}), { name: "TypeError" });
  });

  test("says which close code an error asks for", async () => {
    const deflate = new PerMessageDeflate({ maxPayload: 3 });
    deflate.accept([{}]);
    const codes: (number | undefined)[] = [];
    for (const data of [Buffer.from([255, 255]), await settled(deflate, "compress", "AAAA")])
      await settled(deflate, "decompress", data).catch((error: Error) => codes.push(closeCodeOf(error)));
    assert.deepEqual(codes, [1007, 1009]);
    assert.equal(closeCodeOf(new Error("any")), undefined);
    deflate.cleanup();
  });

  test("has a codec for the connection, which says why it refused", () => {
    for (const text of headers) {
      const deflate = new PerMessageDeflate({ isServer: true });
      deflate.accept(extension.parse(text).x);
      const { codec } = deflate;
      assert.ok(codec);
      assert.ok(!codec.isWorthwhile(1023) && codec.isWorthwhile(1024));
      assert.equal(
        codec.decode(Buffer.from([255, 255]), 0, 2, true, () => true),
        -1,
      );
      const error: Error & { errno?: number; code?: string } = deflate.inflateError();
      assert.deepEqual([error.errno, error.code, error.message], [-3, "Z_DATA_ERROR", "invalid block type"]);
      assert.equal(closeCodeOf(error), 1007);
      deflate.cleanup();
    }
  });

  test("refuses a message that is cut off, which the reference takes for shorter", async () => {
    const deflate = accepted(PerMessageDeflate);
    const stored = Buffer.from([0, 4, 0, 251, 255, 1]);
    await assert.rejects(settled(deflate, "decompress", stored), { code: "Z_DATA_ERROR" });
    deflate.cleanup();
  });
});
