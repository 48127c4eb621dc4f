import assert from "node:assert/strict";
import { test } from "node:test";
import { StateError } from "sluice";
import { parseListenTarget } from "#src/server/listen-target.js";

test("a number is a port of every address", () => {
  assert.deepEqual(parseListenTarget(3000), { port: 3000 });
});

test("a port and a host are taken as they are", () => {
  assert.deepEqual(parseListenTarget({ port: 0, host: "::1" }), { port: 0, host: "::1" });
});

test("a path is a unix socket", () => {
  assert.deepEqual(parseListenTarget({ path: "/run/x.sock" }), { path: "/run/x.sock" });
});

for (const target of [-1, 65_536, 0.5, Number.NaN, "80", null, undefined, {}, { port: "80" }, true]) {
  test(`${JSON.stringify(target)} is no place to listen`, () => {
    assert.throws(() => parseListenTarget(target as number), StateError);
  });
}
