import assert from "node:assert/strict";
import { BlockList, isIPv4 } from "node:net";
import { describe, test } from "node:test";
import fc from "fast-check";
import { isInNetwork } from "#src/handshake/ip-network.js";

describe("an address lies in a network", () => {
  for (const [address, network] of [
    ["10.1.2.3", "10.0.0.0/8"],
    ["10.1.2.3", "10.255.0.0/8"],
    ["192.0.2.129", "192.0.2.128/25"],
    ["192.0.2.1", "192.0.2.1"],
    ["192.0.2.1", "192.0.2.1/32"],
    ["203.0.113.9", "0.0.0.0/0"],
    ["fd12:3456::1", "fd00::/8"],
    ["::1", "0:0:0:0:0:0:0:1"],
    ["2001:DB8::A", "2001:db8:0::/48"],
    ["::ffff:10.1.2.3", "10.0.0.0/8"],
    ["10.1.2.3", "::ffff:0a01:0203"],
    ["64:ff9b::192.0.2.1", "64:ff9b::c000:201/128"],
  ]) {
    test(`${address} in ${network}`, () => assert.equal(isInNetwork(address, network), true));
  }

  for (const [address, network] of [
    ["11.0.0.1", "10.0.0.0/8"],
    ["192.0.2.127", "192.0.2.128/25"],
    ["::1", "0.0.0.0/0"],
    ["10.0.0.1", "::/0"],
    ["fe80::1", "fd00::/8"],
  ]) {
    test(`${address} not in ${network}`, () => assert.equal(isInNetwork(address, network), false));
  }

  for (const text of [
    "",
    "example.com",
    "10.0.0",
    "10.0.0.256",
    "10.0.0.0.1",
    "1e1.0.0.0",
    "::1::",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7::8",
    ":1",
    "12345::",
    "g::",
    "[::1]",
    "1.2.3.4::",
  ]) {
    test(`${JSON.stringify(text)} is no address and lies nowhere`, () => {
      for (const all of ["0.0.0.0/0", "::/0"]) assert.equal(isInNetwork(text, all), false);
      assert.equal(isInNetwork("10.0.0.1", text), false);
    });
  }

  for (const prefix of ["33", "-1", "8/8", "", "+8", "0x8", "1000"]) {
    test(`/${prefix} is no prefix`, () => assert.equal(isInNetwork("10.0.0.1", `10.0.0.0/${prefix}`), false));
  }

  test("as Node.js sees it too", () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), fc.ipV4(), fc.nat(32), (address, base, prefix) => {
        const list = new BlockList();
        list.addSubnet(base, prefix);
        const expected = list.check(address, isIPv4(address) ? "ipv4" : "ipv6");
        assert.equal(isInNetwork(address, `${base}/${prefix}`), expected);
      }),
    );
  });
});
