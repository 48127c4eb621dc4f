import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ProxyError } from "#src/proxy/index.js";
import { crc32c } from "#src/proxy/listening/crc32c.js";
import type { ProxyHeader } from "#src/proxy/listening/proxy-header.js";
import { encodeProxyHeader } from "#src/proxy/listening/proxy-header-encoding.js";
import { ProxyHeaderReader } from "#src/proxy/listening/proxy-header-reader.js";
import type { Endpoint } from "#src/transport/index.js";

const client: Endpoint = { address: "203.0.113.7", port: 56_324 };
const proxy: Endpoint = { address: "192.0.2.1", port: 443 };
const client6: Endpoint = { address: "2001:db8::1", port: 1 };
const proxy6: Endpoint = { address: "2001:db8:0:1::2", port: 65_535 };

const SIGNATURE = "0d0a0d0a000d0a515549540a";

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function fromHex(digits: string): Uint8Array {
  return Uint8Array.from(Buffer.from(digits.replaceAll(" ", ""), "hex"));
}

/** What a reader makes of it, given whole and byte by byte, with something behind it that it must not take. */
function read(header: Uint8Array | string): ProxyHeader | ProxyError | undefined {
  const bytes = typeof header === "string" ? Uint8Array.from(Buffer.from(header, "latin1")) : header;
  const more = Uint8Array.of(...bytes, 0x47, 0x45, 0x54);
  const whole = new ProxyHeaderReader();
  const at = whole.receive(more, 0, more.length);
  const pieces = new ProxyHeaderReader();
  let piecesAt = 0;
  for (let i = 0; i < more.length; i++) piecesAt = pieces.receive(more, i, i + 1);
  assert.deepEqual(pieces.result, whole.result);
  if (whole.result === undefined) assert.deepEqual([at, piecesAt], [more.length, more.length]);
  else if (!(whole.result instanceof ProxyError)) assert.equal(at, bytes.length, "no more than the header");
  return whole.result;
}

function refused(header: Uint8Array | string, pattern: RegExp): void {
  const result = read(header);
  assert.ok(result instanceof ProxyError, JSON.stringify(result));
  assert.equal(result.code, "PROXY_HEADER_INVALID");
  assert.match(result.message, pattern);
}

