import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { quote, splitList, trimBlanks } from "#src/handshake/field.js";
import { hasToken, isFieldValue, isToken } from "#src/handshake/index.js";

/** Every character that a byte can be. */
const characters = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code));

describe("a token", () => {
  test("RFC 9110 §5.6.2: is of letters, digits and fifteen signs", () => {
    const allowed = characters.filter(isToken).join("");
    assert.equal(
      allowed,
      [..."!#$%&'*+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz|~"].join(""),
    );
  });

  test("is not empty, and has nothing above a byte in it", () => {
    for (const text of ["", "a b", "a\u0141", "\u212a", "a\u0100"]) assert.equal(isToken(text), false, text);
  });
});

describe("a field value", () => {
  test("RFC 9110 §5.5: has no control but the tab, and nothing above a byte", () => {
    const refused = characters.filter((character) => !isFieldValue(character));
    assert.equal(refused.length, 32);
    for (const character of refused) assert.ok(character < " " || character === "\x7f");
    for (const text of ["\u0100", "a\u2028b", "a\r\nb", "a\0"]) assert.equal(isFieldValue(text), false);
    for (const text of ["", "a b\tc", "\xe9\xff"]) assert.equal(isFieldValue(text), true);
  });
});

describe("a list", () => {
  test("loses the blanks around its members, and members that are empty", () => {
    assert.deepEqual(splitList(" a ,\tb\t,, c d ,"), ["a", "b", "c d"]);
    assert.deepEqual(splitList(" , ,"), []);
  });

  test("keeps whitespace that is neither space nor tab", () => {
    assert.equal(trimBlanks(" \t\xa0a\xa0\t "), "\xa0a\xa0");
    assert.equal(trimBlanks(" \t "), "");
  });

  test("holds a token in any case, as a whole member and not as a part of one", () => {
    for (const value of ["websocket", "WebSocket", " websocket\t", "h2c, WEBSOCKET", ",websocket,"])
      assert.equal(hasToken(value, "websocket"), true, value);
    for (const value of [undefined, "", "websockets", "web socket", "x-websocket, h2c", "websocket;q=1"])
      assert.equal(hasToken(value, "websocket"), false, value);
  });
});

describe("a quotation in a message", () => {
  test("escapes quotes, controls and everything beyond ASCII", () => {
    assert.equal(quote('a "b" \\ c'), '"a \\"b\\" \\\\ c"');
    assert.equal(quote("\x1b[31m\r\n\x7f\xe9\u{1f600}"), '"\\u001b[31m\\r\\n\\u007f\\u00e9\\ud83d\\ude00"');
  });

  test("shows 64 characters, and that there were more", () => {
    assert.equal(quote("x".repeat(64)), `"${"x".repeat(64)}"`);
    assert.equal(quote("x".repeat(65)), `"${"x".repeat(64)}"…`);
  });
});
