// The sequences of family 6, after the groups of Markus Kuhn's UTF-8 stress test, judged by RFC 3629 §3 and §4.
// For a wrong one, `failsAt` counts its bytes up to the first that no text could hold there; `end` stands for a
// sequence whose every byte is possible, so that only the end of the message shows that it was cut.

export interface Utf8Sequence {
  readonly group: string;
  readonly hex: string;
  readonly failsAt?: number | "end";
}

const ofHex = (group: string, hexes: readonly string[]): Utf8Sequence[] =>
  hexes.map((hex) => ({ group, hex }));
const hexOf = (content: string): string => Buffer.from(content).toString("hex");

export const validSequences: readonly Utf8Sequence[] = [
  ...ofHex(
    "6.2 text",
    ["Hello-µ@ßöäüàá-UTF-8!!", "κόσμε", "日本語テキスト", "🙂🇺🇳👩‍👩‍👧", "e\u0301"].map(hexOf),
  ),
  ...ofHex("6.7 first of its length", ["00", "c280", "e0a080", "f0908080"]),
  ...ofHex("6.9 last of its length", ["7f", "dfbf", "efbfbf", "f48fbfbf"]),
  ...ofHex("6.11 around a boundary", ["ed9fbf", "ee8080", "efbfbd", "f48fbfbf", "ed9f80"]),
  ...ofHex("6.22 noncharacter", ["efb790", "efb7af", "efbfbe", "efbfbf"]),
  // U+nFFFE and U+nFFFF of every supplementary plane.
  ...ofHex(
    "6.22 noncharacter",
    Array.from({ length: 16 }, (_, i) => i + 1).flatMap((plane) =>
      [0xfffe, 0xffff].map((low) => hexOf(String.fromCodePoint(plane * 0x10000 + low))),
    ),
  ),
  ...ofHex("6.23 special", [
    "efbbbf",
    "efbbbf61",
    "61efbbbf",
    "efbfb9",
    "efbfba",
    "efbfbb",
    "efbfbc",
    "e280a8",
    "0d0a00",
  ]),
];

const wrong = (group: string, rows: readonly (readonly [string, number | "end"])[]): Utf8Sequence[] =>
  rows.map(([hex, failsAt]) => ({ group, hex, failsAt }));

/** Every byte of the range alone, and wrong at once. */
const alone = (group: string, from: number, to: number): Utf8Sequence[] =>
  Array.from({ length: to - from + 1 }, (_, i) => ({ group, hex: (from + i).toString(16), failsAt: 1 }));

const surrogateHighs = ["eda080", "edadbf", "edae80", "edafbf", "edb080", "edbe80", "edbfbf"];
const surrogatePairs = [
  "eda080edb080",
  "eda080edbfbf",
  "edadbfedb080",
  "edadbfedbfbf",
  "edae80edb080",
  "edae80edbfbf",
];

export const invalidSequences: readonly Utf8Sequence[] = [
  ...wrong("6.3 text with a surrogate", [["cebae1bdb9cf83cebcceb5eda080656469746564", 13]]),
  ...wrong("6.4 text with a code point beyond U+10FFFF", [
    ["cebae1bdb9cf83cebcceb5f4908080656469746564", 13],
  ]),
  ...wrong("6.8 first of a length that is not used", [
    ["f888808080", 1],
    ["fc8480808080", 1],
  ]),
  ...wrong("6.10 last of a length that is not used", [
    ["f7bfbfbf", 1],
    ["fbbfbfbfbf", 1],
    ["fdbfbfbfbfbf", 1],
  ]),
  ...wrong("6.11 beyond the last code point", [
    ["f4908080", 2],
    ["f48fbfbf80", 5],
    ["f5808080", 1],
  ]),
  ...wrong("6.12 unexpected continuation bytes", [
    ["80bf", 1],
    ["80bf80", 1],
    ["80bf80bf", 1],
    ["61c3a980", 4],
    ["e0a080bf", 4],
  ]),
  ...alone("6.12 unexpected continuation byte", 0x80, 0xbf),
  ...alone("6.13 start byte of nothing", 0xc0, 0xc1),
  ...alone("6.13 start byte of nothing", 0xf5, 0xff),
  ...Array.from({ length: 0xf4 - 0xc2 + 1 }, (_, i) => ({
    group: "6.13 start byte before a space",
    hex: `${(0xc2 + i).toString(16)}20`,
    failsAt: 2,
  })),
  ...wrong("6.14 incomplete character", [
    ["c2", "end"],
    ["df", "end"],
    ["e0", "end"],
    ["e0a0", "end"],
    ["ef", "end"],
    ["efbf", "end"],
    ["f0", "end"],
    ["f090", "end"],
    ["f09080", "end"],
    ["f4", "end"],
    ["f48f", "end"],
    ["f48fbf", "end"],
  ]),
  ...wrong("6.14 incomplete character before a letter", [
    ["dfc0", 2],
    ["e0a061", 3],
    ["efbf61", 3],
    ["f0908061", 4],
    ["f48fbf61", 4],
  ]),
  ...wrong("6.15 incomplete characters in a row", [
    ["c2dfe0a0", 2],
    ["e0a0f0908020", 3],
    ["f09080c2", 4],
  ]),
  ...wrong("6.16 impossible bytes", [
    ["fe", 1],
    ["ff", 1],
    ["fefeffff", 1],
  ]).map((each) => ({ ...each, hex: `61${each.hex}`, failsAt: 2 })),
  ...wrong("6.17 overlong slash", [
    ["c0af", 1],
    ["e080af", 2],
    ["f08080af", 2],
    ["f8808080af", 1],
    ["fc80808080af", 1],
  ]),
  ...wrong("6.18 last overlong form of its length", [
    ["c1bf", 1],
    ["e09fbf", 2],
    ["f08fbfbf", 2],
    ["f887bfbfbf", 1],
    ["fc83bfbfbfbf", 1],
  ]),
  ...wrong("6.19 overlong NUL", [
    ["c080", 1],
    ["e08080", 2],
    ["f0808080", 2],
    ["f880808080", 1],
    ["fc8080808080", 1],
  ]),
  ...surrogateHighs.map((hex) => ({ group: "6.20 single surrogate", hex, failsAt: 2 })),
  ...surrogatePairs.map((hex) => ({ group: "6.21 surrogate pair", hex, failsAt: 2 })),
];
