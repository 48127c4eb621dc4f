import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  type ByteEngine,
  LimitError,
  type Limits,
  Opcode,
  ProtocolError,
  pureEngine,
} from "#src/protocol/index.js";
import { MessageAssembler, type MessageFailure } from "#src/protocol/message-assembler.js";
import { RunLengthCodec } from "../../support/run-length-codec.js";
import { parseBytes } from "../../support/vectors.js";

const limits: Limits = { maxMessageBytes: 1000, maxFragments: 10 };

/** The pure engine with a list of the calls that judge or decode text. */
class ListeningEngine implements ByteEngine {
  readonly calls: string[] = [];
  readonly unmask = pureEngine.unmask;
  readonly copy = pureEngine.copy;
  readonly byteLength = pureEngine.byteLength;
  readonly encode = pureEngine.encode;

  isUtf8(bytes: Uint8Array, start: number, end: number): boolean {
    this.calls.push(`isUtf8 ${end - start}`);
    return pureEngine.isUtf8(bytes, start, end);
  }

  decodeAscii(bytes: Uint8Array, start: number, end: number): string {
    this.calls.push(`decodeAscii ${end - start}`);
    return pureEngine.decodeAscii(bytes, start, end);
  }

  decodeUtf8(bytes: Uint8Array, start: number, end: number): string {
    this.calls.push(`decodeUtf8 ${end - start}`);
    return pureEngine.decodeUtf8(bytes, start, end);
  }
}

/** Feeds each notation as one frame; answers the value, or the first failure. */
function assemble(
  opcode: number,
  frames: string[],
  engine: ByteEngine = pureEngine,
): string | Uint8Array | MessageFailure {
  const assembler = new MessageAssembler(engine, limits, undefined);
  assembler.begin(opcode, false);
  for (const bytes of frames.map(parseBytes)) {
    const isAscii = bytes.every((byte) => byte < 128);
    const failure =
      assembler.announce(bytes.length) ?? assembler.push(bytes, 0, bytes.length, isAscii, false);
    if (failure !== undefined) return failure;
  }
  return assembler.finish();
}

function assertFails(value: unknown, code: string): void {
  assert.ok(value instanceof ProtocolError || value instanceof LimitError, `${value}`);
  assert.equal(value.code, code);
}

