import assert from "node:assert/strict";
import { isIPv4, isIPv6 } from "node:net";
import { networkInterfaces } from "node:os";
import { describe, test } from "node:test";
import fc from "fast-check";
import {
  decodeInternetAddress,
  encodeInternetAddress,
  encodeUnixAddress,
  MAX_ADDRESS_BYTES,
} from "#src/uring/socket-address.js";
import { seeded } from "../../support/property-seed.js";

function hex(bytes: Uint8Array | number): string {
  assert.ok(bytes instanceof Uint8Array, `refused with ${bytes}`);
  return Buffer.from(bytes).toString("hex");
}

/** How a URL writes the address, but for those that stand for one of IPv4, which end in it. */
function normalized(address: string): string {
  const text = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(text);
  if (mapped === null) return text;
  const [high, low] = [mapped[1], mapped[2]].map((group) => Number.parseInt(group, 16));
  return `::ffff:${high >> 8}.${high & 0xff}.${low >> 8}.${low & 0xff}`;
}

function reread(address: string): string | undefined {
  return decodeInternetAddress(encodeInternetAddress(address, 0))?.address;
}

describe("an IPv4 socket address", () => {
  test("has family, port, address and eight zeroes", () => {
    // struct sockaddr_in: sin_family in the machine's order, sin_port and sin_addr in the network's.
    assert.equal(hex(encodeInternetAddress("192.0.2.255", 0x1234)), "02001234c00002ff0000000000000000");
    assert.equal(hex(encodeInternetAddress("0.0.0.0", 0)), "02000000000000000000000000000000");
    assert.equal(hex(encodeInternetAddress("255.255.255.255", 65_535)), "0200ffffffffffff0000000000000000");
  });

  test("says what was written", (t) => {
    const property = fc.property(fc.ipV4(), fc.nat(65_535), (address, port) => {
      const decoded = decodeInternetAddress(encodeInternetAddress(address, port));
      assert.deepEqual(decoded, { address, port, isIPv6: false });
    });
    fc.assert(property, seeded(t, 1000));
  });

  test("says the same when it lies in a larger place, at an odd one too", () => {
    for (const offset of [0, 1]) {
      const place = new Uint8Array(offset + MAX_ADDRESS_BYTES);
      place.set(encodeInternetAddress("192.0.2.1", 80), offset);
      assert.equal(decodeInternetAddress(place.subarray(offset))?.address, "192.0.2.1");
    }
  });
});

