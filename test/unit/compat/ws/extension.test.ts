import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { extension } from "#src/compat/index.js";
import { comparing, reference, testRefusals } from "./reference.js";

const parsers = [extension.parse, reference.extension.parse] as const;
const assertSame = comparing(...parsers);

describe("the extension header of ws", () => {
  const read = {
    foo: { foo: [{}] },
    "foo, bar, baz ,\tqux": { foo: [{}], bar: [{}], baz: [{}], qux: [{}] },
    "foo; a; b=1 ;\tc": { foo: [{ a: [true], b: ["1"], c: [true] }] },
    "foo;a=1;a;a=2,foo;a": { foo: [{ a: ["1", true, "2"] }, { a: [true] }] },
    'foo;a="b\\c\\d"': { foo: [{ a: ["bcd"] }] },
    'foo;a="\\b" , bar': { foo: [{ a: ["b"] }], bar: [{}] },
  };
  for (const [header, offers] of Object.entries(read)) {
    test(`is read: ${header}`, () => {
      assert.deepEqual(structuredClone(extension.parse(header)), offers);
      assertSame(header);
    });
  }

  test("makes objects without a prototype, so that every name is a name", () => {
    const offers = extension.parse("__proto__; toString; __proto__=1");
    assert.equal(Object.getPrototypeOf(offers), null);
    assert.deepEqual(Object.keys(offers), ["__proto__"]);
    assert.equal(Object.getPrototypeOf(Reflect.get(offers, "__proto__")[0]), null);
    assertSame("__proto__; toString; __proto__=1");
  });

  const failures = {
    "": "Unexpected end of input",
    " foo": "Unexpected character at index 0",
    "foo ": "Unexpected end of input",
    "foo,": "Unexpected end of input",
    "foo, ": "Unexpected end of input",
    "foo;": "Unexpected end of input",
    "foo;a=": "Unexpected end of input",
    "foo;a=b ": "Unexpected end of input",
    'foo;a="': "Unexpected end of input",
    'foo;a="b': "Unexpected end of input",
    'foo;a="b\\': "Unexpected end of input",
    'foo;a="\\': "Unexpected end of input",
    "foo,,bar": "Unexpected character at index 4",
    "foo;;a": "Unexpected character at index 4",
    "foo bar": "Unexpected character at index 4",
    "foo;a =b": "Unexpected character at index 6",
    "foo;a= b": "Unexpected character at index 6",
    "foo;a=,": "Unexpected character at index 6",
    'foo;a="",': "Unexpected character at index 7",
    'foo;a="b c"': "Unexpected character at index 8",
    'foo;a="b\\,"': "Unexpected character at index 9",
    'foo;a="b"c': "Unexpected character at index 9",
    'foo;a=b"c"': "Unexpected character at index 7",
    "foo;a=b\u00e9": "Unexpected character at index 7",
  };
  testRefusals(failures, ...parsers);

  test("is read or refused as by the reference, whatever it holds", () => {
    const unit = fc.constantFrom(...'ab=;, \t"\\', "é", "\u0000", "__proto__", "Ā");
    fc.assert(fc.property(fc.string({ unit, maxLength: 12 }), assertSame), { numRuns: 4000 });
    fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 30 }), assertSame));
  });

  test("is written as by the reference", () => {
    const value = fc.oneof(fc.constant(true), fc.constant(false), fc.integer(), fc.string());
    const parameters = fc.dictionary(fc.string(), fc.oneof(value, fc.array(value)));
    const extensions = fc.dictionary(fc.string(), fc.oneof(parameters, fc.array(parameters)));
    fc.assert(
      fc.property(extensions, (given) => {
        assert.equal(extension.format(given), reference.extension.format(given));
      }),
    );
    assert.equal(
      extension.format({ a: [{ b: true, c: [1, true] }, {}], d: { e: "f" } }),
      "a; b; c=1; c, a, d; e=f",
    );
  });
});
