import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CollectedOutput, type FrameOutput, Opcode, pureEngine, StateError } from "#src/protocol/index.js";
import { closePayload, Sender } from "#src/protocol/sender.js";
import { RunLengthCodec } from "../../support/run-length-codec.js";
import { parseBytes } from "../../support/vectors.js";

interface Opened {
  sender: Sender;
  output: CollectedOutput;
}

function open(options: { nextMaskKey?: () => number; codec?: RunLengthCodec } = {}): Opened {
  const output = new CollectedOutput();
  const { nextMaskKey, codec } = options;
  return { sender: new Sender({ output, engine: pureEngine, codec, nextMaskKey }), output };
}

function assertThrows(action: () => void, code: string, message = /./): void {
  assert.throws(
    action,
    (error) => error instanceof StateError && error.code === code && message.test(error.message),
  );
}

function countingKeys(): () => number {
  let key = 0;
  return () => ++key * 0x01010101;
}

describe("sender", () => {
  test("a client refuses a key that is none, and sends nothing", () => {
    for (const key of [
      undefined,
      null,
      "key",
      NaN,
      0.5,
      Infinity,
      2 ** 32,
      -(2 ** 31) - 1,
      new Uint8Array(4),
    ]) {
      const { sender, output } = open({ nextMaskKey: () => key as number });
      const message = /^nextMaskKey answers .*; it has to answer a random 32-bit integer$/;
      for (const send of [
        () => sender.text("a", undefined),
        () => sender.binary(parseBytes("01"), undefined),
        () => sender.control(Opcode.PING, new Uint8Array(0)),
        () => sender.close(1000, ""),
      ])
        assertThrows(send, "INVALID_ARGUMENT", message);
      assert.equal(output.take().length, 0, String(key));
    }
    for (const key of [0, 2 ** 32 - 1, -(2 ** 31)]) {
      const { sender, output } = open({ nextMaskKey: () => key });
      sender.text("a", undefined);
      assert.equal(output.take()[1], 0x81, String(key));
    }
  });

  test("a server masks no frame", () => {
    const { sender, output } = open();
    sender.text("Hi", undefined);
    sender.binary(parseBytes("01"), undefined);
    sender.control(Opcode.PING, parseBytes("02"));
    sender.control(Opcode.PONG, parseBytes("03"));
    sender.begin(Opcode.TEXT, false);
    sender.fragment(parseBytes('"a"'), true);
    sender.close(1000, "x");
    assert.deepEqual(
      output.take(),
      parseBytes('81 02 "Hi" 82 01 01 89 01 02 8a 01 03 81 01 "a" 88 03 03 e8 "x"'),
    );
  });

  test("a client masks every frame with a key of its own, one call for each", () => {
    const { sender, output } = open({ nextMaskKey: countingKeys() });
    sender.text("Hi", undefined);
    sender.binary(parseBytes("01"), undefined);
    sender.control(Opcode.PING, parseBytes("02"));
    sender.begin(Opcode.TEXT, false);
    sender.fragment(parseBytes('"a"'), false);
    sender.fragment(parseBytes('"b"'), true);
    sender.payload(Opcode.TEXT, parseBytes('"c"'), undefined);
    sender.close(1000, "");
    const frames = [
      '81 82 repeat(01, 4) masked(01 01 01 01, "Hi")',
      "82 81 repeat(02, 4) masked(02 02 02 02, 01)",
      "89 81 repeat(03, 4) masked(03 03 03 03, 02)",
      '01 81 repeat(04, 4) masked(04 04 04 04, "a")',
      '80 81 repeat(05, 4) masked(05 05 05 05, "b")',
      '81 81 repeat(06, 4) masked(06 06 06 06, "c")',
      "88 82 repeat(07, 4) masked(07 07 07 07, 03 e8)",
    ];
    assert.deepEqual(output.take(), parseBytes(frames.join(" ")));
  });

  test("a client sets the mask bit on an empty payload and on a key of zeros", () => {
    const { sender, output } = open({ nextMaskKey: () => 0 });
    sender.text("", undefined);
    sender.control(Opcode.PING, parseBytes('"a"'));
    assert.deepEqual(output.take(), parseBytes('81 80 00 00 00 00 89 81 00 00 00 00 "a"'));
  });

  test("a client takes masking keys as signed and as unsigned numbers", () => {
    for (const key of [-1, 0xffffffff]) {
      const { sender, output } = open({ nextMaskKey: () => key });
      sender.text("a", undefined);
      assert.deepEqual(output.take(), parseBytes('81 81 ff ff ff ff masked(ff ff ff ff, "a")'));
    }
  });

  test("payloads are copied and never changed, so that later changes do not reach the wire", () => {
    for (const nextMaskKey of [undefined, () => 0x3d21fa37]) {
      const { sender, output } = open({ nextMaskKey });
      const payload = parseBytes("repeat(01 02 03 04 05, 20)");
      sender.binary(payload, undefined);
      assert.deepEqual(payload, parseBytes("repeat(01 02 03 04 05, 20)"));
      payload.fill(0xff);
      const expected = nextMaskKey ? "82 e4 37 fa 21 3d masked(37 fa 21 3d, " : "82 64 masked(00 00 00 00, ";
      assert.deepEqual(output.take(), parseBytes(`${expected}repeat(01 02 03 04 05, 20))`));
    }
  });

  test("sends exactly the bytes of a view, whatever memory lies around it", () => {
    const memory = parseBytes("ee ee 01 02 03 ee ee");
    for (const [start, end] of [
      [2, 5],
      [0, 7],
      [3, 3],
    ]) {
      const { sender, output } = open();
      sender.binary(memory.subarray(start, end), undefined);
      sender.control(Opcode.PING, memory.subarray(start, end));
      const bytes = [end - start, ...memory.subarray(start, end)];
      assert.deepEqual(output.take(), Uint8Array.of(0x82, ...bytes, 0x89, ...bytes));
    }
  });

  test("writes each frame once, into exactly the room it reserved", () => {
    const reserved: number[] = [];
    const block = new Uint8Array(1000).fill(0xee);
    const output: FrameOutput = {
      block,
      isCongested: false,
      reserve: (length) => 100 + reserved.push(length),
      append: () => assert.fail("nothing is appended"),
    };
    const sender = new Sender({ output, engine: pureEngine, codec: undefined, nextMaskKey: () => 0 });
    sender.text("né", undefined);
    assert.deepEqual(reserved, [9]);
    assert.deepEqual(block.subarray(100, 112), parseBytes('ee 81 83 00 00 00 00 "né" ee ee'));
  });

  test("a lone surrogate goes out as U+FFFD", () => {
    const { sender, output } = open();
    sender.text("a\ud800", undefined);
    assert.deepEqual(output.take(), parseBytes("81 04 61 ef bf bd"));
  });
});

