import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { FirstBytes } from "#src/client/first-bytes.js";

function firstOf(...parts: string[]): FirstBytes {
  const first = new FirstBytes();
  for (const part of parts) first.add(Buffer.from(part, "latin1"), 0, part.length);
  return first;
}

describe("the first bytes of an answer", () => {
  test("can be a response however they are cut, as long as they agree", () => {
    for (const parts of [[], ["H"], ["HT", "TP"], ["HTTP/1.1 200 OK\r\n"], ["HTTP/2"]])
      assert.equal(firstOf(...parts).canBeResponse, true, String(parts));
    for (const parts of [["h"], ["HT", "t"], [" HTTP/1.1"], ["\r\nHTTP/"]])
      assert.equal(firstOf(...parts).canBeResponse, false, String(parts));
    assert.equal(firstOf().isEmpty, true);
    assert.equal(firstOf("H").isEmpty, false);
  });

  for (const [bytes, shown] of [
    ["\x15\x03\x01\x00\x02\x02\x16", "0x15 0x03: TLS"],
    ["\x16\x03\x03", "0x16 0x03: TLS"],
    ["\x00\x00\x12\x04\x00\x00\x00\x00\x00", "0x00 0x00 0x12 0x04: HTTP/2"],
    ["SSH-2.0-OpenSSH_9.6\r\n", '"SSH-2.0-OpenSSH_"'],
    ["+OK\r\n", '"+OK\\r\\n"'],
    ["\xff\xfb\x01\xff\xfb\x03\xff\xfb\x05", "0xff 0xfb 0x01 0xff 0xfb 0x03 0xff 0xfb"],
  ] as const) {
    test(`are shown as ${shown}`, () => {
      assert.equal(firstOf(bytes).describe(), shown);
    });
  }
});
