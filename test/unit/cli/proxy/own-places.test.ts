import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { hostname, networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
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
    ["0.0.0.0:8080", "[::ffff:127.0.0.1]:8080", true],
    ["127.0.0.1:8080", "[::ffff:7f00:1]:8080", true],
    ["[::1]:8080", "[0:0::1]:8080", true],
    ["localhost:8080", "localhost.:8080", true],
    ["host:8080", "HOST.:8080", true],
    ["127.0.0.1:8080", "app.localhost:8080", true],
    ["[::1]:8080", "app.localhost:8080", true],
    ["0.0.0.0:8080", "app.localhost:8080", true],
    ["localhost:8080", "app.localhost:8080", true],
    ["a.localhost:8080", "b.localhost.:8080", true],
    ["127.0.0.2:8080", "app.localhost:8080", false],
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
    ["ws://app.localhost:8080", "8080", true],
    ["ws://app.localhost:8080", "127.0.0.1:8080", true],
    ["ws://app.localhost.:8080", "[::1]:8080", true],
    ["ws://app.localhost:8080", "0.0.0.0:8080", true],
    ["ws://a.localhost:8080", "b.localhost:8080", true],
    ["ws://localhost.:8080", "8080", true],
    ["ws://localhost.:8080", "localhost:8080", true],
    ["ws://127.0.0.1:8080", "app.localhost:8080", true],
    ["ws://[::ffff:127.0.0.1]:8080", "8080", true],
    ["ws://[::ffff:127.0.0.1]:8080", "127.0.0.1:8080", true],
    ["ws://127.0.0.1:8080", "[::ffff:127.0.0.1]:8080", true],
    ["ws://0.0.0.0:8080", "127.0.0.1:8080", true],
    ["ws://[::]:8080", "[::1]:8080", true],
    ["ws://127.9.9.9:8080", "8080", true],
    ["ws://a.example.:8080", "A.example:8080", true],
    [`ws://${hostname()}:8080`, "8080", true],
    [`ws://${hostname().toUpperCase()}.:8080`, "0.0.0.0:8080", true],
    [`ws://[::ffff:${own?.address ?? "127.0.0.1"}]:8080`, "0.0.0.0:8080", true],
    ["ws://app.localhost:8080", "127.0.0.2:8080", false],
    ["ws://notlocalhost:8080", "8080", false],
    ["ws://[::1]:8080", "0.0.0.0:8080", false],
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

test("a unix socket is one place whatever links lead to its folder", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "sluice-places-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, "real"));
  symlinkSync("real", join(folder, "link"));
  writeFileSync(join(folder, "real", "there"), "");
  symlinkSync("there", join(folder, "real", "alias"));
  const at = (path: string) => ({ path: join(folder, path) });
  assert.equal(isSamePlace(at("real/a"), at("link/a")), true);
  assert.equal(isSamePlace(at("real/a"), at("link/b")), false);
  assert.equal(isSamePlace(at("none/a"), at("none/a")), true);
  for (const [path, place, isLoop] of [
    ["link/a", "real/a", true],
    ["real/a", "link/a", true],
    ["link/alias", "real/there", true],
    ["link/b", "real/a", false],
    ["none/a", "real/a", false],
  ] as const)
    assert.equal(leadsTo(`ws+unix:${join(folder, path)}`, at(place)), isLoop, path);
});
