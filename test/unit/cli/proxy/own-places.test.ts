import assert from "node:assert/strict";
import { networkInterfaces } from "node:os";
import { describe, test } from "node:test";
import { parseListenText } from "#src/cli/proxy/listen-text.js";
import { isSamePlace, leadsTo } from "#src/cli/proxy/own-places.js";

function place(text: string) {
  const found = parseListenText(text, "/run");
  assert.ok(found, text);
  return found;
}

describe("two places to listen", () => {
  for (const [a, b, isSame] of [
    ["8080", "8080", true],
    ["8080", "127.0.0.1:8080", true],
    ["8080", "[::1]:8080", true],
    ["8080", "localhost:8080", true],
    ["[::]:8080", "0.0.0.0:8080", true],
    ["0.0.0.0:8080", "127.0.0.1:8080", true],
    ["HOST:8080", "host:8080", true],
    ["unix:a", "unix:/run/a", true],
    ["8080", "8081", false],
    ["0", "0", false],
    ["0.0.0.0:8080", "[::1]:8080", false],
    ["127.0.0.1:8080", "127.0.0.2:8080", false],
    // Whether they are one is up to the machine.
    ["127.0.0.1:8080", "localhost:8080", false],
    ["unix:a", "unix:b", false],
    ["unix:a", "8080", false],
  ] as const) {
    test(`${a} and ${b} are ${isSame ? "one" : "two"}`, () => {
      assert.equal(isSamePlace(place(a), place(b)), isSame);
      assert.equal(isSamePlace(place(b), place(a)), isSame);
    });
  }
});

describe("the URL of an upstream", () => {
  const [own] = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family }) => family === "IPv4");
  for (const [url, text, isLoop] of [
    ["ws://127.0.0.1:8080", "8080", true],
    ["http://localhost:8080/path", "8080", true],
    ["ws://[::1]:8080", "8080", true],
    ["ws://0.0.0.0:8080", "8080", true],
    ["ws://127.0.0.1:8080", "0.0.0.0:8080", true],
    [`ws://${own?.address ?? "127.0.0.1"}:8080`, "8080", true],
    ["ws://127.0.0.1:8080", "127.0.0.1:8080", true],
    ["ws://localhost:8080", "127.0.0.1:8080", true],
    ["ws://localhost:8080", "[::1]:8080", true],
    ["ws://127.0.0.1:8080", "localhost:8080", true],
    ["ws://a.example:8080", "a.example:8080", true],
    ["wss://localhost", "443", true],
    ["ws+unix:/run/a", "unix:a", true],
    ["ws://127.0.0.1:8081", "8080", false],
    ["ws://a.example:8080", "8080", false],
    ["ws://192.0.2.1:8080", "8080", false],
    ["ws://127.0.0.1:8080", "127.0.0.2:8080", false],
    ["ws://[::1]:8080", "127.0.0.1:8080", false],
    ["ws://127.0.0.1:8080", "0", false],
    ["ws+unix:/run/b", "unix:a", false],
    ["ws+unix:/run/a", "8080", false],
    ["ws://127.0.0.1:8080", "unix:a", false],
  ] as const) {
    test(`${url} ${isLoop ? "leads" : "does not lead"} to ${text}`, () => {
      assert.equal(leadsTo(url, place(text)), isLoop);
    });
  }
});
