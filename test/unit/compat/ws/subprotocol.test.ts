import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { subprotocol } from "#src/compat/index.js";
import { comparing, reference, testRefusals } from "./reference.js";

const parsers = [subprotocol.parse, reference.subprotocol.parse] as const;
const assertSame = comparing(...parsers);

describe("the subprotocol header of ws", () => {
  const read: Record<string, string[]> = {
    foo: ["foo"],
    "foo,bar": ["foo", "bar"],
    "b ,\ta  ,  c": ["b", "a", "c"],
  };
  for (const [header, names] of Object.entries(read)) {
    test(`is read: ${header}`, () => {
      assert.deepEqual([...subprotocol.parse(header)], names);
      assertSame(header);
    });
  }

  const failures = {
    "": "Unexpected end of input",
    " foo": "Unexpected character at index 0",
    "foo ": "Unexpected end of input",
    "foo,": "Unexpected end of input",
    "foo, ": "Unexpected end of input",
    ",foo": "Unexpected character at index 0",
    "foo,,bar": "Unexpected character at index 4",
    "foo bar": "Unexpected character at index 4",
    "foo;bar": "Unexpected character at index 3",
    "foo,foo": 'The "foo" subprotocol is duplicated',
    "foo,foo,": 'The "foo" subprotocol is duplicated',
    "foo,foo ": "Unexpected end of input",
    "foo,foo bar": "Unexpected character at index 8",
  };
  testRefusals(failures, ...parsers);

  test("is read or refused as by the reference, whatever it holds", () => {
    const unit = fc.constantFrom("a", "b", ",", " ", "\t", ";", "é", "\u0000");
    fc.assert(fc.property(fc.string({ unit, maxLength: 10 }), assertSame), { numRuns: 3000 });
    fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 30 }), assertSame));
  });
});
