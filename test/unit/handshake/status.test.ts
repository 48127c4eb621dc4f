import assert from "node:assert/strict";
import { STATUS_CODES } from "node:http";
import { describe, test } from "node:test";
import { isFieldValue, reasonOf } from "#src/handshake/index.js";

describe("reason phrase", () => {
  test("of a known status is its own", () => {
    assert.equal(reasonOf(101), "Switching Protocols");
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

  test("is what Node.js says, but for three that were renamed since", () => {
    const renamed = new Map([
      [413, "Content Too Large"],
      [418, "I'm a teapot"],
      [422, "Unprocessable Content"],
    ]);
    for (let status = 200; status < 600; status++) {
      const reason = reasonOf(status);
      assert.ok(isFieldValue(reason));
      const classReason = reasonOf(Math.floor(status / 100) * 100);
      if (reason === classReason || renamed.get(status) === reason) continue;
      assert.equal(reason, STATUS_CODES[status], String(status));
    }
  });
});
