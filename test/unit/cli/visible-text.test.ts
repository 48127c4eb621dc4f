import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { visibleLine, visibleText } from "#src/cli/visible-text.js";

describe("text of others", () => {
  test("commands no terminal", () => {
    const text = "a\u001b[2Jb\u0007\u009bc\rd\u007f\u0000\u202ee\u2066\u2028";
    assert.equal(visibleText(text), "a\\x1b[2Jb\\x07\\x9bc\\x0dd\\x7f\\x00\\u202ee\\u2066\\u2028");
  });

  test("shows no control character at all, but for line feed and tab", () => {
    for (let code = 0; code < 0xa0; code++) {
      const shown = visibleText(String.fromCharCode(code));
      if (code !== 9 && code !== 10) assert.doesNotMatch(shown, /\p{Cc}/u, `U+${code.toString(16)}`);
    }
  });

  test("is otherwise as it came", () => {
    const text = "é 👩‍👩‍👧 ‌\n\t漢字 עברית \\x1b";
    assert.equal(visibleText(text), text);
  });

  test("may have its escapes marked, and be put in one line", () => {
    assert.equal(
      visibleText("\u001b \\x1b", (part) => `<${part}>`),
      "<\\x1b> \\x1b",
    );
    assert.equal(visibleLine("a\nb\tc"), "a\\nb\\tc");
  });
});
