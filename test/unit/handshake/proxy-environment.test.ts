import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { describeTarget, type Environment, proxyForUrl } from "#src/handshake/index.js";
import { succeeded } from "./head-text.js";

function proxyOf(url: string, env: Environment): string | undefined {
  return proxyForUrl(env, succeeded(describeTarget(new URL(url))));
}

describe("the proxy from the environment", () => {
  test("is none when nothing is set, or set to nothing", () => {
    assert.equal(proxyOf("wss://a/", {}), undefined);
    assert.equal(proxyOf("wss://a/", { https_proxy: "", ALL_PROXY: " " }), undefined);
  });

  test("for wss is WSS_PROXY, HTTPS_PROXY or ALL_PROXY, in this order", () => {
    const env = {
      WSS_PROXY: "http://1",
      HTTPS_PROXY: "http://2",
      ALL_PROXY: "http://3",
      HTTP_PROXY: "http://4",
    };
    assert.equal(proxyOf("wss://a/", env), "http://1");
    assert.equal(proxyOf("wss://a/", { ...env, WSS_PROXY: undefined }), "http://2");
    assert.equal(proxyOf("wss://a/", { ...env, WSS_PROXY: "", HTTPS_PROXY: "" }), "http://3");
    assert.equal(proxyOf("wss://a/", { HTTP_PROXY: "http://4" }), undefined);
  });

  test("for ws is WS_PROXY, HTTP_PROXY or ALL_PROXY, in this order", () => {
    const env = {
      WS_PROXY: "http://1",
      HTTP_PROXY: "http://2",
      ALL_PROXY: "http://3",
      HTTPS_PROXY: "http://4",
    };
    assert.equal(proxyOf("ws://a/", env), "http://1");
    assert.equal(proxyOf("ws://a/", { ...env, WS_PROXY: undefined }), "http://2");
    assert.equal(proxyOf("ws://a/", { ...env, WS_PROXY: "", HTTP_PROXY: "" }), "http://3");
    assert.equal(proxyOf("ws://a/", { HTTPS_PROXY: "http://4" }), undefined);
  });

  test("is read from the name in lower case first", () => {
    assert.equal(proxyOf("wss://a/", { https_proxy: "http://low", HTTPS_PROXY: "http://up" }), "http://low");
  });

  test("without a scheme is an http proxy", () => {
    assert.equal(proxyOf("wss://a/", { https_proxy: "proxy:3128" }), "http://proxy:3128");
    assert.equal(proxyOf("wss://a/", { https_proxy: "socks5://proxy" }), "socks5://proxy");
  });

  test("under CGI is never HTTP_PROXY, which is then a header of the request", () => {
    const cgi = { REQUEST_METHOD: "GET", HTTP_PROXY: "http://evil" };
    assert.equal(proxyOf("ws://a/", cgi), undefined);
    assert.equal(proxyOf("ws://a/", { ...cgi, http_proxy: "http://good" }), "http://good");
  });
});

describe("NO_PROXY", () => {
  const direct: [noProxy: string, url: string][] = [
    ["*", "ws://anything/"],
    ["example.com", "ws://example.com/"],
    ["example.com", "ws://www.example.com/"],
    [".example.com", "ws://www.example.com/"],
    [".example.com", "ws://example.com/"],
    ["*.example.com", "ws://www.example.com/"],
    ["EXAMPLE.com", "ws://example.COM/"],
    ["other, example.com", "ws://example.com/"],
    ["other example.com", "ws://example.com/"],
    [",,example.com,", "ws://example.com/"],
    ["example.com:80", "ws://example.com/"],
    ["example.com:8080", "ws://example.com:8080/"],
    ["example.com.", "ws://example.com/"],
    ["example.com", "ws://example.com./"],
    ["127.0.0.1", "ws://127.0.0.1/"],
    ["10.0.0.0/8", "ws://10.255.3.4/"],
    ["192.168.1.0/25", "ws://192.168.1.127/"],
    ["0.0.0.0/0", "ws://1.2.3.4/"],
    ["::1", "ws://[::1]/"],
    ["[::1]", "ws://[::1]/"],
    ["[::1]:8080", "ws://[::1]:8080/"],
    ["0:0:0:0:0:0:0:1", "ws://[::1]/"],
    ["fd00::/8", "ws://[fd12:3456::1]/"],
    ["2001:db8::/32", "ws://[2001:db8:ffff::]/"],
    ["10.0.0.0/8", "ws://[::ffff:10.1.2.3]/"],
  ];
  for (const [noProxy, url] of direct) {
    test(`${noProxy} makes the connection to ${url} direct`, () => {
      assert.equal(proxyOf(url, { http_proxy: "http://p", no_proxy: noProxy }), undefined);
      assert.equal(proxyOf(url, { http_proxy: "http://p", NO_PROXY: noProxy }), undefined);
    });
  }

  const proxied: [noProxy: string, url: string][] = [
    ["", "ws://example.com/"],
    [".", "ws://example.com/"],
    ["*.", "ws://example.com/"],
    ["example.com", "ws://notexample.com/"],
    ["example.com", "ws://example.com.evil.com/"],
    ["www.example.com", "ws://example.com/"],
    ["example.com:8080", "ws://example.com/"],
    ["10.0.0.0/8", "ws://11.0.0.1/"],
    ["192.168.1.0/25", "ws://192.168.1.128/"],
    ["10.0.0.0/33", "ws://10.0.0.1/"],
    ["10.0.0.0/x", "ws://10.0.0.1/"],
    ["10.0.0.0/8/8", "ws://10.0.0.1/"],
    ["10.0.0.0/8", "ws://[fd00::1]/"],
    ["fd00::/8", "ws://[fe00::1]/"],
    ["fd00::1::/8", "ws://[fd00::1]/"],
    ["[::1]:8080", "ws://[::1]/"],
    ["256.0.0.0/1", "ws://10.0.0.1/"],
    ["1.2.3", "ws://1.2.3.4/"],
  ];
  for (const [noProxy, url] of proxied) {
    test(`${JSON.stringify(noProxy)} leaves the connection to ${url} to the proxy`, () => {
      assert.equal(proxyOf(url, { http_proxy: "http://p", no_proxy: noProxy }), "http://p");
    });
  }

  test("of any text is decided without an exception", () => {
    const text = fc.string({
      unit: fc.constantFrom("a", ".", ":", "::", "/", "8", "*", "[", "]", ",", " ", "fd00", "1.2.3.4"),
    });
    fc.assert(
      fc.property(text, fc.constantFrom("ws://a/", "ws://1.2.3.4/", "ws://[fd00::8]/"), (noProxy, url) => {
        const proxy = proxyOf(url, { http_proxy: "http://p", no_proxy: noProxy });
        assert.ok(proxy === undefined || proxy === "http://p");
      }),
      { numRuns: 1000 },
    );
  });
});
