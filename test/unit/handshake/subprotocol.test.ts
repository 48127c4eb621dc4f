import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { checkSubprotocols, parseSubprotocols, selectSubprotocol } from "#src/handshake/index.js";

describe("the offered subprotocols", () => {
  test("keep the client's order and lose the blanks around them", () => {
    assert.deepEqual(parseSubprotocols("chat"), ["chat"]);
    assert.deepEqual(parseSubprotocols(" chat ,\tsuperchat,v1.x"), ["chat", "superchat", "v1.x"]);
  });

  test("RFC 9110 §5.6.1: empty elements do not count", () => {
    assert.deepEqual(parseSubprotocols(",a,, ,b,"), ["a", "b"]);
  });

  test("differ by case and may have the names of inherited members", () => {
    assert.deepEqual(parseSubprotocols("Chat, chat, constructor, __proto__"), [
      "Chat",
      "chat",
      "constructor",
      "__proto__",
    ]);
  });

  for (const value of ["", " ", ",", "a b", "a, b c", "a;b", '"a"', "a/b", "é", "a, b, a"]) {
    test(`RFC 6455 §4.1: ${JSON.stringify(value)} is not a list of unique tokens`, () => {
      assert.equal(parseSubprotocols(value), undefined);
    });
  }

  test("RFC 6455 §4.1: a client cannot send names that are no tokens or not unique", () => {
    checkSubprotocols([]);
    checkSubprotocols(["a", "A", "constructor"]);
    for (const names of [[""], ["a b"], ["a,b"], ["a", "a"], ["é"], [undefined as unknown as string]]) {
      assert.throws(() => checkSubprotocols(names), { name: "StateError", code: "INVALID_ARGUMENT" });
    }
  });

  test("from any text are unique tokens or nothing", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom("a", "b", ",", " ", ";", "\t") })),
        (value) => {
          const names = parseSubprotocols(value);
          if (names !== undefined) checkSubprotocols(names);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe("the chosen subprotocol", () => {
  test("is the first that the server supports and the client offered", () => {
    assert.equal(selectSubprotocol(["a", "b", "c"], ["c", "b"]), "c");
    assert.equal(selectSubprotocol(["a"], ["b", "a"]), "a");
  });

  test("is none when they share none", () => {
    assert.equal(selectSubprotocol(["a"], ["A", "b"]), "");
    assert.equal(selectSubprotocol([], ["a"]), "");
    assert.equal(selectSubprotocol(["a"], []), "");
  });
});