describe("sender of fragments", () => {
  test("puts the opcode on the first frame and FIN on the last", () => {
    const { sender, output } = open();
    sender.begin(Opcode.BINARY, false);
    assert.equal(sender.isInMessage, true);
    sender.fragment(parseBytes("01"), false);
    sender.fragment(parseBytes(""), false);
    sender.fragment(parseBytes("02 03"), true);
    assert.equal(sender.isInMessage, false);
    assert.deepEqual(output.take(), parseBytes("02 01 01 00 00 80 02 02 03"));
  });

  test("refuses another message until the last fragment, and sends nothing of it", () => {
    const { sender, output } = open();
    sender.begin(Opcode.TEXT, false);
    assertThrows(() => sender.text("x", undefined), "MESSAGE_IN_PROGRESS");
    assertThrows(() => sender.binary(new Uint8Array(1), undefined), "MESSAGE_IN_PROGRESS");
    assertThrows(() => sender.payload(Opcode.TEXT, new Uint8Array(1), undefined), "MESSAGE_IN_PROGRESS");
    assertThrows(() => sender.begin(Opcode.TEXT, false), "MESSAGE_IN_PROGRESS");
    assert.deepEqual(output.take(), new Uint8Array(0));
    sender.fragment(parseBytes('"a"'), true);
    sender.text("b", undefined);
    assert.deepEqual(output.take(), parseBytes('81 01 "a" 81 01 "b"'));
  });

  test("refuses a fragment of no message", () => {
    const { sender, output } = open();
    assertThrows(() => sender.fragment(new Uint8Array(1), true), "NO_MESSAGE_IN_PROGRESS");
    sender.begin(Opcode.TEXT, false);
    sender.fragment(new Uint8Array(0), true);
    assertThrows(() => sender.fragment(new Uint8Array(1), true), "NO_MESSAGE_IN_PROGRESS");
    assert.deepEqual(output.take(), parseBytes("81 00"));
  });

  test("lets control frames between fragments", () => {
    const { sender, output } = open();
    sender.begin(Opcode.TEXT, false);
    sender.fragment(parseBytes('"a"'), false);
    sender.control(Opcode.PING, parseBytes('"p"'));
    sender.fragment(parseBytes('"b"'), true);
    assert.deepEqual(output.take(), parseBytes('01 01 "a" 89 01 "p" 80 01 "b"'));
  });
});

