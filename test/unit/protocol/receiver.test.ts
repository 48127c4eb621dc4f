import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { defaultLimits, type Limits, pureEngine } from "#src/protocol/index.js";
import { Receiver, type ReceiverSink } from "#src/protocol/receiver.js";
import { parseBytes } from "../../support/vectors.js";

type Event = ["message", string | Uint8Array] | ["control", number, Uint8Array] | ["failed", string];

class ListeningSink implements ReceiverSink {
  readonly events: Event[] = [];
  text = "";
  onEvent = (): void => {};

  message(data: string | Uint8Array): void {
    this.#add(["message", data]);
  }

  control(opcode: number, payload: Uint8Array): void {
    this.#add(["control", opcode, payload]);
  }

  failed(error: Error & { code: string }): void {
    this.text = error.message;
    this.#add(["failed", error.code]);
  }

  #add(event: Event): void {
    this.events.push(event);
    this.onEvent();
  }
}

function open(
  isMaskExpected = false,
  limits: Partial<Limits> = {},
): { sink: ListeningSink; receiver: Receiver } {
  const sink = new ListeningSink();
  const options = {
    isMaskExpected,
    engine: pureEngine,
    limits: { ...defaultLimits, ...limits },
    codec: undefined,
  };
  return { sink, receiver: new Receiver(sink, options) };
}

function feed(receiver: Receiver, notation: string): number {
  const bytes = parseBytes(notation);
  return receiver.receive(bytes, 0, bytes.length);
}

describe("receiver", () => {
  test("reads frames that lie whole in one read", () => {
    const { sink, receiver } = open();
    assert.equal(feed(receiver, '81 02 "Hi" 82 01 ff 89 00'), 9);
    assert.deepEqual(sink.events, [
      ["message", "Hi"],
      ["message", Uint8Array.of(255)],
      ["control", 9, new Uint8Array(0)],
    ]);
  });

  test("reads only the given range", () => {
    const { sink, receiver } = open();
    const bytes = parseBytes('ff ff 81 02 "Hi" ff ff');
    assert.equal(receiver.receive(bytes, 2, 6), 6);
    assert.deepEqual(sink.events, [["message", "Hi"]]);
    assert.equal(receiver.receive(bytes, 4, 4), 4);
    assert.ok(receiver.isBetweenFrames);
  });

  test("keeps a torn header of every length and goes on with the next bytes", () => {
    const bytes = parseBytes("82 ff 00 00 00 00 00 01 00 00 37 fa 21 3d repeat(00, 65536)");
    for (let cut = 1; cut < 14; cut++) {
      const { sink, receiver } = open(true);
      const copy = bytes.slice();
      assert.equal(receiver.receive(copy, 0, cut), cut);
      copy.fill(0xff, 0, cut);
      assert.equal(receiver.isBetweenFrames, false);
      assert.equal(receiver.receive(copy, cut, copy.length), copy.length);
      assert.deepEqual(sink.events, [["message", parseBytes("repeat(37 fa 21 3d, 16384)")]]);
    }
  });

  test("finds the payload behind a torn header that was shorter than the bytes it copied", () => {
    const { sink, receiver } = open();
    feed(receiver, "81");
    feed(receiver, '02 "Hi" 81 03 "you" 81 00 82 01 07');
    assert.deepEqual(sink.events, [
      ["message", "Hi"],
      ["message", "you"],
      ["message", ""],
      ["message", Uint8Array.of(7)],
    ]);
  });

  test("knows whether the next byte begins a frame and whether a message is unfinished", () => {
    const { receiver } = open();
    const states = ["", "01", '03 "a"', '"bc"', "89 01", "00", '80 01 "d"'].map((notation) => {
      feed(receiver, notation);
      return [receiver.isBetweenFrames, receiver.isInMessage];
    });
    assert.deepEqual(states, [
      [true, false],
      [false, false],
      [false, true],
      [true, true],
      [false, true],
      [true, true],
      [true, false],
    ]);
  });

  test("values are the listener's to keep", () => {
    for (const isCut of [false, true]) {
      const { sink, receiver } = open();
      const bytes = parseBytes('82 03 01 02 03 89 02 04 05 02 01 06 80 01 07 88 03 03 e8 "x"');
      const edges = isCut ? Array.from(bytes.keys()) : [0];
      for (const [i, start] of edges.entries()) receiver.receive(bytes, start, edges[i + 1] ?? bytes.length);
      bytes.fill(0);
      assert.deepEqual(sink.events, [
        ["message", parseBytes("01 02 03")],
        ["control", 9, parseBytes("04 05")],
        ["message", parseBytes("06 07")],
        ["control", 8, parseBytes('03 e8 "x"')],
      ]);
    }
  });

  test("values do not share the memory of the read they came in", () => {
    const { sink, receiver } = open();
    feed(receiver, "82 03 01 02 03 repeat(8a 00, 1000)");
    const [[, data]] = sink.events as [["message", Uint8Array]];
    assert.equal(data.buffer.byteLength, 3);
  });
});