describe("an IPv6 socket address", () => {
  test("has family, port, flow, address and scope", () => {
    // struct sockaddr_in6: sin6_scope_id in the machine's order, all others in the network's.
    const bytes = hex(encodeInternetAddress("2001:db8::8:800:200c:417a%258", 0x1234));
    assert.equal(bytes, "0a0012340000000020010db80000000000080800200c417a02010000");
    assert.equal(hex(encodeInternetAddress("::", 0)), `0a00${"00".repeat(26)}`);
  });

  test("is found wherever its zeroes are left out, and written as a URL writes it", () => {
    const addresses = ["::", "::1", "1::", "::1:2", "1::2", "1:2::", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8"];
    addresses.push("1:0:0:2:0:0:0:3", "1:0:0:2:0:0:3:4", "0:0:1:0:0:1:0:0", "1:0:2:0:3:0:4:0");
    addresses.push("2001:0DB8:0000:0000:0000:FF00:0042:8329", "fe80::1", "::ffff:0:0", "::fffe:1:2");
    for (const address of addresses) assert.equal(reread(address), normalized(address));
  });

  test("may end as one of IPv4", () => {
    assert.equal(
      hex(encodeInternetAddress("::ffff:192.0.2.1", 0)).slice(16, 48),
      `${"00".repeat(10)}ffffc0000201`,
    );
    assert.equal(reread("::ffff:192.0.2.1"), "::ffff:192.0.2.1");
    assert.equal(reread("64:ff9b::192.0.2.33"), "64:ff9b::c000:221");
    assert.equal(reread("::10.0.0.1"), "::a00:1");
    assert.equal(reread("1:2:3:4:5:6:255.254.253.252"), "1:2:3:4:5:6:fffe:fdfc");
  });

  test("has the scope of an interface by number or by name", () => {
    const scopeOf = (address: string): number =>
      new DataView(encodeInternetAddress(address, 0).buffer).getUint32(24, true);
    assert.equal(scopeOf("fe80::1"), 0);
    assert.equal(scopeOf("fe80::1%7"), 7);
    assert.equal(scopeOf("fe80::1%4294967295"), 4_294_967_295);
    assert.equal(scopeOf("fe80::1%no-such-interface"), 0, "which the kernel refuses");
    for (const [name, addresses] of Object.entries(networkInterfaces())) {
      for (const { family, ...found } of addresses ?? [])
        if (family === "IPv6" && "scopeid" in found && found.scopeid !== 0)
          assert.equal(scopeOf(`fe80::1%${name}`), found.scopeid);
    }
    // Linux gives the loopback interface the first number wherever it is.
    if (process.platform === "linux") assert.equal(scopeOf("fe80::1%lo"), 1);
  });

  test("says what was written, as a URL would", (t) => {
    const property = fc.property(fc.ipV6(), fc.nat(65_535), (address, port) => {
      fc.pre(isIPv6(address));
      const decoded = decodeInternetAddress(encodeInternetAddress(address, port));
      assert.deepEqual(decoded, { address: normalized(address), port, isIPv6: true });
    });
    fc.assert(property, seeded(t, 2000));
  });

  test("is written as an address that reads back to the same bytes", (t) => {
    // Bytes that are often zero, as runs of zeroes are what is written in so many ways.
    const byte = fc.oneof(fc.constant(0), fc.constant(0), fc.constant(255), fc.nat(255));
    const property = fc.property(fc.array(byte, { minLength: 16, maxLength: 16 }), (address) => {
      const bytes = Uint8Array.from([10, 0, 0, 80, 0, 0, 0, 0, ...address, 0, 0, 0, 0]);
      const text = decodeInternetAddress(bytes)?.address ?? "";
      assert.ok(isIPv6(text), text);
      assert.equal(text, normalized(text));
      assert.deepEqual(encodeInternetAddress(text, 80), bytes);
    });
    fc.assert(property, seeded(t, 2000));
  });
});

describe("a unix socket's address", () => {
  test("has family, path and a zero byte, whether the path's length is even or odd", () => {
    assert.equal(hex(encodeUnixAddress("/a")), "01002f6100");
    assert.equal(hex(encodeUnixAddress("/ab")), "01002f616200");
    assert.equal(hex(encodeUnixAddress("/é")), "01002fc3a900");
  });

  test("of the abstract kind has its name only, which may have more zero bytes", () => {
    assert.equal(hex(encodeUnixAddress("\0a")), "01000061");
    assert.equal(hex(encodeUnixAddress("\0ab\0")), "010000616200");
  });

  test("has room for 107 bytes of path, and no more", () => {
    const longest = encodeUnixAddress("x".repeat(107));
    assert.equal(hex(longest), `0100${"78".repeat(107)}00`);
    for (const path of ["x".repeat(108), "é".repeat(54), `\0${"x".repeat(107)}`])
      assert.equal(encodeUnixAddress(path), -36, "ENAMETOOLONG");
  });

  test("is refused where the kernel would take another path", () => {
    // Of the first one it would make an abstract name, and of the others the part in front of the zero byte.
    for (const path of ["", "/a\0", "/a\0b"]) assert.equal(encodeUnixAddress(path), -22, "EINVAL");
  });

  test("is no address of the internet", () => {
    const bytes = encodeUnixAddress("/a");
    assert.ok(bytes instanceof Uint8Array);
    assert.equal(decodeInternetAddress(bytes), undefined);
    assert.equal(decodeInternetAddress(new Uint8Array(MAX_ADDRESS_BYTES)), undefined);
    assert.equal(decodeInternetAddress(new Uint8Array(0)), undefined);
  });
});

test("an address of IPv4 is one for Node.js too", (t) => {
  const byte = fc.nat(255);
  const property = fc.property(fc.array(byte, { minLength: 4, maxLength: 4 }), (address) => {
    const text = decodeInternetAddress(Uint8Array.from([2, 0, 0, 80, ...address, 0, 0, 0, 0, 0, 0, 0, 0]));
    assert.ok(isIPv4(text?.address ?? ""));
  });
  fc.assert(property, seeded(t, 500));
});
