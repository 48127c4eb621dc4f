import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { formatForwarded, parseForwarded } from "#src/handshake/index.js";

const parsed = (value: string) => parseForwarded(value)?.map((element) => Object.fromEntries(element));

describe("Forwarded", () => {
  test("is a list of elements of pairs (RFC 7239 §4)", () => {
    assert.deepEqual(parsed('For="[2001:db8:cafe::17]:4711"'), [{ for: "[2001:db8:cafe::17]:4711" }]);
    assert.deepEqual(
      parsed("for=192.0.2.43, for=198.51.100.17;by=203.0.113.60;proto=http;host=example.com"),
      [
        { for: "192.0.2.43" },
        { for: "198.51.100.17", by: "203.0.113.60", proto: "http", host: "example.com" },
      ],
    );
    assert.deepEqual(parsed('for="a\\"b\\\\c"'), [{ for: 'a"b\\c' }]);
    assert.deepEqual(parsed(""), []);
  });

  test("is nothing where it does not follow the grammar", () => {
    for (const value of ["for", "for=", "for=a b", 'for="a', "for=a;for=b", "for=a,", ";for=a", "for==a"])
      assert.equal(parsed(value), undefined, value);
  });

  test("is written with quotes where a token would not do", () => {
    assert.equal(
      formatForwarded({ for: "[::1]", host: 'a"b', by: undefined, proto: "http" }),
      'for="[::1]";host="a\\"b";proto=http',
    );
    const written = formatForwarded({ for: 'x\\"y' });
    assert.deepEqual(parsed(written), [{ for: 'x\\"y' }]);
  });

  test("takes time in proportion to its length", () => {
    const started = process.cpuUsage().user;
    for (const value of [
      'for="'.repeat(20_000),
      `for="${"\\".repeat(100_001)}`,
      "a=b,".repeat(50_000),
      " ".repeat(100_000),
    ])
      parseForwarded(value);
    assert.ok(process.cpuUsage().user - started < 5_000_000);
  });
});
