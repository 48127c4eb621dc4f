import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type DeflateParameters, PerMessageDeflate } from "#src/deflate/index.js";
import { zlibEngine } from "#src/host/index.js";
import { encodeFrame, Opcode } from "#src/protocol/index.js";
import { FrameMeter } from "#src/proxy/relay/frame-meter.js";
import { FrameTap } from "#src/proxy/tap/frame-tap.js";
import { TapInflater } from "#src/proxy/tap/tap-inflater.js";
import { CollectedFrames, masked } from "./collected-frames.js";

const bytes = (text: string): Uint8Array => Buffer.from(text);
const engine = zlibEngine();

interface Watched {
  readonly sink: CollectedFrames;
  readonly meter: FrameMeter;
  /** The frames come in pieces of this many bytes. */
  pass(frames: readonly Uint8Array[], pieceBytes?: number): void;
}

function watch(inflater?: TapInflater): Watched {
  const sink = new CollectedFrames();
  const meter = new FrameMeter();
  meter.watcher = new FrameTap("client", sink, inflater);
  return {
    sink,
    meter,
    pass(frames, pieceBytes = Infinity) {
      const all = Buffer.concat(frames);
      const before = Buffer.from(all);
      for (let at = 0; at < all.length; at += pieceBytes)
        meter.scan(all, at, Math.min(all.length, at + pieceBytes));
      assert.deepEqual(all, before, "what passes is not changed");
    },
  };
}

const parameters: DeflateParameters = {
  clientMaxWindowBits: 15,
  serverMaxWindowBits: 15,
  clientNoContextTakeover: false,
  serverNoContextTakeover: false,
};
const forgetful = { ...parameters, clientNoContextTakeover: true };

/** Messages as a client compresses them, one after the other. */
function compressed(texts: readonly string[], agreed = parameters): Uint8Array[] {
  assert.ok(engine);
  const codec = new PerMessageDeflate("client", agreed, {}, engine);
  const frames = texts.map((text) => {
    const payload = codec.encode(bytes(text), true).slice();
    return masked({ opcode: Opcode.TEXT, rsv1: true, payload });
  });
  codec.dispose();
  return frames;
}

function inflater(agreed: DeflateParameters, isFromFirst: boolean): TapInflater {
  assert.ok(engine);
  return new TapInflater("client", agreed, engine, isFromFirst);
}

describe("the frames of one direction", () => {
  test("are shown without their mask, however they are split", () => {
    const frames = [
      masked({ opcode: Opcode.TEXT, payload: bytes("héllo") }),
      masked({ opcode: Opcode.BINARY, fin: false, payload: Uint8Array.of(0, 1, 254) }),
      masked({ opcode: Opcode.PING, payload: bytes("are you there") }),
      masked({ opcode: Opcode.CONTINUATION, payload: bytes("abc") }),
      masked({ opcode: Opcode.TEXT }),
      masked({ opcode: Opcode.CLOSE, payload: Uint8Array.of(0x0f, 0xa0, ...bytes("bye")) }),
    ];
    for (let pieceBytes = 1; pieceBytes < 40; pieceBytes++) {
      const { sink, pass } = watch();
      pass(frames, pieceBytes);
      assert.deepEqual(sink.shown, [
        { from: "client", type: "text", size: 6, data: "héllo" },
        { from: "client", type: "binary", fin: false, size: 3, base64: "AAH+" },
        { from: "client", type: "ping", size: 13, data: "are you there" },
        { from: "client", type: "continuation", size: 3, base64: "YWJj" },
        { from: "client", type: "text", size: 0 },
        { from: "client", type: "close", size: 5, code: 4000, data: "bye" },
      ]);
    }
  });

  test("are kept to 4 KiB of payload, without half a character at the end", () => {
    const { sink, pass } = watch();
    pass(
      [encodeFrame({ opcode: Opcode.TEXT, payload: bytes(`${"a".repeat(4095)}é${"b".repeat(9000)}`) })],
      1000,
    );
    const [{ data, size, truncated }] = sink.records;
    assert.deepEqual([data, size, truncated], ["a".repeat(4095), 13_097, true]);
  });

  test("are base64 where a text is none", () => {
    const { sink, pass } = watch();
    pass([encodeFrame({ opcode: Opcode.TEXT, payload: Uint8Array.of(0xff, 0xfe) })]);
    assert.equal(sink.records[0].base64, "//4=");
  });

  test("begin with the next one when somebody comes in the middle of one", () => {
    const { sink, meter } = watch();
    const { watcher } = meter;
    meter.watcher = undefined;
    const first = masked({ opcode: Opcode.TEXT, payload: bytes("first") });
    meter.scan(first, 0, 8);
    meter.watcher = watcher;
    meter.scan(first, 8, first.length);
    const second = masked({ opcode: Opcode.TEXT, payload: bytes("second") });
    meter.scan(second, 0, second.length);
    assert.deepEqual(
      sink.records.map(({ data }) => data),
      ["second"],
    );
  });

  test("are counted while nobody has room for them", () => {
    const { sink, pass } = watch();
    sink.hasRoom = false;
    pass([masked({ opcode: Opcode.TEXT, payload: bytes("unseen") })]);
    assert.deepEqual([sink.records.length, sink.skips], [0, 1]);
  });
});

