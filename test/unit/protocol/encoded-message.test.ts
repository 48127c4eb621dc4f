import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { encodeMessage, encodeText, pureEngine } from "#src/protocol/index.js";
import { ProtocolLog } from "../../support/protocol-log.js";
import { RunLengthCodec } from "../../support/run-length-codec.js";
import { parseBytes } from "../../support/vectors.js";

describe("encoded message", () => {
  test("is one unmasked frame with FIN", () => {
    assert.deepEqual(encodeMessage(parseBytes('"Hello"'), false, false), parseBytes('81 05 "Hello"'));
    assert.deepEqual(encodeMessage(parseBytes("00 ff"), true, false), parseBytes("82 02 00 ff"));
  });

  test("sets RSV1 on a compressed payload", () => {
    assert.deepEqual(encodeMessage(parseBytes("05 61"), false, true), parseBytes("c1 02 05 61"));
    assert.deepEqual(encodeMessage(parseBytes("05 61"), true, true), parseBytes("c2 02 05 61"));
  });

  test("takes every length form", () => {
    for (const length of [0, 125, 126, 65_535, 65_536]) {
      const log = new ProtocolLog({ role: "client" });
      log.receive(encodeMessage(new Uint8Array(length).fill(7), true, false));
      assert.deepEqual(log.events, [{ type: "binary", data: new Uint8Array(length).fill(7) }]);
    }
  });

  test("copies its payload", () => {
    const payload = parseBytes("01 02 03");
    const frame = encodeMessage(payload, true, false);
    payload.fill(0);
    assert.deepEqual(frame, parseBytes("82 03 01 02 03"));
  });

  test("text is encoded as UTF-8, with U+FFFD for a lone surrogate", () => {
    assert.deepEqual(encodeText(pureEngine, "né € 😀"), parseBytes('"né € 😀"'));
    assert.deepEqual(encodeText(pureEngine, "a\ud800b"), parseBytes("61 ef bf bd 62"));
    assert.deepEqual(encodeText(pureEngine, ""), new Uint8Array(0));
  });

  test("goes out as it is, to any number of connections", () => {
    const frame = encodeMessage(parseBytes('"all"'), false, false);
    for (let i = 0; i < 3; i++) {
      const { machine, output } = new ProtocolLog({ role: "server" });
      assert.equal(machine.sendEncoded(frame), true);
      assert.equal(output.take(), frame);
    }
  });

  test("tells the codec to forget what it encoded only when it is compressed", () => {
    const codec = new RunLengthCodec();
    const { machine } = new ProtocolLog({ role: "server", codec });
    machine.sendEncoded(encodeMessage(parseBytes('"plain"'), false, false));
    assert.equal(codec.timesForgotten, 0);
    machine.sendEncoded(encodeMessage(codec.encodeAlone(parseBytes('"aaa"')), false, true));
    assert.equal(codec.timesForgotten, 1);
  });
});
