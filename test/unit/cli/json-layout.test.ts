import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compactJson, isJson, prettyJson } from "#src/cli/connect/json-layout.js";

describe("JSON layout", () => {
  test("lays out objects and lists over lines, and leaves empty ones in one", () => {
    assert.equal(
      prettyJson('{"a":[1,-2.5e+3],"b":{},"c":[], "d":null}'),
      '{\n  "a": [\n    1,\n    -2.5e+3\n  ],\n  "b": {},\n  "c": [],\n  "d": null\n}',
    );
  });

  test("keeps numbers that JavaScript cannot hold, and names that come twice", () => {
    const text = '{"n": 12345678901234567890, "n": 1.0}';
    assert.equal(compactJson(text), '{"n":12345678901234567890,"n":1.0}');
    assert.match(prettyJson(text), /12345678901234567890,\n {2}"n": 1\.0/);
  });

  test("leaves what stands in strings as it is", () => {
    const text = String.raw`"a { [ , : \" \\ \u0041 ] }  b"`;
    assert.equal(compactJson(text), text);
    assert.equal(prettyJson(text), text);
  });

  for (const value of [0, "", null, true, [], {}, [[]], { a: { b: [1, { c: "," }] } }, "😀"]) {
    test(`means the same before and after: ${JSON.stringify(value)}`, () => {
      const text = JSON.stringify(value);
      assert.equal(prettyJson(text), JSON.stringify(value, null, 2));
      assert.equal(compactJson(JSON.stringify(value, null, 4)), text);
    });
  }

  test("tells JSON from what is none", () => {
    assert.deepEqual(["{}", "1", " [] ", "{a:1}", "", "undefined", "'x'"].map(isJson), [
      ...[true, true, true],
      ...[false, false, false, false],
    ]);
  });
});