describe("a PROXY header of version 1", () => {
  test("says who has connected where, in one line", () => {
    assert.equal(text(encodeProxyHeader(1, client, proxy)), "PROXY TCP4 203.0.113.7 192.0.2.1 56324 443\r\n");
    assert.equal(
      text(encodeProxyHeader(1, client6, proxy6)),
      "PROXY TCP6 2001:db8::1 2001:db8:0:1::2 1 65535\r\n",
    );
  });

  test("says that nothing is known of a client on a unix socket, or of none", () => {
    for (const source of [undefined, { path: "/run/client.sock" }, { address: "nobody", port: 1 }])
      assert.equal(text(encodeProxyHeader(1, source, proxy)), "PROXY UNKNOWN\r\n");
  });

  test("has both ends in one family, and zeroes for an end that is not known", () => {
    assert.equal(
      text(encodeProxyHeader(1, client6, proxy)),
      "PROXY TCP6 2001:db8::1 ::ffff:192.0.2.1 1 443\r\n",
    );
    assert.equal(
      text(
        encodeProxyHeader(
          1,
          { address: "::ffff:203.0.113.7", port: 9 },
          { address: "fe80::1%eth0", port: 5 },
        ),
      ),
      "PROXY TCP6 ::ffff:203.0.113.7 fe80::1 9 5\r\n",
    );
    assert.equal(text(encodeProxyHeader(1, client, undefined)), "PROXY TCP4 203.0.113.7 0.0.0.0 56324 0\r\n");
  });

  test("is read as it was meant", () => {
    assert.deepEqual(read(encodeProxyHeader(1, client, proxy)), {
      version: 1,
      source: client,
      destination: proxy,
    });
    assert.deepEqual(read(encodeProxyHeader(1, client6, proxy6)), {
      version: 1,
      source: client6,
      destination: proxy6,
    });
  });

  test("of an unknown connection is read whatever stands behind, up to the longest line there can be", () => {
    const unknown = { version: 1, source: undefined, destination: undefined };
    for (const line of ["PROXY UNKNOWN\r\n", `PROXY UNKNOWN ${"f".repeat(91)}\r\n`]) {
      assert.ok(line.length <= 107);
      assert.deepEqual(read(line), unknown);
    }
    refused(`PROXY UNKNOWN ${"f".repeat(92)}\r\n`, /does not end within 107 bytes/);
  });

  test("is refused at its first byte that is wrong", () => {
    const reader = new ProxyHeaderReader();
    assert.equal(reader.receive(Uint8Array.from(Buffer.from("GET / HTTP/1.1\r\n")), 0, 16), 1);
    assert.ok(reader.result instanceof ProxyError);
  });

  const lines: [string, RegExp][] = [
    ["GET / HTTP/1.1\r\n", /does not begin with one/],
    ["PROXYTCP4 1.2.3.4 1.2.3.4 1 1\r\n", /does not begin with one/],
    ["PROXY TCP4 1.2.3.4 1.2.3.4 1 1\n", /CR LF/],
    ["PROXY TCP4 1.2.3.4 1.2.3.4 1 1\rX", /CR LF/],
    ["PROXY UDP4 1.2.3.4 1.2.3.4 1 1\r\n", /neither TCP4 nor TCP6/],
    ["PROXY \r\n", /neither TCP4 nor TCP6/],
    ["PROXY TCP4\r\n", /has 0 parts/],
    ["PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n", /has 3 parts/],
    ["PROXY TCP4 1.2.3.4 1.2.3.4 1 1 \r\n", /has 5 parts/],
    ["PROXY TCP4  1.2.3.4 1.2.3.4 1 1\r\n", /has 5 parts/],
    ["PROXY TCP4 1.2.3.04 1.2.3.4 1 1\r\n", /no address/],
    ["PROXY TCP4 1.2.3.256 1.2.3.4 1 1\r\n", /no address/],
    ["PROXY TCP4 ::1 ::1 1 1\r\n", /no address/],
    ["PROXY TCP6 1.2.3.4 ::1 1 1\r\n", /no address/],
    ["PROXY TCP6 ::1::2 ::1 1 1\r\n", /no address/],
    ["PROXY TCP6 fe80::1%lo ::1 1 1\r\n", /no address/],
    ["PROXY TCP4 1.2.3.4 1.2.3.4 01 1\r\n", /no port|no address/],
    ["PROXY TCP4 1.2.3.4 1.2.3.4 65536 1\r\n", /no port|no address/],
    ["PROXY TCP4 1.2.3.4 1.2.3.4 -1 1\r\n", /no port|no address/],
  ];
  for (const [line, pattern] of lines)
    test(`is refused as ${JSON.stringify(line)}`, () => refused(line, pattern));
});

