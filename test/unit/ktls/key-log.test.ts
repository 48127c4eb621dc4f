import assert from "node:assert/strict";
import { test } from "node:test";
import { KeyLog } from "#src/ktls/key-log.js";

const random = "ab".repeat(32);

test("the key log keeps secrets by their name, wipes the lines, and forgets all when it is told to", () => {
  const log = new KeyLog();
  const line = Buffer.from(`CLIENT_TRAFFIC_SECRET_0 ${"ab".repeat(32)} ${"01".repeat(32)}\n`);
  log.note(line);
  assert.ok(
    line.every((byte) => byte === 0),
    "the line is wiped",
  );
  const secret = log.get("CLIENT_TRAFFIC_SECRET_0");
  assert.deepEqual(secret, Buffer.alloc(32, 1));
  assert.equal(log.get("SERVER_TRAFFIC_SECRET_0"), undefined);
  log.wipe();
  assert.ok(
    secret?.every((byte) => byte === 0),
    "the secret is wiped",
  );
  assert.equal(log.get("CLIENT_TRAFFIC_SECRET_0"), undefined);
});

test("the key log takes hex in both cases, and no other secret", () => {
  const log = new KeyLog();
  const lines = [
    `SERVER_TRAFFIC_SECRET_0 ${random} 00fFaA19\n`,
    `EXPORTER_SECRET ${random} 0102\n`,
    `CLIENT_RANDOM ${random} 0304\n`,
    "",
    "\n",
  ].map((line) => Buffer.from(line));
  for (const line of lines) log.note(line);
  assert.deepEqual(log.get("SERVER_TRAFFIC_SECRET_0"), Buffer.from([0, 255, 170, 25]));
  for (const name of ["EXPORTER_SECRET", "CLIENT_RANDOM"]) assert.equal(log.get(name as never), undefined);
  assert.ok(
    lines.every((line) => line.every((byte) => byte === 0)),
    "all lines are wiped",
  );
});

test("the key log keeps nothing after it was wiped, and wipes the lines all the same", () => {
  const log = new KeyLog();
  log.wipe();
  const line = Buffer.from(`CLIENT_TRAFFIC_SECRET_0 ${random} 0101\n`);
  log.note(line);
  assert.equal(log.get("CLIENT_TRAFFIC_SECRET_0"), undefined);
  assert.ok(line.every((byte) => byte === 0));
});

test("the key log wipes a secret that another replaces", () => {
  const log = new KeyLog();
  log.note(Buffer.from(`CLIENT_TRAFFIC_SECRET_0 ${random} 0101\n`));
  const first = log.get("CLIENT_TRAFFIC_SECRET_0");
  log.note(Buffer.from(`CLIENT_TRAFFIC_SECRET_0 ${random} 0202\n`));
  assert.deepEqual([first, log.get("CLIENT_TRAFFIC_SECRET_0")], [Buffer.alloc(2), Buffer.alloc(2, 2)]);
});