describe("message assembler", () => {
  test("joins the fragments of text and of binary messages", () => {
    assert.equal(assemble(Opcode.TEXT, ['"one "', '"two "', '"é"']), "one two é");
    assert.deepEqual(assemble(Opcode.BINARY, ["01", "", "ff fe"]), parseBytes("01 ff fe"));
    assert.equal(assemble(Opcode.TEXT, [""]), "");
  });

  test("knows the type from the first frame", () => {
    const assembler = new MessageAssembler(pureEngine, limits, undefined);
    assembler.begin(Opcode.TEXT, false);
    assert.equal(assembler.isText, true);
    assembler.begin(Opcode.BINARY, false);
    assert.equal(assembler.isText, false);
  });

  test("decodes text as ASCII only when all of it is", () => {
    const engine = new ListeningEngine();
    assemble(Opcode.TEXT, ['"plain "', '"text"'], engine);
    assert.deepEqual(engine.calls, ["decodeAscii 10"]);
    engine.calls.length = 0;
    assemble(Opcode.TEXT, ['"plain "', '"é"', '"text"'], engine);
    assert.deepEqual(engine.calls, ["decodeUtf8 12"]);
  });

  test("gives long text to the engine up to the last whole character", () => {
    const engine = new ListeningEngine();
    const value = assemble(
      Opcode.TEXT,
      ["repeat(e2 82 ac, 20) e2", "82 ac repeat(e2 82 ac, 20) e2 82", "ac"],
      engine,
    );
    assert.equal(value, "€".repeat(42));
    assert.deepEqual(engine.calls, ["isUtf8 60", "isUtf8 60", "decodeUtf8 126"]);
  });

  test("takes ASCII whose caller does not know that it is ASCII", () => {
    const assembler = new MessageAssembler(pureEngine, limits, undefined);
    assembler.begin(Opcode.TEXT, false);
    assert.equal(assembler.push(parseBytes('"abc"'), 0, 3, false, true), undefined);
    assert.equal(assembler.finish(), "abc");
  });

  test("fails at the first impossible byte, before the message ends", () => {
    assertFails(assemble(Opcode.TEXT, ['"ok" ff']), "TEXT_NOT_UTF8");
    assertFails(assemble(Opcode.TEXT, ["e2 82", '"a"']), "TEXT_NOT_UTF8");
    assertFails(assemble(Opcode.TEXT, ["repeat(61, 50) ff repeat(61, 50)"]), "TEXT_NOT_UTF8");
    assertFails(assemble(Opcode.TEXT, ["repeat(c3 a9, 50) ed a0"]), "TEXT_NOT_UTF8");
  });

  test("fails when the message ends inside a character", () => {
    assertFails(assemble(Opcode.TEXT, ['"a"', "f0 9f 98"]), "TEXT_NOT_UTF8");
  });

  test("judges sizes by what is announced, with the limit and the size in the error", () => {
    const assembler = new MessageAssembler(pureEngine, limits, undefined);
    assembler.begin(Opcode.BINARY, false);
    assert.equal(assembler.announce(600), undefined);
    assert.equal(assembler.push(new Uint8Array(600), 0, 600, false, false), undefined);
    const failure = assembler.announce(401);
    assertFails(failure, "MESSAGE_TOO_LARGE");
    assert.ok(failure instanceof LimitError);
    assert.deepEqual([failure.closeCode, failure.limit, failure.actual], [1009, 1000, 1001]);
    assert.match(failure.message, /message of 1001 bytes .* 1000 bytes \(maxMessageBytes\)/);
  });

  test("refuses a text that no string could hold, whatever the limit, and not the same number of binary bytes", () => {
    const unlimited = { ...limits, maxMessageBytes: Number.POSITIVE_INFINITY };
    const bytes = 2 ** 29;
    for (const [opcode, isRefused] of [
      [Opcode.TEXT, true],
      [Opcode.BINARY, false],
    ] as const) {
      const assembler = new MessageAssembler(pureEngine, unlimited, undefined);
      assembler.begin(opcode, false);
      assert.equal(assembler.announce(bytes) instanceof LimitError, isRefused);
    }
  });

  test("counts fragments, with the limit in the error", () => {
    const assembler = new MessageAssembler(pureEngine, limits, undefined);
    assembler.begin(Opcode.BINARY, false);
    for (let i = 0; i < 10; i++) assert.equal(assembler.announce(0), undefined);
    const failure = assembler.announce(0);
    assertFails(failure, "TOO_MANY_FRAGMENTS");
    assert.ok(failure instanceof LimitError);
    assert.deepEqual([failure.closeCode, failure.limit, failure.actual], [1008, 10, 11]);
    assert.match(failure.message, /10 fragments .* \(maxFragments\)/);
  });

  test("begins every message with fresh counts", () => {
    const assembler = new MessageAssembler(pureEngine, limits, undefined);
    for (let i = 0; i < 3; i++) {
      assembler.begin(Opcode.BINARY, false);
      for (let j = 0; j < 10; j++) {
        assert.equal(assembler.announce(100), undefined);
        assert.equal(assembler.push(new Uint8Array(100), 0, 100, false, j === 9), undefined);
      }
      assert.deepEqual(assembler.finish(), new Uint8Array(1000));
    }
  });

  test("an infinite limit lets every announced length through and allocates nothing for it", () => {
    const assembler = new MessageAssembler(
      pureEngine,
      { maxMessageBytes: Infinity, maxFragments: 2 },
      undefined,
    );
    assembler.begin(Opcode.BINARY, false);
    assert.equal(assembler.announce(Number.MAX_SAFE_INTEGER), undefined);
    const before = process.memoryUsage().arrayBuffers;
    assert.equal(assembler.push(new Uint8Array(1), 0, 1, false, false), undefined);
    assert.ok(process.memoryUsage().arrayBuffers - before < 65_536);
  });
});

function assembleCompressed(frames: string[]): string | Uint8Array | MessageFailure {
  const assembler = new MessageAssembler(pureEngine, limits, new RunLengthCodec());
  assembler.begin(Opcode.TEXT, true);
  for (const [i, bytes] of frames.map(parseBytes).entries()) {
    const isLast = i === frames.length - 1;
    const failure = assembler.announce(bytes.length) ?? assembler.push(bytes, 0, bytes.length, false, isLast);
    if (failure !== undefined) return failure;
  }
  return assembler.finish();
}

describe("message assembler with a codec", () => {
  test("inflates what arrives and copies it, because the codec lends its output", () => {
    assert.equal(assembleCompressed(["03 61", "", "02", "62"]), "aaabb");
  });

  test("counts inflated bytes against the limit and stops the codec there", () => {
    const failure = assembleCompressed(["c8 61 c8 61", "c8 61 c8 61", "c8 61 01 61 c8 61"]);
    assert.ok(failure instanceof LimitError);
    assert.deepEqual([failure.code, failure.limit, failure.actual], ["MESSAGE_TOO_LARGE", 1000, 1001]);
  });

  test("takes compressed frames somewhat larger than the limit, because literals can cost more than a byte", () => {
    const assembler = new MessageAssembler(pureEngine, limits, new RunLengthCodec());
    assembler.begin(Opcode.TEXT, true);
    assert.equal(assembler.announce(2 * limits.maxMessageBytes + 1024), undefined);
    assertFails(assembler.announce(2 * limits.maxMessageBytes + 1025), "MESSAGE_TOO_LARGE");
  });

  test("judges the inflated text as UTF-8 across frames", () => {
    assert.equal(assembleCompressed(["01 c3", "01 a9"]), "é");
    assertFails(assembleCompressed(["01 c3", "01 61"]), "TEXT_NOT_UTF8");
    assertFails(assembleCompressed(["01 c3"]), "TEXT_NOT_UTF8");
  });

  test("reports invalid compressed data with 1007", () => {
    assertFails(assembleCompressed(["02 61 00 61"]), "DEFLATE_DATA_INVALID");
    assertFails(assembleCompressed(["02 61 02"]), "DEFLATE_DATA_INVALID");
  });
});
