import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { encodeFrame, Opcode } from "#src/protocol/index.js";
import { FrameMeter, type FrameWatcher } from "#src/proxy/relay/frame-meter.js";

const mask = Uint8Array.of(0x37, 0xfa, 0x21, 0x3d);

function frame(opcode: number, payload: string | Uint8Array, isMasked = false, fin = true): Uint8Array {
  const bytes = typeof payload === "string" ? Buffer.from(payload) : payload;
  return encodeFrame({ opcode, payload: bytes, fin, ...(isMasked && { mask }) });
}

function closeFrame(code: number, isMasked: boolean): Uint8Array {
  return frame(Opcode.CLOSE, Uint8Array.of(code >> 8, code & 0xff, 0x62, 0x79, 0x65), isMasked);
}

function scanInPieces(meter: FrameMeter, bytes: Uint8Array, size: number): void {
  for (let at = 0; at < bytes.length; at += size) meter.scan(bytes, at, Math.min(bytes.length, at + size));
}

const stream = Buffer.concat([
  frame(Opcode.TEXT, "one", true),
  frame(Opcode.TEXT, "tw", true, false),
  frame(Opcode.PING, "p", true),
  frame(Opcode.CONTINUATION, "o", true),
  frame(Opcode.BINARY, new Uint8Array(70_000), true),
  frame(Opcode.BINARY, new Uint8Array(300), true),
  frame(Opcode.TEXT, "", true),
  closeFrame(4001, true),
]);

describe("a frame meter", () => {
  test("counts messages and control frames, however the stream is cut", () => {
    for (const size of [1, 2, 3, 5, 13, 14, 100, 1000, stream.length]) {
      const meter = new FrameMeter();
      scanInPieces(meter, stream, size);
      assert.deepEqual(
        [meter.messages, meter.controlFrames, meter.closeCode],
        [5, 2, 4001],
        `pieces of ${size}`,
      );
      assert.equal(meter.isBetweenFrames, true);
    }
  });

  test("changes nothing of what passes", () => {
    const bytes = Uint8Array.from(stream);
    scanInPieces(new FrameMeter(), bytes, 777);
    assert.ok(Buffer.from(bytes).equals(stream));
  });

  test("knows the code of a Close without a mask, 1005 for none, and the first of several", () => {
    const meter = new FrameMeter();
    meter.scan(closeFrame(1001, false), 0, 9);
    assert.equal(meter.closeCode, 1001);
    const bare = new FrameMeter();
    const bytes = Buffer.concat([frame(Opcode.CLOSE, ""), closeFrame(1000, false)]);
    bare.scan(bytes, 0, bytes.length);
    assert.equal(bare.closeCode, 1005);
  });

  test("knows the code of a Close that comes in two reads only when both its bytes have come", () => {
    for (const isMasked of [true, false]) {
      const bytes = closeFrame(4001, isMasked);
      const headerLength = isMasked ? 6 : 2;
      for (let cut = 1; cut < bytes.length; cut++) {
        const meter = new FrameMeter();
        meter.scan(bytes, 0, cut);
        assert.equal(meter.closeCode, cut < headerLength + 2 ? undefined : 4001, `after ${cut} bytes`);
        assert.equal(meter.isClosing, cut >= headerLength);
        meter.scan(bytes, cut, bytes.length);
        assert.deepEqual([meter.closeCode, meter.isClosing], [4001, true], `cut after ${cut} bytes`);
      }
    }
  });

  test("says where in the bytes the last frame ended", () => {
    const [one, two] = [frame(Opcode.TEXT, "first"), frame(Opcode.TEXT, "second")];
    const bytes = Buffer.concat([one, two]);
    const meter = new FrameMeter();
    assert.equal(meter.scan(bytes, 0, one.length + 3), one.length);
    assert.equal(meter.isBetweenFrames, false);
    assert.equal(meter.scan(bytes, one.length + 3, bytes.length), bytes.length);
    assert.equal(meter.scan(one, 0, 3), -1);
    assert.equal(meter.scan(one, 3, one.length), one.length);
  });

  test("gives up at what is no frame, and is between no frames from then on", () => {
    for (const garbage of [Buffer.from("HTTP/1.1 200 OK\r\n\r\n"), Uint8Array.of(0x83, 0), hugeFrame()]) {
      const meter = new FrameMeter();
      const bytes = Buffer.concat([frame(Opcode.TEXT, "x"), garbage]);
      meter.scan(bytes, 0, bytes.length);
      const first = garbage[0] & 0x0f;
      if (first === 0x8) continue;
      assert.equal(meter.isLost, true);
      assert.equal(meter.isBetweenFrames, false);
      meter.scan(frame(Opcode.TEXT, "y"), 0, 3);
      assert.equal(meter.messages, 1);
    }
  });

  test("shows a watcher every frame and its payload, as it is on the wire, with the mask it needs", () => {
    for (const size of [1, 3, 64, stream.length]) {
      const seen: string[] = [];
      let payload = 0;
      let text = "";
      const watcher: FrameWatcher = {
        frameStarted: (opcode, isFinal, _isCompressed, length) => {
          seen.push(`${opcode}${isFinal ? "" : "…"}:${length}`);
          payload = 0;
        },
        payload: (bytes, start, end, maskKey) => {
          payload += end - start;
          if (end - start > 10) return;
          for (let i = start; i < end; i++)
            text += String.fromCharCode(bytes[i] ^ ((maskKey >>> (((i - start) & 3) * 8)) & 0xff));
        },
        frameEnded: () => seen.push(`=${payload}`),
      };
      const meter = new FrameMeter();
      meter.watcher = watcher;
      scanInPieces(meter, stream, size);
      const expected = ["1:3", "=3", "1…:2", "=2", "9:1", "=1", "0:1", "=1"];
      assert.deepEqual(seen.slice(0, 8), expected, `pieces of ${size}`);
      assert.deepEqual(seen.slice(8), ["2:70000", "=70000", "2:300", "=300", "1:0", "=0", "8:5", "=5"]);
      assert.ok(text.startsWith("onetwpo"), text.slice(0, 20));
    }
  });
});

/** A length that no number holds. */
function hugeFrame(): Uint8Array {
  return Uint8Array.of(0x82, 127, 255, 255, 255, 255, 255, 255, 255, 255);
}