describe("receiver that is held", () => {
  test("stops behind the event and answers where", () => {
    const { sink, receiver } = open();
    sink.onEvent = () => {
      receiver.isHeld = true;
    };
    const bytes = parseBytes('81 01 "a" 89 00 81 01 "b"');
    assert.equal(receiver.receive(bytes, 0, 8), 3);
    assert.equal(receiver.receive(bytes, 3, 8), 3, "still held");
    receiver.isHeld = false;
    assert.equal(receiver.receive(bytes, 3, 8), 5);
    receiver.isHeld = false;
    assert.equal(receiver.receive(bytes, 5, 8), 8);
    assert.equal(sink.events.length, 3);
  });

  test("reads nothing while it was held before", () => {
    const { sink, receiver } = open();
    receiver.isHeld = true;
    assert.equal(feed(receiver, "81 00"), 0);
    assert.equal(sink.events.length, 0);
  });

  test("goes on inside a frame whose beginning it has read", () => {
    const { sink, receiver } = open();
    feed(receiver, '81 04 "ab"');
    receiver.isHeld = true;
    assert.equal(feed(receiver, '"cd"'), 0);
    receiver.isHeld = false;
    assert.equal(feed(receiver, '"cd"'), 2);
    assert.deepEqual(sink.events, [["message", "abcd"]]);
  });

  test("reads everything once it discards, held or not", () => {
    const { receiver } = open();
    receiver.isHeld = true;
    receiver.discard();
    assert.equal(feed(receiver, "81 00 81 00"), 4);
  });
});

describe("receiver that discards", () => {
  test("reports nothing more, even in the middle of a frame", () => {
    for (const beginning of ["", "81", '81 05 "He"', '01 02 "He"', '01 02 "He" 89 03 "a"']) {
      const { sink, receiver } = open();
      feed(receiver, beginning);
      receiver.discard();
      assert.equal(feed(receiver, '"llo" 81 00 80 00 88 00'), 9);
      assert.deepEqual(sink.events, []);
    }
  });

  test("may begin to discard inside an event", () => {
    const { sink, receiver } = open();
    sink.onEvent = () => receiver.discard();
    assert.equal(feed(receiver, '01 01 "a" 80 01 "b" 81 00 88 00'), 10);
    assert.deepEqual(sink.events, [["message", "ab"]]);
  });

  test("reports one failure only", () => {
    const { sink, receiver } = open();
    assert.equal(feed(receiver, "83 00 84 00"), 4);
    assert.equal(feed(receiver, "85 00"), 2);
    assert.deepEqual(sink.events, [["failed", "UNKNOWN_OPCODE"]]);
  });
});

