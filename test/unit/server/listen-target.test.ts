import assert from "node:assert/strict";
import { test } from "node:test";
import { StateError } from "sluice";
import { parseListenTarget } from "#src/server/listen-target.js";

test("a number is a port of every address", () => {
  const { port, host } = parseListenTarget(3000);
  assert.deepEqual([port, host], [3000, undefined]);
});

test("a port and a host are taken as they are", () => {
  const { port, host } = parseListenTarget({ port: 0, host: "::1" });
  assert.deepEqual([port, host], [0, "::1"]);
});

test("a path is a unix socket", () => {
  assert.equal(parseListenTarget({ path: "/run/x.sock" }).path, "/run/x.sock");
});

for (const target of [-1, 65_536, 0.5, Number.NaN, "80", null, undefined, {}, { port: "80" }, true]) {
  test(`${JSON.stringify(target)} is no place to listen`, () => {
    assert.throws(() => parseListenTarget(target as number), StateError);
  });
}
