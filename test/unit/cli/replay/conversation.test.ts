import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseConversation, requireWhole } from "#src/cli/replay/conversation.js";

const file = (...lines: readonly object[]): string =>
  lines.map((line) => `${JSON.stringify(line)}\n`).join("");
const from = "client";

describe("a recorded conversation", () => {
  test("is messages with their times, pings left out", () => {
    const { spoken, close, durationMs } = parseConversation(
      file(
        { t: 1000.5, from: "upstream", type: "text", size: 7, data: "welcome" },
        { t: 1250.5, from, type: "text", data: "héllo" },
        { t: 1300, from, type: "ping", base64: "AA==" },
        { t: 1500.5, from, type: "binary", base64: "AQL/" },
        { t: 2000.5, from, type: "close", code: 4000, data: "bye" },
      ),
      "talk.jsonl",
    );
    assert.deepEqual(spoken.client, [
      { line: 2, atMs: 250, data: "héllo", fault: undefined },
      { line: 4, atMs: 500, data: Uint8Array.of(1, 2, 255), fault: undefined },
    ]);
    assert.deepEqual(
      spoken.upstream.map(({ data }) => data),
      ["welcome"],
    );
    assert.deepEqual(close, { from, line: 5, code: 4000, reason: "bye" });
    assert.equal(durationMs, 1000);
  });

  test("joins fragments, a character torn between them too, whoever speaks meanwhile", () => {
    const [first, second] = [Buffer.from("é").subarray(0, 1), Buffer.from("é").subarray(1)];
    const { spoken } = parseConversation(
      file(
        { t: 1, from, type: "text", fin: false, base64: first.toString("base64") },
        { t: 2, from: "upstream", type: "text", data: "aside" },
        { t: 3, from, type: "pong" },
        { t: 4, from, type: "continuation", base64: second.toString("base64") },
      ),
      "talk.jsonl",
    );
    assert.equal(spoken.client[0].data, "é");
    assert.equal(spoken.upstream[0].data, "aside");
  });

  for (const [lines, problem] of [
    ["", "talk.jsonl has no line"],
    ["{", "line 1: is no JSON; a recording has one JSON object on each line"],
    ["\n[]", "line 2: is no JSON object"],
    [file({ from, type: "text" }), "line 1: has no t, the time in milliseconds"],
    [file({ t: 1, type: "text" }), 'line 1: has no from; it is "client" or "upstream"'],
    [file({ t: 1, from, type: "word" }), "line 1: has no type that is known; there are text, binary, "],
    [file({ t: 1, from, type: "binary", base64: "*" }), "line 1: has a base64 that is none"],
    [file({ t: 1, from, type: "text" }, { skipped: 12 }), "line 2: 12 frames are missing here"],
    [file({ t: 1, from, type: "continuation" }), "line 1: the message that goes on here has no beginning"],
    [file({ t: 1, from, type: "text", fin: false }), "line 1: the message that begins here has no end"],
    [
      file({ t: 1, from, type: "text", fin: false }, { t: 2, from, type: "text" }),
      "line 1: the message that begins here has no end",
    ],
  ] as const) {
    test(`says in one line: ${problem}`, () => {
      assert.throws(
        () => parseConversation(lines, "talk.jsonl"),
        (error: Error) => {
          assert.ok(error.message.includes(problem), error.message);
          return true;
        },
      );
    });
  }

  for (const [more, problem] of [
    [{ truncated: true, data: "x" }, "only the first 4 KiB of the message were recorded"],
    [{ undecoded: "no context", base64: "AA==" }, "the message was recorded compressed (no context)"],
    [{ base64: "//4=" }, "the text is not valid UTF-8"],
  ] as const) {
    test(`is not whole: ${problem}`, () => {
      const sent = parseConversation(file({ t: 1, from, type: "text", ...more }), "talk.jsonl");
      assert.throws(() => requireWhole(sent, "client", "talk.jsonl"), {
        message: `talk.jsonl line 1: ${problem}, so it cannot be sent again`,
      });
      const came = parseConversation(file({ t: 1, from: "upstream", type: "text", ...more }), "talk.jsonl");
      requireWhole(came, "client", "talk.jsonl");
      assert.throws(() => requireWhole(came, "upstream", "talk.jsonl"), /so nothing can be compared with it/);
    });
  }
});
