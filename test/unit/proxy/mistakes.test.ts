import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  all,
  allOf,
  at,
  type Mistake,
  mistakesOf,
  noted,
  orFirst,
  outcomeOf,
  wrong,
  wrongValue,
} from "#src/proxy/mistakes.js";
import { codeWords, tell } from "#src/proxy/words.js";

function fail(error: Error): never {
  throw error;
}

function told(mistakes: readonly Mistake[]): string[] {
  return mistakes.map((mistake) => `${mistake.place}: ${tell(mistake.told, codeWords)}`);
}

describe("what is wrong with options", () => {
  test("hides nothing that is wrong with others, in their order", () => {
    const mistakes = mistakesOf(() =>
      all({
        first: () => fail(wrong("first", "is 1")),
        list: () => allOf([1, 2, 3], (item, at) => (item === 2 ? at : fail(wrong(`list[${at}]`, "is odd")))),
        right: () => 4,
        last: () => fail(wrongValue("last", "x", "is a text")),
      }),
    );
    assert.deepEqual(told(mistakes), [
      "first: first is 1",
      "list[0]: list[0] is odd",
      "list[2]: list[2] is odd",
      'last: last "x" is a text',
    ]);
  });

  test("is nothing where all are right, and then there are values", () => {
    const { value, mistakes } = outcomeOf(() =>
      all({ one: () => 1, list: () => allOf(["a", "b"], (item, at) => item + at), none: () => undefined }),
    );
    assert.deepEqual(value, { one: 1, list: ["a0", "b1"], none: undefined });
    assert.deepEqual(mistakes, []);
  });

  test("has the innermost place that is known", () => {
    const error = new TypeError("not so");
    assert.deepEqual(told(mistakesOf(() => at("a", () => fail(wrong("a.b", "is 1"))))), ["a.b: a.b is 1"]);
    const [mistake] = mistakesOf(() => at("a", () => at("b", () => fail(error))));
    assert.deepEqual([mistake.place, mistake.told, mistake.error], ["b", "not so", error]);
  });

  test("is told to callers as its first mistake, or as what was thrown elsewhere", () => {
    const cause = new Error("why");
    assert.throws(
      () => orFirst(() => all({ a: () => fail(wrong("a", "is 1", { cause })), b: () => fail(cause) })),
      {
        name: "StateError",
        code: "INVALID_ARGUMENT",
        message: "a is 1",
        cause,
      },
    );
    const error = new TypeError("not so");
    assert.throws(
      () => orFirst(() => at("a", () => fail(error))),
      (thrown) => thrown === error,
    );
    const [mistake] = mistakesOf(() => at("a", () => fail(error)));
    assert.throws(() => orFirst(() => fail(noted(mistake, "route x: "))), {
      code: "INVALID_ARGUMENT",
      message: "route x: not so",
      cause: error,
    });
  });
});
