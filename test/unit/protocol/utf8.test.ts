import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { decodeUtf8, encodeUtf8, isUtf8, Utf8Validator, utf8Length } from "#src/protocol/index.js";
import { lastBoundary } from "#src/protocol/utf8.js";
import { parseBytes } from "../../support/vectors.js";

const strictDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function isUtf8ByPlatform(bytes: Uint8Array): boolean {
  try {
    strictDecoder.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** One of these completes every beginning of a well-formed character. */
const completions = ["", "80", "80 80", "a0 80", "80 80 80", "90 80 80"].map(parseBytes);

/** How many bytes from the start some well-formed text could begin with. */
function viableLengthByPlatform(bytes: Uint8Array): number {
  let length = 0;
  while (length < bytes.length) {
    const prefix = [...bytes.subarray(0, length + 1)];
    if (!completions.some((completion) => isUtf8ByPlatform(Uint8Array.of(...prefix, ...completion)))) break;
    length++;
  }
  return length;
}

/** How many bytes the validator takes before it refuses one. */
function viableLength(bytes: Uint8Array): number {
  const validator = new Utf8Validator();
  for (let i = 0; i < bytes.length; i++) if (!validator.push(bytes, i, i + 1)) return i;
  return bytes.length;
}

function assertLikePlatform(bytes: Uint8Array): void {
  const expected = isUtf8ByPlatform(bytes);
  if (isUtf8(bytes, 0, bytes.length) !== expected) assert.fail(`${bytes} is ${expected ? "" : "not "}UTF-8`);
}

// Boundary cases in the spirit of Markus Kuhn's stress test: the bytes, and the offset of the first impossible one,
// or "cut" when the text only lacks its end.
const malformed: [string, number | "cut"][] = [
  ["80", 0],
  ["bf", 0],
  ["80 bf 80", 0],
  ["61 80", 1],
  ["c2", "cut"],
  ["df", "cut"],
  ["e0 a0", "cut"],
  ["ef bf", "cut"],
  ["f0 90 80", "cut"],
  ["f4 8f bf", "cut"],
  ["c2 20", 1],
  ["df 20", 1],
  ["e1 20", 1],
  ["e1 80 20", 2],
  ["ef bf c0", 2],
  ["f1 20", 1],
  ["f1 80 20", 2],
  ["f1 80 80 20", 3],
  ["f1 80 80 c0", 3],
  ["c2 c2 80", 1],
  ["e2 e2", 1],
  ["c0 af", 0],
  ["c1 bf", 0],
  ["e0 80 af", 1],
  ["e0 9f bf", 1],
  ["f0 80 80 af", 1],
  ["f0 8f bf bf", 1],
  ["ed a0 80", 1],
  ["ed ad bf", 1],
  ["ed ae 80", 1],
  ["ed bf bf", 1],
  ["ed a0 80 ed b0 80", 1],
  ["f4 90 80 80", 1],
  ["f4 bf bf bf", 1],
  ["f5 80 80 80", 0],
  ["f7 bf bf bf", 0],
  ["f8 88 80 80 80", 0],
  ["fb bf bf bf bf", 0],
  ["fc 84 80 80 80 80", 0],
  ["fd bf bf bf bf bf", 0],
  ["fe", 0],
  ["ff", 0],
  ["fe fe ff ff", 0],
  ["61 62 63 e2 82 ac 64 f0 9f 98 80 c3 28", 12],
];

const wellFormed = [
  ["", "00", "7f", "c2 80", "df bf", "e0 a0 80", "e0 bf bf", "e1 80 80", "ec bf bf", "ed 80 80", "ed 9f bf"],
  ["ee 80 80", "ef bf bf", "ef bb bf", "ef bf bd", "ef b7 90", "ef bf be", "f0 90 80 80", "f0 9f bf bf"],
  ["f1 80 80 80", "f3 bf bf bf", "f4 80 80 80", "f4 8f bf bf", "f0 9f bf be f0 9f bf bf", '"κόσμε"'],
].flat();

describe("UTF-8 validator", () => {
  test("agrees with the platform on every sequence of one and of two bytes", () => {
    for (let first = 0; first < 256; first++) {
      assertLikePlatform(Uint8Array.of(first));
      for (let second = 0; second < 256; second++) assertLikePlatform(Uint8Array.of(first, second));
    }
  });

  test("agrees with the platform on every three-byte lead with every second byte", () => {
    for (let lead = 0xe0; lead <= 0xef; lead++) {
      for (let second = 0; second < 256; second++) {
        for (const third of [0x00, 0x7f, 0x80, 0x9f, 0xa0, 0xbf, 0xc0, 0xff]) {
          assertLikePlatform(Uint8Array.of(lead, second, third));
        }
      }
    }
  });

  test("agrees with the platform on every four-byte lead with every second byte", () => {
    for (let lead = 0xf0; lead <= 0xff; lead++) {
      for (let second = 0; second < 256; second++) {
        for (const third of [0x7f, 0x80, 0xbf, 0xc0]) {
          for (const fourth of [0x7f, 0x80, 0xbf, 0xc0])
            assertLikePlatform(Uint8Array.of(lead, second, third, fourth));
        }
      }
    }
  });

  test("takes the first and last character of every form", () => {
    for (const notation of wellFormed) {
      const bytes = parseBytes(notation);
      assert.equal(isUtf8(bytes, 0, bytes.length), true, notation);
      assert.equal(viableLength(bytes), bytes.length, notation);
    }
  });

  test("fails at the first byte that no well-formed text could hold there", () => {
    for (const [notation, position] of malformed) {
      const bytes = parseBytes(notation);
      assert.equal(isUtf8(bytes, 0, bytes.length), false, notation);
      assert.equal(viableLength(bytes), position === "cut" ? bytes.length : position, notation);
      assert.equal(viableLengthByPlatform(bytes), viableLength(bytes), `${notation}, by the platform`);
    }
  });

  test("fails at the same byte as the platform for every pair of bytes", () => {
    for (let first = 0x80; first < 256; first++) {
      for (let second = 0; second < 256; second += second < 0x7f ? 0x7f : 1) {
        const bytes = Uint8Array.of(first, second);
        if (viableLength(bytes) !== viableLengthByPlatform(bytes)) assert.fail(`${bytes}`);
      }
    }
  });

  test("gives the same answer for a stream in two pieces, wherever the cut is", () => {
    for (const notation of [...wellFormed, ...malformed.map(([notation]) => notation)]) {
      const bytes = parseBytes(`"x" ${notation} "y"`);
      const isWellFormed = isUtf8(bytes, 0, bytes.length);
      for (let cut = 0; cut <= bytes.length; cut++) {
        const validator = new Utf8Validator();
        const isTaken = validator.push(bytes, 0, cut) && validator.push(bytes, cut, bytes.length);
        assert.equal(isTaken && validator.isComplete, isWellFormed, `${notation}, cut at ${cut}`);
      }
    }
  });

  test("is complete only between two characters", () => {
    const bytes = parseBytes("61 c3 a9 e2 82 ac f0 9f 98 80");
    const validator = new Utf8Validator();
    const complete = [true];
    for (let i = 0; i < bytes.length; i++) {
      assert.ok(validator.push(bytes, i, i + 1));
      complete.push(validator.isComplete);
    }
    const ends = [0, 1, 3, 6, 10];
    assert.deepEqual(
      complete,
      Array.from({ length: 11 }, (_, i) => ends.includes(i)),
    );
  });

  test("forgets an unfinished character when it is reset", () => {
    for (const lead of ["c3", "e0", "e0 a0", "ed", "f0", "f0 90 80", "f4"]) {
      const validator = new Utf8Validator();
      const bytes = parseBytes(lead);
      validator.push(bytes, 0, bytes.length);
      validator.reset();
      assert.ok(validator.isComplete);
      assert.ok(validator.push(parseBytes("61 e1 80 80 e1 bf bf"), 0, 7), lead);
    }
  });

  test("looks at the given range only", () => {
    assert.ok(isUtf8(parseBytes("ff e2 82 ac ff"), 1, 4));
    assert.ok(!isUtf8(parseBytes("61 e2 82 ac"), 0, 3));
    assert.ok(isUtf8(parseBytes("ff"), 1, 1));
  });
});

describe("last boundary", () => {
  test("is where the unfinished character of well-formed text begins", () => {
    const bytes = parseBytes("61 c3 a9 62 e2 82 ac e0 a0 80 ef bf bf f0 90 80 80 f4 8f bf bf 63");
    const ends = [0, 1, 3, 4, 7, 10, 13, 17, 21, 22];
    for (let start = 0; start < bytes.length; start++) {
      if (!ends.includes(start)) continue;
      for (let end = start; end <= bytes.length; end++) {
        const expected = Math.max(start, ...ends.filter((at) => at <= end));
        assert.equal(lastBoundary(bytes, start, end), expected, `${start} to ${end}`);
      }
    }
  });

  test("leaves every malformed end to be judged on one side of it or the other", () => {
    for (const [notation, position] of malformed) {
      if (position === "cut") continue;
      const bytes = parseBytes(`"abc" ${notation}`);
      const boundary = lastBoundary(bytes, 0, bytes.length);
      const isTaken = isUtf8(bytes, 0, boundary) && new Utf8Validator().push(bytes, boundary, bytes.length);
      assert.equal(isTaken, false, notation);
    }
  });
});

const texts = [
  ["", "a", "é", "€", "😀", "\0", "\u{feff}bom", "\u{ffff}", "\u{10ffff}", "e\u0301", "👩‍👩‍👧‍👦", "नमस्ते"],
  [
    "\ud800",
    "\udc00",
    "a\ud800",
    "\ud800a",
    "\udc00\ud800",
    "\ud800\ud800\udc00",
    "😀\ud83d",
    "\ud83d😀",
    "\udfff€",
  ],
  [
    "x".repeat(4095),
    "x".repeat(4096),
    "x".repeat(4097),
    "é".repeat(5000),
    "€".repeat(8192),
    "😀".repeat(4097),
  ],
].flat();

describe("UTF-8 encoder and decoder", () => {
  test("agree with the platform on every character of Unicode", () => {
    for (let plane = 0; plane <= 0x10; plane++) {
      const points = Array.from({ length: 0x10000 }, (_, i) => plane * 0x10000 + i);
      const characters = points.filter((point) => point < 0xd800 || point > 0xdfff);
      const text = characters.map((point) => String.fromCodePoint(point)).join("");
      const expected = new TextEncoder().encode(text);
      assert.equal(utf8Length(text), expected.length);
      const bytes = new Uint8Array(expected.length);
      encodeUtf8(text, bytes, 0);
      assert.ok(Buffer.compare(bytes, expected) === 0, `plane ${plane}`);
      assert.ok(isUtf8(bytes, 0, bytes.length));
      assert.ok(decodeUtf8(bytes, 0, bytes.length) === text, `plane ${plane}`);
    }
  });

  test("write U+FFFD for lone surrogates, as the platform does", () => {
    for (const text of texts) {
      const expected = new TextEncoder().encode(text);
      assert.equal(utf8Length(text), expected.length);
      const bytes = new Uint8Array(expected.length);
      encodeUtf8(text, bytes, 0);
      assert.deepEqual(bytes, expected);
    }
  });

  test("keep a byte order mark and long runs", () => {
    for (const text of texts) {
      const bytes = new TextEncoder().encode(text);
      assert.equal(decodeUtf8(bytes, 0, bytes.length), strictDecoder.decode(bytes));
    }
  });

  test("work in the middle of a larger block", () => {
    const block = new Uint8Array(12).fill(0xff);
    encodeUtf8("é€😀", block, 2);
    assert.deepEqual(block, parseBytes('ff ff "é€😀" ff'));
    assert.equal(decodeUtf8(block, 2, 11), "é€😀");
    assert.equal(decodeUtf8(block, 4, 7), "€");
    assert.equal(decodeUtf8(block, 4, 4), "");
  });
});
