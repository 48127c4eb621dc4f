import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { completeUrl, shownUrl } from "#src/cli/address.js";

describe("a URL as people type it", () => {
  for (const [typed, url] of [
    [":3000", "ws://localhost:3000"],
    [":3000/chat?a=b", "ws://localhost:3000/chat?a=b"],
    ["localhost:3000", "ws://localhost:3000"],
    ["example.com", "ws://example.com"],
    ["example.com/chat", "ws://example.com/chat"],
    ["[::1]:3000/x", "ws://[::1]:3000/x"],
    ["//example.com", "ws://example.com"],
    ["ada:secret@example.com:80", "ws://ada:secret@example.com:80"],
    ["wss://example.com", "wss://example.com"],
    ["http://example.com", "http://example.com"],
    ["ws+unix:/tmp/a.sock:/chat", "ws+unix:/tmp/a.sock:/chat"],
    ["not a url", "not a url"],
    ["", ""],
  ]) {
    test(`${JSON.stringify(typed)} means ${JSON.stringify(url)}`, () =>
      assert.equal(completeUrl(typed), url));
  }

  test("is shown without its password", () => {
    assert.equal(shownUrl("wss://ada:secret@example.com/x"), "wss://ada:***@example.com/x");
    assert.equal(shownUrl("ws://example.com/a:b@c"), "ws://example.com/a:b@c");
    assert.equal(shownUrl("ws://localhost:80/a@c"), "ws://localhost:80/a@c");
    assert.equal(shownUrl("ws://ada:se@cr@et@example.com/x@y"), "ws://ada:***@example.com/x@y");
    assert.equal(shownUrl("ws://ada:se/cr?et@example.com"), "ws://ada:***@example.com");
  });
});
