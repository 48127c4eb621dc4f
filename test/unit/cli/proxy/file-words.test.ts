import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inFileWords } from "#src/cli/proxy/config/file-words.js";

describe("advice for code", () => {
  for (const [advice, expected] of [
    ['write mode: "inspect", or leave it out', 'write "mode": "inspect", or leave it out'],
    ["use to", 'use "to"'],
    ["use path, mode or to", 'use "path", "mode" or "to"'],
    ["use inspect: { heartbeat, maxFragments }", 'use "inspect": { "heartbeat", "maxFragments" }'],
    ["use requestHeaders: { Authorization }", 'use "requestHeaders": { "Authorization" }'],
    ["use wss: or https:, or leave it out", "use wss: or https:, or leave it out"],
    ['use "to", or put it to the others', 'use "to", or put it to the others'],
  ] as const) {
    test(`is said in words of the file: ${advice}`, () => {
      assert.equal(inFileWords(advice, ["mode", "to", "path", "inspect", "requestHeaders"]), expected);
    });
  }
});