describe("sender of control frames", () => {
  test("takes 125 bytes and refuses 126, sending nothing", () => {
    for (const opcode of [Opcode.PING, Opcode.PONG]) {
      const { sender, output } = open();
      sender.control(opcode, new Uint8Array(125));
      assert.equal(output.take().length, 127);
      const tooLong = () => sender.control(opcode, new Uint8Array(126));
      assertThrows(tooLong, "CONTROL_PAYLOAD_TOO_LONG", /at most 125 bytes .* not 126$/);
      assert.equal(output.take().length, 0);
    }
  });

  test("close payloads are a code and a reason, or empty", () => {
    assert.deepEqual(closePayload(pureEngine, undefined, ""), new Uint8Array(0));
    assert.deepEqual(closePayload(pureEngine, 1000, ""), parseBytes("03 e8"));
    assert.deepEqual(closePayload(pureEngine, 4999, "né"), parseBytes('13 87 "né"'));
  });

  test("close refuses codes that may not be sent, among them 1005, 1006 and 1015", () => {
    for (const code of [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_536, 1000.5, Number.NaN]) {
      assertThrows(
        () => closePayload(pureEngine, code, ""),
        "INVALID_CLOSE_CODE",
        new RegExp(`code ${code} `),
      );
    }
  });

  test("close says which codes may be sent, and of what is no number that it is none", () => {
    assertThrows(
      () => closePayload(pureEngine, 1006, ""),
      "INVALID_CLOSE_CODE",
      /^close code 1006 may not be sent; 1000 to 1003, 1007 to 1014 and 3000 to 4999 may$/,
    );
    for (const [code, shown] of [
      ["1000", '"1000"'],
      ["bye", '"bye"'],
      [{}, "an object"],
    ] as const) {
      assertThrows(
        () => closePayload(pureEngine, code as never, ""),
        "INVALID_CLOSE_CODE",
        new RegExp(
          `^close code ${shown} is not a number; it takes one of 1000 to 1003, .*, and then the reason$`,
        ),
      );
    }
    assertThrows(
      () => closePayload(pureEngine, 1000, {} as never),
      "INVALID_ARGUMENT",
      /^the close reason is an object; it takes a string$/,
    );
  });

  test("close refuses a reason without a code", () => {
    assertThrows(() => closePayload(pureEngine, undefined, "why"), "INVALID_CLOSE_CODE");
  });

  test("close counts the reason in bytes: 123 are sent, 124 are refused", () => {
    assert.equal(closePayload(pureEngine, 1000, "€".repeat(41)).length, 125);
    assertThrows(
      () => closePayload(pureEngine, 1000, `${"€".repeat(41)}a`),
      "CLOSE_REASON_TOO_LONG",
      /123 .* not 124$/,
    );
    const { sender, output } = open();
    assertThrows(() => sender.close(1000, "a".repeat(124)), "CLOSE_REASON_TOO_LONG");
    assert.equal(output.take().length, 0);
  });
});

describe("sender with a codec", () => {
  const run = "a".repeat(20);
  const bytes = parseBytes("repeat(61, 20)");

  test("compresses from the codec's threshold on, unless told otherwise", () => {
    const { sender, output } = open({ codec: new RunLengthCodec(10) });
    sender.text(run, undefined);
    sender.text("short", undefined);
    sender.text(run, false);
    sender.text("aaa", true);
    const plain = '81 05 "short" 81 14 repeat(61, 20)';
    assert.deepEqual(output.take(), parseBytes(`c1 02 14 61 ${plain} c1 02 03 61`));
  });

  test("compresses binary messages and encoded text by the same rule", () => {
    const { sender, output } = open({ codec: new RunLengthCodec(10) });
    sender.binary(bytes, undefined);
    sender.binary(bytes, false);
    sender.payload(Opcode.TEXT, bytes, undefined);
    assert.deepEqual(output.take(), parseBytes("c2 02 14 61 82 14 repeat(61, 20) c1 02 14 61"));
  });

  test("masks the compressed payload", () => {
    const { sender, output } = open({ codec: new RunLengthCodec(10), nextMaskKey: () => 0x3d21fa37 });
    sender.text(run, undefined);
    assert.deepEqual(output.take(), parseBytes("c1 82 37 fa 21 3d masked(37 fa 21 3d, 14 61)"));
  });

  test("RFC 7692 §6.1: sets RSV1 on the first fragment of a compressed message only", () => {
    const { sender, output } = open({ codec: new RunLengthCodec(10) });
    sender.begin(Opcode.TEXT, true);
    sender.fragment(bytes, false);
    sender.fragment(bytes, true);
    sender.begin(Opcode.TEXT, false);
    sender.fragment(bytes, true);
    assert.deepEqual(output.take(), parseBytes("41 02 14 61 80 02 14 61 81 14 repeat(61, 20)"));
  });

  test("never compresses control frames", () => {
    const { sender, output } = open({ codec: new RunLengthCodec(10) });
    sender.control(Opcode.PING, bytes);
    sender.close(1000, run);
    assert.deepEqual(output.take(), parseBytes("89 14 repeat(61, 20) 88 16 03 e8 repeat(61, 20)"));
  });

  test("sends no compressed frame without a codec, whatever was asked", () => {
    const { sender, output } = open();
    sender.text("aaa", true);
    sender.begin(Opcode.TEXT, true);
    sender.fragment(bytes.subarray(0, 1), true);
    assert.deepEqual(output.take(), parseBytes('81 03 "aaa" 81 01 "a"'));
  });
});
