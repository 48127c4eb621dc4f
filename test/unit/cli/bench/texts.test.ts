import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { html, joined, raw } from "#src/cli/bench/html-text.js";
import { byteLengthOf, textOfSize } from "#src/cli/bench/message-payload.js";
import { durationText, shortText, wholeText } from "#src/cli/bench/number-text.js";

describe("texts of sluice bench", () => {
  test("numbers have three significant figures, and commas", () => {
    assert.deepEqual([0, 0.0524, 0.5, 1.2345, 18.34, 99.96, 123.4, 1234.5, 1_234_567].map(shortText), [
      "0",
      "0.052",
      "0.500",
      "1.23",
      "18.3",
      "100.0",
      "123",
      "1,235",
      "1,234,567",
    ]);
    assert.equal(wholeText(999), "999");
    assert.equal(wholeText(1_000_000), "1,000,000");
    assert.equal(durationText(999), "999 ms");
    assert.equal(durationText(1500), "1.50 s");
  });

  test("HTML templates escape what was not made by one", () => {
    const name = `<script>"&'`;
    const inner = html`<b>${name}</b>`;
    assert.equal(inner.text, "<b>&lt;script&gt;&quot;&amp;&#39;</b>");
    assert.equal(html`<p>${joined([inner, raw("<br>")])}</p>`.text, `<p>${inner.text}<br></p>`);
  });

  test("a text of a size has it, is the same each time and not a repetition", () => {
    const text = textOfSize(4096);
    assert.equal(byteLengthOf(text), 4096);
    assert.equal(text, textOfSize(4096));
    assert.match(text, /^[\w-]+$/);
    assert.equal(text.indexOf(text.slice(0, 16), 1), -1);
    assert.equal(textOfSize(0), "");
    assert.equal(byteLengthOf("é"), 2);
  });
});