describe("a PROXY header of version 2", () => {
  test("says who has connected where, in binary", () => {
    assert.equal(hex(encodeProxyHeader(2, client, proxy)), `${SIGNATURE}2111000ccb007107c0000201dc0401bb`);
    assert.equal(
      hex(encodeProxyHeader(2, client6, proxy6)),
      `${SIGNATURE}2121002420010db800000000000000000000000120010db80000000100000000000000020001ffff`,
    );
  });

  test("names the paths of unix sockets", () => {
    const bytes = encodeProxyHeader(2, { path: "/run/client" }, { path: "/run/proxy" });
    assert.equal(bytes.length, 16 + 216);
    assert.equal(hex(bytes.subarray(0, 16)), `${SIGNATURE}213100d8`);
    assert.deepEqual(read(bytes), {
      version: 2,
      source: { path: "/run/client" },
      destination: { path: "/run/proxy" },
    });
    const abstract = encodeProxyHeader(2, { path: "\0abstract" }, undefined);
    assert.deepEqual(read(abstract), {
      version: 2,
      source: { path: "\0abstract" },
      destination: { path: "" },
    });
  });

  test("says that the proxy speaks for itself where no client is known, or its name is too long", () => {
    for (const source of [undefined, { address: "nobody", port: 1 }, { path: "x".repeat(109) }])
      assert.equal(hex(encodeProxyHeader(2, source, proxy)), `${SIGNATURE}20000000`);
  });

  test("has both ends in one family", () => {
    const bytes = encodeProxyHeader(2, client6, proxy);
    assert.deepEqual(read(bytes), { version: 2, source: client6, destination: proxy });
  });

  test("is read as it was meant", () => {
    for (const [source, destination] of [
      [client, proxy],
      [client6, proxy6],
    ])
      assert.deepEqual(read(encodeProxyHeader(2, source, destination)), { version: 2, source, destination });
  });

  test("leaves the ends of the connection where the proxy speaks for itself, or names no stream", () => {
    const unknown = { version: 2, source: undefined, destination: undefined };
    for (const rest of [
      "20 00 0000",
      "20 11 000c 01020304 05060708 0001 0002",
      "20 00 0003 010203",
      "20 ff 0000",
      "21 00 0000",
      "21 00 0004 01020304",
      "21 12 000c 01020304 05060708 0001 0002",
    ])
      assert.deepEqual(read(fromHex(SIGNATURE + rest)), unknown, rest);
  });

  test("may say more behind its addresses, which is passed over", () => {
    const bytes = fromHex(`${SIGNATURE} 21 11 0016 01020304 05060708 0001 0002 04 0000 02 0004 61626364`);
    assert.deepEqual(read(bytes), {
      version: 2,
      source: { address: "1.2.3.4", port: 1 },
      destination: { address: "5.6.7.8", port: 2 },
    });
  });

  test("is checked where it has a checksum", () => {
    const bytes = fromHex(`${SIGNATURE} 21 11 0013 01020304 05060708 0001 0002 03 0004 00000000`);
    new DataView(bytes.buffer).setUint32(bytes.length - 4, crc32c(bytes));
    assert.ok(!(read(bytes) instanceof ProxyError));
    bytes[20] ^= 1;
    refused(bytes, /checksum is wrong/);
    refused(fromHex(`${SIGNATURE} 21 11 0011 01020304 05060708 0001 0002 03 0002 0000`), /checksum is wrong/);
  });

  test("of 4096 bytes behind the fixed part is the longest that is read", () => {
    const bytes = new Uint8Array(16 + 4096);
    bytes.set(fromHex(`${SIGNATURE} 21 11 1000`));
    bytes.set(fromHex("04 0ff1"), 28);
    assert.ok(!(read(bytes) instanceof ProxyError));
    refused(fromHex(`${SIGNATURE} 21 11 1001`), /announces 4097 bytes; 4096 are the limit/);
  });

  const broken: [string, RegExp][] = [
    ["0d0a0d0a000d0a515549540b", /does not begin with one/],
    ["0d0a50", /does not begin with one/],
    [`${SIGNATURE} 11 11 000c`, /version is 1/],
    [`${SIGNATURE} 22 11 000c`, /command 2/],
    [`${SIGNATURE} 21 41 000c`, /family 4/],
    [`${SIGNATURE} 21 13 000c`, /protocol 3/],
    [`${SIGNATURE} 21 11 000b`, /11 bytes for addresses that take 12/],
    [`${SIGNATURE} 21 21 000c`, /12 bytes for addresses that take 36/],
    [`${SIGNATURE} 21 31 00d7`, /215 bytes for addresses that take 216/],
    [`${SIGNATURE} 21 11 000e 01020304 05060708 0001 0002 0400`, /cut off/],
    [`${SIGNATURE} 21 11 000f 01020304 05060708 0001 0002 040001`, /cut off/],
  ];
  for (const [digits, pattern] of broken)
    test(`is refused as ${digits}`, () => refused(fromHex(digits), pattern));
});

test("CRC-32C of RFC 3720's examples", () => {
  assert.equal(crc32c(new Uint8Array(32)), 0x8a9136aa);
  assert.equal(crc32c(new Uint8Array(32).fill(0xff)), 0x62a8ab43);
  assert.equal(crc32c(Buffer.from("123456789")), 0xe3069283);
});
