import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { emptyBlock, join, nothing, openStream, repetitiveBytes, utf8 } from "./codec-pair.js";
import { createLog, frames } from "./compressed-log.js";

describe("compressed messages on a connection", () => {
  test("become text and binary messages, in one frame or in fragments that cut blocks", () => {
    const { codec, log } = createLog();
    const encoded = openStream(utf8("sliced: äöü€🙂 ".repeat(20)));
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

  test("RFC 7692 §6.1: that hold no UTF-8 fail with 1007, wherever the fault is and however the frames are cut", () => {
    const faults = [
      join([utf8("fine until here "), Uint8Array.of(0xff)]),
      Uint8Array.of(0xc3),
      Uint8Array.of(0xed, 0xa0, 0x80),
      join([utf8("x".repeat(65_535)), Uint8Array.of(0xe2, 0x82)]),
      // The first two bytes of a character end one step of the inflater, and what begins the next does not belong.
      join([utf8("x".repeat(65_534)), Uint8Array.of(0xe2, 0x82), utf8("x")]),
      join([utf8("x".repeat(65_536)), Uint8Array.of(0x80)]),
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
    log.receive(frames(1, openStream(utf8(data))));
    assert.deepEqual(log.events, [{ type: "text", data }]);
    codec.dispose();
  });

  test("that are no DEFLATE data fail with 1007", () => {
    for (const pieces of [
      [Uint8Array.of(0x07)],
      [nothing, Uint8Array.of(0x07)],
      [Uint8Array.of(0x00, 1, 0, 0), nothing],
    ]) {
      const { codec, log } = createLog();
      log.receive(frames(2, ...pieces));
      assert.deepEqual(log.events, [
        { type: "failed", code: "DEFLATE_DATA_INVALID", closeCode: 1007, section: "RFC 7692 §7.2.2" },
      ]);
      codec.dispose();
    }
  });

  test("beyond maxMessageBytes fail with 1009, and one of exactly that size does not", () => {
    for (const [length, isTaken] of [
      [1000, true],
      [1001, false],
    ] as const) {
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
