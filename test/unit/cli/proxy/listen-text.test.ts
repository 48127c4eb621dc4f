import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { nameOfPlace, parseListenText } from "#src/cli/proxy/listen-text.js";

describe("where to listen", () => {
  for (const [text, place] of [
    ["8080", { port: 8080 }],
    ["0", { port: 0 }],
    ["127.0.0.1:8080", { port: 8080, host: "127.0.0.1" }],
    ["localhost:65535", { port: 65_535, host: "localhost" }],
    ["[::1]:8080", { port: 8080, host: "::1" }],
    ["[fe80::1%lo]:1", { port: 1, host: "fe80::1%lo" }],
    ["unix:/run/proxy.sock", { path: "/run/proxy.sock" }],
    ["unix:proxy.sock", { path: "/folder/proxy.sock" }],
  ] as const) {
    test(`${text} is understood, and is its name`, () => {
      assert.deepEqual(parseListenText(text, "/folder"), place);
      assert.equal(nameOfPlace(place), text.replace("unix:proxy", "unix:/folder/proxy"));
    });
  }

  for (const text of [
    "",
    ":8080",
    "*:8080",
    "65536",
    "-1",
    "a b:1",
    "::1:8080",
    "http://x:1",
    "localhost",
    "unix:",
    "1:2:3",
    "[::1]",
  ]) {
    test(`${JSON.stringify(text)} is none`, () => {
      assert.equal(parseListenText(text, "/"), undefined);
    });
  }
});
