import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { type Extension, formatExtensions, isToken, parseExtensions } from "#src/handshake/index.js";
import { countCharacterReads } from "./head-text.js";

describe("Sec-WebSocket-Extensions", () => {
  test("RFC 6455 §9.1: the examples of the section", () => {
    assert.deepEqual(parseExtensions("foo"), [{ name: "foo", parameters: [] }]);
    assert.deepEqual(parseExtensions("bar; baz=2"), [
      { name: "bar", parameters: [{ name: "baz", value: "2" }] },
    ]);
    assert.deepEqual(parseExtensions("foo, bar; baz=2"), [
      { name: "foo", parameters: [] },
      { name: "bar", parameters: [{ name: "baz", value: "2" }] },
    ]);
    assert.deepEqual(parseExtensions("deflate-stream"), [{ name: "deflate-stream", parameters: [] }]);
    assert.deepEqual(parseExtensions("mux; max-channels=4; flow-control, deflate-stream"), [
      {
        name: "mux",
        parameters: [
          { name: "max-channels", value: "4" },
          { name: "flow-control", value: true },
        ],
      },
      { name: "deflate-stream", parameters: [] },
    ]);
    assert.deepEqual(parseExtensions("private-extension"), [{ name: "private-extension", parameters: [] }]);
  });

  test("keeps the order of offers of one extension, and repeated parameters", () => {
    assert.deepEqual(parseExtensions("x; a; a=1, x"), [
      {
        name: "x",
        parameters: [
          { name: "a", value: true },
          { name: "a", value: "1" },
        ],
      },
      { name: "x", parameters: [] },
    ]);
  });

  test("allows blanks around every separator", () => {
    assert.deepEqual(parseExtensions("\t a \t;\tb = c ; d\t, e "), [
      {
        name: "a",
        parameters: [
          { name: "b", value: "c" },
          { name: "d", value: true },
        ],
      },
      { name: "e", parameters: [] },
    ]);
  });

  test("RFC 6455 §9.1: a quoted value is unquoted and unescaped", () => {
    assert.deepEqual(parseExtensions('a; b="c"; d="\\e\\f" , g'), [
      {
        name: "a",
        parameters: [
          { name: "b", value: "c" },
          { name: "d", value: "ef" },
        ],
      },
      { name: "g", parameters: [] },
    ]);
  });

  for (const value of [
    'a; b=""',
    'a; b="c d"',
    'a; b="c,d"',
    'a; b="\\""',
    'a; b="c',
    'a; b="c\\',
    'a; b="c"d',
    'a; b="é"',
    '"a"',
  ]) {
    test(`RFC 6455 §9.1: ${value} does not conform, because a value must be a token after unquoting`, () => {
      assert.equal(parseExtensions(value), undefined);
    });
  }

  for (const value of [
    "",
    " ",
    ",",
    ";",
    "a;",
    "a; ;b",
    "a b",
    "a; b=",
    "a; =b",
    "a=b",
    "a; b=c d",
    "a; b==c",
    "a/b",
    "é",
    "a;;b",
    "a, ;b",
  ]) {
    test(`RFC 6455 §9.1: ${JSON.stringify(value)} does not conform to the grammar`, () => {
      assert.equal(parseExtensions(value), undefined);
    });
  }

  test("RFC 9110 §5.6.1: empty elements do not count", () => {
    assert.deepEqual(
      parseExtensions(" , a,, b ,")?.map(({ name }) => name),
      ["a", "b"],
    );
  });

  test("names of inherited members are names", () => {
    assert.deepEqual(parseExtensions("constructor; __proto__=1; toString, __proto__"), [
      {
        name: "constructor",
        parameters: [
          { name: "__proto__", value: "1" },
          { name: "toString", value: true },
        ],
      },
      { name: "__proto__", parameters: [] },
    ]);
  });

  test("costs work that grows linearly", () => {
    const units = ["a,", "a;b,", ", ", "a \t", 'a;b="c",', "a; b=c; ", ";", '"', "\\", "=", "aaaa"];
    for (const unit of units) {
      for (const prefix of ["", "a; b=", 'a; b="']) {
        const work = (repeats: number) =>
          countCharacterReads(() => parseExtensions(prefix + unit.repeat(repeats)));
        const ratio = work(8000) / work(2000);
        assert.ok(ratio < 4.2, `four times ${JSON.stringify(prefix + unit)} took ${ratio} times the work`);
      }
    }
  });

  test("of any text is tokens or nothing, and never an exception", () => {
    const text = fc.string({
      unit: fc.constantFrom("a", "constructor", ",", ";", "=", '"', "\\", " ", "\t", "é", "\0"),
    });
    fc.assert(
      fc.property(fc.oneof(text, fc.string({ unit: "binary" })), (value) => {
        for (const { name, parameters } of parseExtensions(value) ?? []) {
          assert.ok(isToken(name));
          for (const parameter of parameters) {
            assert.ok(isToken(parameter.name));
            assert.ok(parameter.value === true || isToken(parameter.value));
          }
        }
      }),
      { numRuns: 2000 },
    );
  });

  const token = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,8}$/);
  const parameter = fc.record({ name: token, value: fc.oneof(token, fc.constant(true as const)) });
  const extension = fc.record({ name: token, parameters: fc.array(parameter, { maxLength: 4 }) });

  test("parses back to what was formatted", () => {
    fc.assert(
      fc.property(fc.array(extension, { minLength: 1, maxLength: 4 }), (extensions: Extension[]) => {
        const plain = extensions.map((item) => ({
          name: item.name,
          parameters: item.parameters.map((p) => ({ ...p })),
        }));
        assert.deepEqual(parseExtensions(formatExtensions(extensions)), plain);
      }),
    );
  });

  test("is not formatted from what is no token", () => {
    const invalid = { name: "StateError", code: "INVALID_ARGUMENT" };
    assert.throws(() => formatExtensions([{ name: "a b", parameters: [] }]), invalid);
    assert.throws(() => formatExtensions([{ name: "a", parameters: [{ name: "", value: true }] }]), invalid);
    assert.throws(
      () => formatExtensions([{ name: "a", parameters: [{ name: "b", value: "c\r\nd" }] }]),
      invalid,
    );
    assert.equal(formatExtensions([]), "");
  });
});
