import assert from "node:assert/strict";
import { STATUS_CODES } from "node:http";
import { describe, test } from "node:test";
import { hasNoContent, isFieldValue, reasonOf } from "#src/handshake/index.js";

describe("reason phrase", () => {
  test("of a known status is its own", () => {
    assert.equal(reasonOf(101), "Switching Protocols");
    assert.equal(reasonOf(425), "Too Early");
    assert.equal(reasonOf(426), "Upgrade Required");
    assert.equal(reasonOf(503), "Service Unavailable");
  });

  test("of an unknown status is that of its class", () => {
    assert.equal(reasonOf(299), "OK");
    assert.equal(reasonOf(499), "Bad Request");
    assert.equal(reasonOf(599), "Internal Server Error");
    assert.equal(reasonOf(199), "Unknown");
    assert.equal(reasonOf(999), "Unknown");
  });

  test("is what Node.js says, but for three that were renamed since and one that was never registered", () => {
    const others = new Map([
      [413, "Content Too Large"],
      [418, "I'm a teapot"],
      [422, "Unprocessable Content"],
      [509, "Internal Server Error"],
    ]);
    for (let status = 200; status < 600; status++) {
      const classReason = reasonOf(Math.floor(status / 100) * 100);
      const expected = others.get(status) ?? STATUS_CODES[status] ?? classReason;
      assert.equal(reasonOf(status), expected, String(status));
      assert.ok(isFieldValue(expected));
    }
  });
});

describe("a response without content", () => {
  test("is one with 204, 205 or 304", () => {
    const without = Array.from({ length: 400 }, (_, i) => 200 + i).filter(hasNoContent);
    assert.deepEqual(without, [204, 205, 304]);
  });
});
