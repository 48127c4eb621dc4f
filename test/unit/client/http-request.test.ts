import assert from "node:assert/strict";
import { test } from "node:test";
import { overlayHeaders } from "#src/client/http-request.js";

test("a later list's header replaces an earlier one's of the same name, in any case", () => {
  const lines = overlayHeaders(
    [
      ["Accept", "a"],
      ["X-One", "1"],
    ],
    [["accept", "b"]],
    [["X-Two", "2"]],
  );
  assert.deepEqual(lines, [
    ["X-One", "1"],
    ["accept", "b"],
    ["X-Two", "2"],
  ]);
});

test("repeats within one list are kept", () => {
  assert.deepEqual(
    overlayHeaders(
      [["A", "0"]],
      [
        ["A", "1"],
        ["a", "2"],
      ],
    ),
    [
      ["A", "1"],
      ["a", "2"],
    ],
  );
});