describe("receiver that fails", () => {
  test("says what came, in numbers", () => {
    const texts: [string, RegExp][] = [
      ['ff ff 81 03 "ab" ff', /^text message of 3 bytes is not UTF-8$/],
      ['ff ff 01 05 "abcde" 80 02 "f" ff', /^text message is not UTF-8 \(after 5 valid bytes or more\)$/],
      ["ff ff 82 7e 00 7d", /^payload length 125 is not encoded in the fewest bytes$/],
      ["ff ff 82 7f 00 20 00 00 00 00 00 00", /^payload length is beyond 2\^53 - 1 bytes$/],
      [
        "ff ff 82 7f 00 00 00 00 00 10 00 01",
        /^message of 1048577 bytes .* 1048576 bytes \(maxMessageBytes\)$/,
      ],
    ];
    for (const [notation, text] of texts) {
      const { sink, receiver } = open();
      const bytes = parseBytes(notation);
      receiver.receive(bytes, 2, bytes.length);
      assert.match(sink.text, text);
    }
  });
});

describe("receiver beside other receivers", () => {
  test("may be fed while another one reports an event", () => {
    const inner = open();
    const outer = open(true);
    outer.sink.onEvent = () => feed(inner.receiver, '82 7e 01 00 repeat(07, 256) 01 01 "a"');
    feed(outer.receiver, '81 81 00 00 00 00 "x" 89 80 00 00 00 00 01 81 00 00 00 00 "y"');
    feed(outer.receiver, "80 80 00 00 00 00");
    assert.deepEqual(
      outer.sink.events.map(([type, data]) => [type, data]),
      [
        ["message", "x"],
        ["control", 9],
        ["message", "y"],
      ],
    );
    assert.deepEqual(inner.sink.events.slice(0, 1), [["message", new Uint8Array(256).fill(7)]]);
  });
});

describe("receiver and memory", () => {
  function arrayBufferBytes(): number {
    return process.memoryUsage().arrayBuffers;
  }

  test("refuses lengths of 2^31, 2^32, 2^53, 2^63 and 2^64 - 1 with 1009 and without allocating", () => {
    const lengths: [string, string][] = [
      ["00 00 00 00 80 00 00 00", "MESSAGE_TOO_LARGE"],
      ["00 00 00 01 00 00 00 00", "MESSAGE_TOO_LARGE"],
      ["00 20 00 00 00 00 00 00", "LENGTH_TOO_LARGE"],
      ["80 00 00 00 00 00 00 00", "LENGTH_TOO_LARGE"],
      ["ff ff ff ff ff ff ff ff", "LENGTH_TOO_LARGE"],
    ];
    for (const [length, code] of lengths) {
      const { sink, receiver } = open();
      const bytes = parseBytes(`82 7f ${length} repeat(00, 100)`);
      const before = arrayBufferBytes();
      receiver.receive(bytes, 0, bytes.length);
      assert.ok(arrayBufferBytes() - before < 16_384, `length ${length}`);
      assert.deepEqual(sink.events, [["failed", code]]);
    }
  });

  test("allocates by what arrives when no limit refuses the announced length", () => {
    const { sink, receiver } = open(false, { maxMessageBytes: Infinity });
    const header = parseBytes("82 7f 00 0f ff ff ff ff ff ff");
    const payload = new Uint8Array(1000);
    const before = arrayBufferBytes();
    receiver.receive(header, 0, header.length);
    receiver.receive(payload, 0, payload.length);
    assert.ok(arrayBufferBytes() - before < 16_384);
    assert.deepEqual(sink.events, []);
  });

  test("allocates nothing for a message whose header promises more than the limit", () => {
    const { sink, receiver } = open(false, { maxMessageBytes: 10_000_000 });
    const bytes = parseBytes("01 7e ff ff");
    const before = arrayBufferBytes();
    receiver.receive(bytes, 0, bytes.length);
    assert.ok(arrayBufferBytes() - before < 16_384);
    assert.deepEqual(sink.events, []);
  });
});
