import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import { HeaderMap, headerListOf } from "#src/handshake/index.js";

const invalid = { name: "StateError", code: "INVALID_ARGUMENT" };

describe("a header map", () => {
  const map = new HeaderMap([
    ["Set-Cookie", "a=1, b"],
    ["HOST", "example.com"],
    ["set-cookie", "c=2"],
    ["__proto__", "x"],
  ]);

  test("finds a header in any case", () => {
    assert.equal(map.get("host"), "example.com");
    assert.equal(map.get("Host"), "example.com");
    assert.equal(map.has("hOST"), true);
    assert.equal(map.has("hos"), false);
  });

  test("joins repeated lines, and gives them one by one", () => {
    assert.equal(map.get("set-cookie"), "a=1, b, c=2");
    assert.deepEqual(map.getAll("Set-Cookie"), ["a=1, b", "c=2"]);
    assert.equal(map.count("SET-COOKIE"), 2);
    assert.equal(map.size, 4);
  });

  test("answers nothing for what is absent", () => {
    assert.equal(map.get("constructor"), undefined);
    assert.deepEqual(map.getAll("constructor"), []);
    assert.equal(map.count("constructor"), 0);
    assert.equal(new HeaderMap().size, 0);
  });

  test("shows its lines in the console, long ones cut, and no credentials", () => {
    const shown = inspect(
      new HeaderMap([
        ["Upgrade", "websocket"],
        ["AUTHORIZATION", "Bearer 1234"],
        ["Set-Cookie", "id=1"],
        ["X-Long", "x".repeat(101)],
      ]),
    );
    assert.match(shown, /^HeaderMap\(4\) \[\s+'Upgrade: websocket',\s+'AUTHORIZATION: \(not shown\)',/);
    assert.match(shown, /'Set-Cookie: \(not shown\)',\s+'X-Long: x{100}…'\s+\]$/);
    assert.match(inspect({ a: { headers: new HeaderMap() } }), /headers: HeaderMap\(0\) \[\]/);
  });

  test("cannot be changed through what it answers", () => {
    (map.getAll("host") as string[]).push("other");
    assert.deepEqual(map.getAll("host"), ["example.com"]);
  });

  test("iterates over the lines as they came, and fills a Headers object", () => {
    assert.deepEqual(
      [...map].map(([name]) => name),
      ["Set-Cookie", "HOST", "set-cookie", "__proto__"],
    );
    assert.deepEqual(new Headers([...map].map(([name, value]) => [name, value])).getSetCookie(), [
      "a=1, b",
      "c=2",
    ]);
  });

  test("is made from names and values in turn", () => {
    assert.deepEqual(
      [...HeaderMap.fromFlat(["A", "1", "b", "2"])],
      [
        ["A", "1"],
        ["b", "2"],
      ],
    );
    assert.deepEqual([...HeaderMap.fromFlat(["A", "1", "odd"])], [["A", "1"]]);
  });

  test("finds a header among 2 000", () => {
    const flat = Array.from({ length: 2000 }, (_, i) => [`X-${i}`, `${i}`]).flat();
    assert.equal(HeaderMap.fromFlat(flat).get("x-1999"), "1999");
  });
});

describe("an application's headers", () => {
  test("are pairs, a record, a Headers object or a header map", () => {
    const expected = [
      ["a", "1"],
      ["b", "2"],
    ];
    assert.deepEqual(headerListOf(expected as [string, string][]), expected);
    assert.deepEqual(headerListOf({ a: "1", b: 2 }), expected);
    assert.deepEqual(headerListOf(new Headers({ b: "2", a: "1" })), expected);
    assert.deepEqual(
      headerListOf(
        new HeaderMap([
          ["a", "1"],
          ["b", "2"],
        ]),
      ),
      expected,
    );
    assert.deepEqual(headerListOf(undefined), []);
  });

  test("of a record become one line per element of an array and none for undefined", () => {
    assert.deepEqual(headerListOf({ "Set-Cookie": ["a=1", "b=2"], x: undefined }), [
      ["Set-Cookie", "a=1"],
      ["Set-Cookie", "b=2"],
    ]);
  });

  test("throw when one of them cannot be sent", () => {
    assert.throws(() => headerListOf({ "a b": "1" }), invalid);
    assert.throws(() => headerListOf({ a: "1\r\nb: 2" }), invalid);
    assert.throws(() => headerListOf({ a: ["ok", "n\no"] }), invalid);
    assert.throws(() => headerListOf([["a", null as unknown as string]]), invalid);
    assert.throws(() => headerListOf({ a: { b: 1 } } as unknown as Record<string, string>), invalid);
    for (const line of [["a"], [], ["a", "b", "c"]])
      assert.throws(() => headerListOf([line as unknown as [string, string]]), {
        ...invalid,
        message: `a header is a pair of name and value, not an array of ${line.length}`,
      });
    assert.throws(() => headerListOf("a: b" as unknown as Record<string, string>), invalid);
  });
});
