import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { StateError } from "#src/protocol/index.js";
import { readUpgradeAnswer } from "#src/server/upgrade-answer.js";

class Custom {
  readonly context = "mine";
}

describe("an answer of the upgrade hook", () => {
  test("lets in as nothing, true, or an object with the known keys only", () => {
    for (const answer of [undefined, true, {}, Object.create(null)])
      assert.deepEqual({ ...readUpgradeAnswer(answer) }, answer ? emptyAcceptance(answer) : {});
    const acceptance = { protocol: "a", headers: [["X", "y"]], context: null };
    assert.deepEqual(readUpgradeAnswer(acceptance), acceptance);
  });

  test("refuses as false, or with a final status, whatever stands beside it", () => {
    assert.equal(readUpgradeAnswer(false), false);
    for (const status of [200, 403, 599])
      assert.deepEqual(readUpgradeAnswer({ status, why: "x" }), {
        status,
        headers: undefined,
        body: undefined,
      });
    const body = Uint8Array.of(1);
    assert.deepEqual(readUpgradeAnswer({ status: 401, headers: {}, body }), {
      status: 401,
      headers: {},
      body,
    });
  });

  for (const [name, answer, said] of [
    [
      "statusCode in place of status",
      { statusCode: 401 },
      /unknown key "statusCode"; did you mean `status`\?/,
    ],
    ["code in place of status", { code: 401 }, /unknown key "code"; did you mean `status`\?/],
    ["an unknown key", { ok: false }, /unknown key "ok"; it may/],
    ["an unknown key beside a known one", { context: 1, allow: false }, /unknown key "allow"; it may/],
    ["an unknown symbol", { [Symbol("no")]: 1 }, /unknown key "Symbol\(no\)"/],
    ["null", null, /answered null;/],
    ["an empty string", "", /answered "";/],
    ["a string", "deny", /answered "deny";/],
    ["0", 0, /answered 0;/],
    ["NaN", Number.NaN, /answered NaN;/],
    ["a bigint", 0n, /answered 0;/],
    ["a symbol", Symbol("no"), /answered a symbol;/],
    ["a function", () => true, /answered a function;/],
    ["an array", [], /answered an array;/],
    ["an Error", new Error("no"), /answered an Error \(to fail, throw it\);/],
    ["an object of a class", new Custom(), /answered an object of an unexpected kind;/],
    ["a Map", new Map(), /answered an object of an unexpected kind;/],
    ["a protocol that is no string", { protocol: 7 }, /a protocol that is 7, not a string/],
    ["headers that are a string", { headers: "a: b" }, /headers that are "a: b", neither pairs nor a record/],
    ["headers that are null", { headers: null }, /headers that are null/],
    ["a status that is not final", { status: 101 }, /a status of 101, which is none from 200 to 599/],
    ["a status that is no number", { status: "401" }, /a status of "401"/],
    ["a status that is undefined", { status: undefined, context: 1 }, /a status of undefined/],
    ["a status that is no integer", { status: 403.5 }, /a status of 403.5/],
    ["a body that is an object", { status: 403, body: {} }, /a body that is an object, neither/],
  ] as const) {
    test(`is a fault as ${name}`, () => {
      assert.throws(
        () => readUpgradeAnswer(answer),
        (error) => {
          assert.ok(error instanceof StateError);
          assert.match(error.message, said);
          assert.match(error.message, /it may answer nothing or true, or \{ protocol, headers, context \}/);
          return true;
        },
      );
    });
  }

  test("that is an Error is the cause of the fault", () => {
    const cause = new Error("no");
    assert.throws(
      () => readUpgradeAnswer(cause),
      (error) => (error as Error).cause === cause,
    );
  });
});

function emptyAcceptance(answer: unknown): object {
  return answer === true ? {} : { protocol: undefined, headers: undefined, context: undefined };
}
