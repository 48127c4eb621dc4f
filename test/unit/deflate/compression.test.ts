import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type DeflateOptions, type RawDeflateEngine, resolveCompression } from "#src/deflate/index.js";
import { zlibEngine } from "#src/host/index.js";

describe("the compression option", () => {
  test("is off when it is false or absent, without asking for an engine", () => {
    const ask = (): RawDeflateEngine | undefined => assert.fail("nobody needs an engine");
    assert.equal(resolveCompression("compression", false, ask), undefined);
    assert.equal(resolveCompression("compression", undefined, ask), undefined);
  });

  test("is the defaults when it is true, and otherwise what is given", () => {
    const engine = zlibEngine();
    assert.deepEqual(resolveCompression("compression", true, zlibEngine), { options: {}, engine });
    const options = { level: 9 };
    assert.deepEqual(resolveCompression("compression", options, zlibEngine), { options, engine });
  });

  test("is off where the host has no engine", () => {
    assert.equal(
      resolveCompression("compression", true, () => undefined),
      undefined,
    );
  });

  test("is true, false or options, and nothing else", () => {
    for (const [given, shown] of [
      [5, "5"],
      ["yes", '"yes"'],
      [null, "null"],
      [0, "0"],
    ]) {
      assert.throws(() => resolveCompression("compression", given as never, zlibEngine), {
        name: "StateError",
        code: "INVALID_ARGUMENT",
        message: `compression is ${shown}; it takes true, false or options`,
      });
    }
  });

  test("out of range throws with its name, engine or not", () => {
    assert.throws(() => resolveCompression("compression", { level: 10 }, () => undefined), {
      name: "StateError",
      code: "INVALID_ARGUMENT",
      message: "compression.level is 10; it takes an integer from 0 to 9",
    });
    assert.throws(
      () =>
        resolveCompression("a.b", { clientNoContextTakeover: 1 } as unknown as DeflateOptions, zlibEngine),
      /^StateError: a\.b\.clientNoContextTakeover is 1/,
    );
  });
});
