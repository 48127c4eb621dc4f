// `sluice proxy` with its standard error in a file, where nobody else dates a line.

import assert from "node:assert/strict";
import { closeSync, openSync } from "node:fs";
import { describe, test } from "node:test";
import { type ConfigFolder, makeConfigFolder } from "../support/proxy-program.js";
import { type After, Program } from "../support/terminal.js";
import { ask } from "./plain-request.js";

const dated = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z /;

function startInto(t: After, folder: ConfigFolder, args: readonly string[]): Program {
  const fd = openSync(folder.path("error.log"), "a");
  try {
    return new Program(t, "dist/cli/main.js", ["proxy", ...args], ["pipe", "pipe", fd]);
  } finally {
    closeSync(fd);
  }
}

function linesIn(folder: ConfigFolder): string[] {
  return folder.readFile("error.log").trimEnd().split("\n");
}

describe("sluice proxy with standard error in a file", () => {
  test("begins each line with its time, in UTC", async (t) => {
    const before = Date.now();
    const folder = makeConfigFolder(t, { listen: "127.0.0.1:0", to: "ws://127.0.0.1:1" });
    const program = startInto(t, folder, ["--config", folder.file]);
    const [url] = await program.printed(/^ws:.*$/m);
    assert.equal((await ask(Number(new URL(url).port))).status, 502);
    program.signal("SIGTERM");
    assert.equal(await program.ended, 0);
    const lines = linesIn(folder);
    const times = lines.map((line) => Date.parse(dated.exec(line)?.[0].trim() ?? ""));
    assert.ok(
      times.every((time) => time >= before && time <= Date.now()),
      lines.join("\n"),
    );
    assert.match(
      lines.map((line) => line.replace(dated, "")).join("\n"),
      /^proxying; .*\n#1 ! .*\n#1 - GET \/: 502 /,
    );
  });

  test("says when it could not start, and writes mistakes for an editor with --check", async (t) => {
    const folder = makeConfigFolder(t, { listen: "127.0.0.1:0" });
    assert.equal(await startInto(t, folder, ["--config", folder.file]).ended, 2);
    assert.equal(await startInto(t, folder, ["--config", folder.file, "--check"]).ended, 2);
    folder.write({ listen: "unix:gone/proxy.sock", to: "ws://127.0.0.1:1" });
    assert.equal(await startInto(t, folder, ["--config", folder.file]).ended, 1);
    const [atStart, checked, failed] = linesIn(folder);
    assert.match(atStart, dated);
    assert.equal(atStart.replace(dated, ""), checked);
    assert.ok(checked.startsWith(`${folder.file}:1:1: `), checked);
    assert.match(failed.replace(dated, ""), /^sluice: cannot start: /);
    assert.match(failed, dated);
  });
});
