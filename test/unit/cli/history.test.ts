import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { History, historyPath, MAX_LINE_CHARACTERS, MAX_LINES } from "#src/cli/connect/history.js";

function newPath(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "sluice-history-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "deep", "history");
}

describe("the history", () => {
  test("is kept from one session to the next, for its owner alone", (t) => {
    const path = newPath(t);
    const history = new History(path);
    assert.deepEqual(history.load(), []);
    for (const line of ["one", "two", "two", "drei €"]) assert.equal(history.add(line), true);
    assert.deepEqual(new History(path).load(), ["one", "two", "drei €"]);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.equal(statSync(join(path, "..")).mode & 0o777, 0o700);
  });

  test("is no reason to wait or to fill the memory when it is a pipe, or huge", (t) => {
    const path = newPath(t);
    mkdirSync(dirname(path));
    execFileSync("mkfifo", [path]);
    const piped = new History(path);
    assert.deepEqual(piped.load(), []);
    assert.equal(piped.add("one"), true);
    rmSync(path);
    writeFileSync(path, "");
    truncateSync(path, 2 ** 40);
    appendFileSync(path, "\nthe last\n");
    assert.deepEqual(new History(path).load(), ["the last"]);
    assert.ok(statSync(path).size < 100);
  });

  test("gives no line that would command the terminal", (t) => {
    const path = newPath(t);
    new History(path).add("one");
    appendFileSync(path, "\x1b]52;c;YQ==\x07\n\u009b2J\na\ttab\n");
    assert.deepEqual(new History(path).load(), ["one", "a\ttab"]);
  });

  test("takes from others what they may read", (t) => {
    const path = newPath(t);
    new History(path).add("one");
    chmodSync(path, 0o644);
    new History(path).load();
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });

  test("leaves out secrets, empty lines and data", (t) => {
    const history = new History(newPath(t));
    for (const line of [" secret", "\tsecret", "", "x".repeat(MAX_LINE_CHARACTERS + 1)])
      assert.equal(history.add(line), false);
    assert.deepEqual(history.load(), []);
  });

  test("is bounded, in what it gives and in what it takes on the disk", (t) => {
    const path = newPath(t);
    new History(path).add("first");
    writeFileSync(path, Array.from({ length: 2 * MAX_LINES + 1 }, (_, i) => `line ${i}\n`).join(""));
    const lines = new History(path).load();
    assert.equal(lines.length, MAX_LINES);
    assert.equal(lines.at(-1), `line ${2 * MAX_LINES}`);
    assert.deepEqual(readFileSync(path, "utf8").trimEnd().split("\n"), lines);
  });

  test("keeps what two sessions add at the same time", (t) => {
    const path = newPath(t);
    const [one, other] = [new History(path), new History(path)];
    one.add("a");
    other.add("b");
    one.add("c");
    assert.deepEqual(new History(path).load(), ["a", "b", "c"]);
  });

  test("that cannot be kept is no failure", () => {
    const history = new History("/dev/null/history");
    assert.deepEqual(history.load(), []);
    assert.equal(history.add("one"), true);
  });

  test("lies where the XDG specification says", () => {
    assert.equal(historyPath({ env: { XDG_STATE_HOME: "/state" } }), "/state/sluice/history");
    const usual = "/people/ada/.local/state/sluice/history";
    assert.equal(historyPath({ env: { XDG_STATE_HOME: "relative", HOME: "/people/ada" } }), usual);
    assert.equal(historyPath({ env: { HOME: "/people/ada" } }), usual);
    assert.equal(historyPath({ env: {} }), join(homedir(), ".local/state/sluice/history"));
  });
});
