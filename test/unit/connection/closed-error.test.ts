import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ClosedError, type CloseInfo } from "#src/connection/index.js";

describe("ClosedError", () => {
  const close = { code: 1000, reason: "" };
  const base = { wasClean: true, sent: close, received: close, closedFirstBy: "us" } as const;
  const abnormal = { ...base, code: 1006, reason: "", received: undefined };
  const texts: [CloseInfo, string][] = [
    [{ ...base, code: 1000, reason: "" }, "this end closed the connection, and the peer answered with 1000"],
    [
      { ...base, code: 4000, reason: 'say "no"\n', closedFirstBy: "peer" },
      'the peer closed the connection with 4000 "say \\"no\\"\\n"',
    ],
    [
      { ...base, code: 1009, reason: "", closedFirstBy: "peer" },
      "the peer closed the connection with 1009: the message exceeded the peer's limit",
    ],
    [{ ...base, code: 1001, reason: "", closedFirstBy: undefined }, "the connection was closed with 1001"],
    [
      abnormal,
      "this end closed the connection with 1000, and the peer has not answered with a Close frame (1006)",
    ],
    [
      { ...abnormal, sent: undefined },
      "the connection ended without a Close frame from the peer (1006), and none was sent",
    ],
  ];
  for (const [info, text] of texts) {
    test(`reads: ${text}`, () => {
      const cause = new Error("why");
      const error = new ClosedError(info, { cause });
      assert.deepEqual(
        [error.message, error.code, error.closeCode, error.closeInfo, error.cause, error.name],
        [text, "CONNECTION_CLOSED", info.code, info, cause, "ClosedError"],
      );
    });
  }
});
