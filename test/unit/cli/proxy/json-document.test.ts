import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type JsonNode, parseJson } from "#src/cli/proxy/config/json-document.js";
import { mistakeLines } from "#src/cli/proxy/config/mistakes.js";

/** What JSON.parse makes of the same. */
function plainValue(node: JsonNode | undefined): unknown {
  if (node?.kind === "object")
    return Object.fromEntries(node.members.map(({ name, node: value }) => [name, plainValue(value)]));
  if (node?.kind === "array") return node.items.map(plainValue);
  return node && "value" in node ? node.value : null;
}

function linesOf(text: string): string[] {
  return mistakeLines("f", parseJson(text).mistakes);
}

describe("a JSON text with places", () => {
  for (const text of [
    '{"a":[1,-2.5e3,true,false,null,"x"],"b":{"c":{}},"d":[]}',
    ' \r\n\t"\\u00e9\\n\\"\\\\\\/ \u2028" ',
    "0",
    "[[[]]]",
    '{"__proto__":{"x":1},"constructor":1}',
  ]) {
    test(`is read as JSON.parse reads it: ${text}`, () => {
      const { root, mistakes } = parseJson(text);
      assert.deepEqual(mistakes, []);
      assert.deepEqual(plainValue(root), JSON.parse(text));
    });
  }

  test("may begin with a byte order mark", () => {
    assert.deepEqual(parseJson("\ufeff{}").mistakes, []);
  });

  test("knows the line and the column of every value", () => {
    const { root } = parseJson('{\n  "a": [1,\n    22 ]\r\n}');
    assert.ok(root?.kind === "object");
    const [{ place, node }] = root.members;
    assert.deepEqual(place, { line: 2, column: 3 });
    assert.deepEqual(node.place, { line: 2, column: 8 });
    assert.ok(node.kind === "array");
    assert.deepEqual(node.items[1].place, { line: 3, column: 5 });
  });

  for (const [text, ...lines] of [
    ["", 'f:1:1: the file is empty; it holds an object such as { "listen": 8080 }'],
    ["{} // x\n", "f:1:4: JSON has no comments; take this one out"],
    [
      "{ /* x\n */ } # y",
      "f:1:3: JSON has no comments; take this one out",
      "f:2:7: JSON has no comments; take this one out",
    ],
    ['{"a": 1,}', "f:1:8: a comma before } is none of JSON; take it out"],
    ["[1,,2]", "f:1:4: there is a comma too many; take it out"],
    ["['a']", 'f:1:2: JSON has double quotes only; write "a"'],
    ["{a: 1}", 'f:1:2: the name a has no quotes; write "a"'],
    ['{"a" = 1}', 'f:1:6: = stands behind "a"; write a colon'],
    ['{"a" 1}', 'f:1:6: a colon is missing behind "a"; write "a": value'],
    ['{"a": 1 "b": 2}', "f:1:8: a comma is missing here; write one"],
    ['{"a": 1, "a": 2}', 'f:1:10: "a" stands in line 1 already; leave one of them out'],
    ['{"a": }', 'f:1:7: a value is missing before "}"; write one, such as 8080 or "text"'],
    ['{"a":', 'f:1:6: a value is missing before the end of the file; write one, such as 8080 or "text"'],
    ['{\n"a": [1', "f:2:6: the [ here is never closed; write ] where it ends"],
    ['{"a": [1}', 'f:1:9: "}" stands where , or ] is due; the [ of line 1 is still open'],
    [
      "[True, None]",
      "f:1:2: True is no value of JSON; write true",
      'f:1:8: None is no value of JSON; write "None"',
    ],
    [
      "[010, 0x10, +1, .5, 1_000]",
      "f:1:2: 010 is no number as JSON has them; write 10",
      "f:1:7: 0x10 is no number as JSON has them; write 16",
      "f:1:13: +1 is no number as JSON has them; write 1",
      "f:1:17: .5 is no number as JSON has them; write 0.5",
      "f:1:21: 1_000 is no number as JSON has them; write 1000",
    ],
    ['["a\n]', 'f:1:2: this text has no end; close it with " in the line that it begins in'],
    ['["\\x"]', "f:1:3: \\x is no escape of JSON; write \\\\ for a backslash"],
    ['["a\tb"]', "f:1:4: a text holds no tabs and the like as they are; write \\t"],
    [
      "{} {}",
      "f:1:4: there is more behind the end of the value; take it out, or a bracket above is too much",
    ],
    ["[".repeat(70), "f:1:65: there are more than 64 brackets in brackets; no config needs so many"],
  ] as const) {
    test(`says what is wrong with ${JSON.stringify(text.slice(0, 30))}`, () => {
      assert.deepEqual(linesOf(text), lines);
    });
  }

  test("shows no control character of the file", () => {
    for (const line of linesOf('[\u001b[2J, "\u001b", x\u009b]')) assert.doesNotMatch(line, /\p{Cc}/u);
  });

  test("is read to its end or given up, whatever it holds", () => {
    const marks = ["{", "}", "[", "]", ",", ":", '"', "'", "a", "1", " ", "\n", "\\", "/", "#", "\u0000"];
    let seed = 1;
    const random = (below: number): number => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % below;
    };
    for (let round = 0; round < 3000; round++) {
      const text = Array.from({ length: random(20) }, () => marks[random(marks.length)]).join("");
      const { root, mistakes } = parseJson(text);
      let expected: unknown;
      try {
        expected = JSON.parse(text);
      } catch {
        assert.ok(mistakes.length > 0, JSON.stringify(text));
        continue;
      }
      // JSON.parse takes the last of two alike.
      if (mistakes.every((each) => each.text.includes("already")))
        assert.deepEqual(mistakes.length > 0 ? expected : plainValue(root), expected, text);
      else assert.fail(`${JSON.stringify(text)}: ${mistakeLines("f", mistakes)}`);
    }
  });
});