describe("compressed frames", { skip: engine === undefined }, () => {
  const texts = ["hello hello hello", "hello hello again", "and hello again"];

  test("are inflated when they were watched from the first on", () => {
    for (const pieceBytes of [1, 7, Infinity]) {
      const { sink, pass } = watch(inflater(parameters, true));
      pass(compressed(texts), pieceBytes);
      assert.deepEqual(
        sink.records.map(({ data }) => data),
        texts,
      );
      assert.equal(sink.records[1].size, texts[1].length);
      assert.ok(Number(sink.records[1].compressed) < texts[1].length);
    }
  });

  test("are inflated as well while nobody has room for them", () => {
    const { sink, pass } = watch(inflater(parameters, true));
    const [first, ...rest] = compressed(texts);
    sink.hasRoom = false;
    pass([first]);
    sink.hasRoom = true;
    pass(rest);
    assert.deepEqual(
      sink.records.map(({ data }) => data),
      texts.slice(1),
    );
  });

  test("stay compressed, with a word that says why, when their context was not watched", () => {
    const { sink, pass } = watch(inflater(parameters, false));
    const [, second] = compressed(texts);
    pass([second]);
    const [{ undecoded, base64, data, size, compressed: wireBytes }] = sink.records;
    assert.equal(undecoded, "compressed with what came before, which was not watched");
    assert.deepEqual([data, size], [undefined, undefined]);
    assert.equal(Buffer.from(String(base64), "base64").length, wireBytes);
  });

  test("are inflated from anywhere when the sender keeps no context", () => {
    const { sink, pass } = watch(inflater(forgetful, false));
    pass(compressed(texts, forgetful).slice(1));
    assert.deepEqual(
      sink.records.map(({ data }) => data),
      texts.slice(1),
    );
  });

  test("may be fragments, with a ping between them", () => {
    const { sink, pass } = watch(inflater(parameters, true));
    assert.ok(engine);
    const codec = new PerMessageDeflate("client", parameters, {}, engine);
    const payload = codec.encode(bytes("one whole message"), true).slice();
    pass([
      masked({ opcode: Opcode.TEXT, fin: false, rsv1: true, payload: payload.subarray(0, 5) }),
      masked({ opcode: Opcode.PING, payload: bytes("ping") }),
      masked({ opcode: Opcode.CONTINUATION, payload: payload.subarray(5) }),
    ]);
    const [first, ping, last] = sink.records;
    assert.equal(`${first.data ?? ""}${last.data ?? ""}`, "one whole message");
    assert.deepEqual([first.compressed, last.compressed, ping.data], [5, payload.length - 5, "ping"]);
  });

  test("stop at their bound when they are a bomb", () => {
    const bomb = "\0".repeat(64 * 1_048_576);
    for (const agreed of [parameters, forgetful]) {
      const { sink, pass } = watch(inflater(agreed, true));
      const startedAt = performance.now();
      pass(compressed([bomb, "after"], agreed));
      const tookMs = performance.now() - startedAt;
      const [first, after] = sink.records;
      assert.deepEqual([first.size, first.truncated, first.data?.length], [undefined, true, 4096]);
      if (agreed === forgetful) assert.equal(after.data, "after");
      else assert.match(String(after.undecoded), /which was not inflated/);
      assert.ok(tookMs < 30_000);
    }
  });

  test("that are no deflate data say so, and end what can be read", () => {
    const { sink, pass } = watch(inflater(parameters, true));
    pass([
      masked({ opcode: Opcode.TEXT, rsv1: true, payload: Uint8Array.of(0xff, 0xff, 0xff) }),
      ...compressed(texts),
    ]);
    assert.equal(sink.records[0].undecoded, "no valid compressed data");
    assert.match(String(sink.records[1].undecoded), /which was not inflated/);
  });

  test("of an extension that nobody knows stay as they are", () => {
    const { sink, pass } = watch();
    pass(compressed(["hello"]));
    assert.match(String(sink.records[0].undecoded), /extension that is not known/);
  });

  test("without their beginning say so", () => {
    const { sink, pass } = watch(inflater(forgetful, false));
    pass([
      masked({ opcode: Opcode.CONTINUATION, payload: bytes("rest") }),
      ...compressed(["next"], forgetful),
    ]);
    assert.match(String(sink.records[0].undecoded), /the beginning of the message was not watched/);
    assert.equal(sink.records[1].data, "next");
  });
});
