import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Comparison } from "#src/cli/replay/comparison.js";

const recorded = (...messages: readonly (string | Uint8Array)[]) =>
  messages.map((data, at) => ({ line: at + 1, atMs: 0, data, fault: undefined }));

function compare(
  expected: readonly (string | Uint8Array)[],
  came: readonly (string | Uint8Array)[],
): { isSame: boolean; told: string[] } {
  const told: string[] = [];
  const comparison = new Comparison(recorded(...expected), "talk.jsonl", (text) => told.push(text));
  for (const data of came) comparison.take(data);
  return { isSame: comparison.finish(), told };
}

describe("what came, held against what was recorded", () => {
  test("is the same", () => {
    const messages = ["one", Uint8Array.of(1, 2)];
    assert.deepEqual(compare(messages, messages), {
      isSame: true,
      told: ["2 messages compared: all are as recorded"],
    });
  });

  test("differs in a character, a byte or a kind", () => {
    const { isSame, told } = compare(
      ["hello", Uint8Array.of(1, 2), "3"],
      ["hallo", Uint8Array.of(1, 3), Buffer.from("3")],
    );
    assert.equal(isSame, false);
    assert.deepEqual(told, [
      'message 1 differs from talk.jsonl line 1:\n  recorded text, 5 bytes: "hello"\n  came     text, 5 bytes: "hallo"',
      "message 2 differs from talk.jsonl line 2:\n  recorded binary, 2 bytes: 0102\n  came     binary, 2 bytes: 0103",
      'message 3 differs from talk.jsonl line 3:\n  recorded text, 1 byte: "3"\n  came     binary, 1 byte: 33',
      "3 messages compared: 3 not as recorded",
    ]);
  });

  test("is missing, or more than was recorded", () => {
    assert.deepEqual(compare(["one", "two"], ["one"]).told, [
      'talk.jsonl line 2 did not come:\n  recorded text, 3 bytes: "two"',
      "2 messages compared: 1 not as recorded",
    ]);
    assert.deepEqual(compare([], ["more"]).told, [
      'message 1 came, and was not recorded:\n  came     text, 4 bytes: "more"',
      "1 message compared: 1 not as recorded",
    ]);
  });

  test("is shown around the difference, with its controls escaped, and not without end", () => {
    const long = `${"x".repeat(100)}\u009b${"y".repeat(100)}`;
    const { told } = compare(
      Array(20).fill(long),
      Array(20).fill(`${long.slice(0, 100)}!${long.slice(101)}`),
    );
    assert.match(told[0], /recorded text, 202 bytes: … "x{20}\\x9by{39}" …\n {2}came .*: … "x{20}!y{39}" …$/);
    assert.deepEqual(told.slice(10), [
      "further differences are only counted",
      "20 messages compared: 20 not as recorded",
    ]);
  });
});
