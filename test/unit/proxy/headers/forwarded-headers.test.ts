import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { HeaderMap } from "#src/handshake/index.js";
import { identifyClient } from "#src/proxy/headers/client-identity.js";
import { withForwarded } from "#src/proxy/headers/forwarded-headers.js";
import type { ForwardedStyle } from "#src/proxy/index.js";

function forward(
  lines: [string, string][],
  peer: { remoteAddress: string | undefined; isSecure: boolean },
  { trusted = [] as string[], style = "both" as ForwardedStyle, sendRealIp = false } = {},
) {
  const headers = new HeaderMap(lines);
  const identity = identifyClient(peer, headers, trusted);
  const told = withForwarded([...headers], headers, "example.com", identity, {
    forwarded: style,
    sendRealIp,
  });
  return { identity, told: Object.fromEntries(told.map(([name, value]) => [name.toLowerCase(), value])) };
}

const plain = { remoteAddress: "198.51.100.7", isSecure: false };

describe("what an upstream is told of the client", () => {
  test("comes from the connection, and nothing of it from the client's own headers", () => {
    const { told, identity } = forward(
      [
        ["X-Forwarded-For", "10.0.0.1"],
        ["X-Real-IP", "10.0.0.1"],
        ["Forwarded", "for=10.0.0.1"],
        ["X-Forwarded-Proto", "https"],
        ["X-Forwarded-Host", "internal"],
        ["True-Client-IP", "10.0.0.1"],
      ],
      plain,
    );
    assert.deepEqual(told, {
      "x-forwarded-for": "198.51.100.7",
      "x-forwarded-proto": "http",
      "x-forwarded-host": "example.com",
      forwarded: "for=198.51.100.7;host=example.com;proto=http",
    });
    assert.equal(identity.clientAddress, "198.51.100.7");
  });

  test("is added to what a trusted proxy says, which is believed as far as trust goes", () => {
    const { told, identity } = forward(
      [
        ["X-Forwarded-For", "6.6.6.6, 203.0.113.9, 10.1.1.1"],
        ["X-Forwarded-Proto", "https"],
        ["X-Forwarded-Host", "shop.example"],
        ["X-Real-IP", "203.0.113.9"],
      ],
      { remoteAddress: "::ffff:10.0.0.2", isSecure: false },
      { trusted: ["10.0.0.0/8"] },
    );
    assert.equal(identity.clientAddress, "203.0.113.9");
    assert.equal(identity.isSecure, true);
    assert.equal(told["x-forwarded-for"], "6.6.6.6, 203.0.113.9, 10.1.1.1, 10.0.0.2");
    assert.equal(told["x-forwarded-proto"], "https");
    assert.equal(told["x-forwarded-host"], "shop.example");
    assert.equal(told["x-real-ip"], "203.0.113.9");
  });

  test("is read from Forwarded too, and brackets IPv6", () => {
    const { told, identity } = forward(
      [["Forwarded", 'for="[2001:db8::1]:4711";proto=https, for=10.0.0.3']],
      { remoteAddress: "fd00::1", isSecure: false },
      { trusted: ["10.0.0.0/8", "fd00::/8"] },
    );
    assert.equal(identity.clientAddress, "2001:db8::1");
    assert.equal(identity.isSecure, true);
    assert.match(
      told.forwarded,
      /^for="\[2001:db8::1\]:4711";proto=https, for=10\.0\.0\.3, for="\[fd00::1\]";host=example\.com;proto=https$/,
    );
  });

  test("takes how the client is connected from the word about the very client that is believed", () => {
    const trusted = ["10.0.0.0/8"];
    const peer = { remoteAddress: "10.0.0.2", isSecure: false };
    const secure = (lines: [string, string][]) => forward(lines, peer, { trusted }).identity.isSecure;
    assert.equal(secure([["Forwarded", "for=6.6.6.6;proto=https, for=203.0.113.9;proto=http"]]), false);
    assert.equal(secure([["Forwarded", "for=203.0.113.9;proto=https, for=10.0.0.3;proto=http"]]), true);
    const list: [string, string] = ["X-Forwarded-For", "6.6.6.6, 203.0.113.9"];
    assert.equal(secure([list, ["X-Forwarded-Proto", "https, http"]]), false);
    assert.equal(secure([list, ["X-Forwarded-Proto", "https"]]), true);
    assert.equal(secure([["X-Forwarded-Proto", "https"]]), true);
  });

  test("stops at what is no address", () => {
    for (const value of ["unknown", "_hidden", "evil\u00ff", "10.0.0.1.evil"]) {
      const { identity } = forward([["X-Forwarded-For", `1.2.3.4, ${value}`]], plain, {
        trusted: ["198.51.100.7"],
      });
      assert.equal(identity.clientAddress, "198.51.100.7");
    }
  });

  test("has the client's address in X-Real-IP where that is asked for, whatever stood there", () => {
    const realIp = (
      lines: [string, string][],
      remoteAddress: string | undefined,
      trusted: string[] = [],
    ): string | undefined => {
      const peer = { remoteAddress, isSecure: false };
      const { told } = forward(lines, peer, { trusted, style: "none", sendRealIp: true });
      assert.deepEqual(
        Object.keys(told).filter((name) => /^x_/.test(name)),
        [],
      );
      return told["x-real-ip"];
    };
    const forged: [string, string][] = [
      ["x_real_ip", "6.6.6.7"],
      ["X-Real-IP", "6.6.6.6"],
    ];
    assert.equal(realIp([], "198.51.100.7"), "198.51.100.7");
    assert.equal(realIp(forged, "198.51.100.7"), "198.51.100.7");
    assert.equal(realIp([], "::ffff:198.51.100.7"), "198.51.100.7");
    assert.equal(realIp(forged, undefined), undefined);
    const trusted = ["10.0.0.0/8"];
    const list: [string, string] = ["X-Forwarded-For", "6.6.6.6, 203.0.113.9, 10.1.1.1"];
    assert.equal(realIp([list], "10.0.0.2", trusted), "203.0.113.9");
    assert.equal(realIp([["X-Real-IP", "6.6.6.6"], list], "10.0.0.2", trusted), "203.0.113.9");
    assert.equal(realIp([["X-Real-IP", "203.0.113.9"]], "10.0.0.2", trusted), "203.0.113.9");
    assert.equal(realIp([], "10.0.0.2", trusted), "10.0.0.2");
  });

  test("is not said beside in other spellings by what a trusted proxy lets through", () => {
    const lines: [string, string][] = [
      ["X-Forwarded-For", "203.0.113.9"],
      ["X_Forwarded_For", "6.6.6.6"],
      ["x-forwarded_proto", "https"],
      ["X_Real-IP", "6.6.6.6"],
    ];
    const { told } = forward(
      lines,
      { remoteAddress: "10.0.0.2", isSecure: false },
      { trusted: ["10.0.0.0/8"], style: "x-forwarded", sendRealIp: true },
    );
    assert.deepEqual(told, {
      "x-forwarded-for": "203.0.113.9, 10.0.0.2",
      "x-forwarded-proto": "http",
      "x-forwarded-host": "example.com",
      "x-real-ip": "203.0.113.9",
    });
  });

  test("is not X-Real-IP's word where another header of a trusted proxy is there and cannot be read", () => {
    for (const line of [
      ["Forwarded", 'for=", for=203.0.113.9'],
      ["Forwarded", "for=_hidden"],
      ["X-Forwarded-For", "unknown"],
    ] as [string, string][]) {
      const { told } = forward(
        [["X-Real-IP", "6.6.6.6"], line],
        { remoteAddress: "10.0.0.2", isSecure: false },
        { trusted: ["10.0.0.0/8"], style: "none", sendRealIp: true },
      );
      assert.equal(told["x-real-ip"], "10.0.0.2");
    }
  });

  test("comes in the style that was chosen, and behind a unix socket without an address", () => {
    const peer = { remoteAddress: undefined, isSecure: true };
    assert.deepEqual(forward([], peer, { style: "none" }).told, {});
    assert.deepEqual(forward([], peer, { style: "forwarded" }).told, {
      forwarded: "for=unknown;host=example.com;proto=https",
    });
    assert.deepEqual(Object.keys(forward([], peer, { style: "x-forwarded" }).told), [
      "x-forwarded-for",
      "x-forwarded-proto",
      "x-forwarded-host",
    ]);
  });
});
