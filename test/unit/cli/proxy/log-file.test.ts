import assert from "node:assert/strict";
import { once } from "node:events";
import { chmodSync, existsSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, test } from "node:test";
import { logFileProblem } from "#src/cli/proxy/log-file.js";
import { makeFifo, noFifos } from "../../../support/fifo.js";
import { mistakesOf, newFolder } from "./config-folder.js";

describe("a file for the access log", () => {
  test("may be there, or not yet, and is not made by asking", (t) => {
    const folder = newFolder(t, { "a.log": "{}\n" });
    assert.equal(logFileProblem(join(folder, "a.log")), undefined);
    assert.equal(logFileProblem(join(folder, "b.log")), undefined);
    assert.equal(logFileProblem("/dev/null"), undefined);
    assert.ok(!existsSync(join(folder, "b.log")));
  });

  test("is in a folder, and is none", (t) => {
    const folder = newFolder(t, { file: "" });
    const missing = join(folder, "no", "such");
    for (const [file, problem] of [
      [folder, 'is a folder; write the name of a file in it, such as "access.log"'],
      [
        join(missing, "a.log"),
        `cannot be made, for there is no folder ${missing}; make that, or write another name`,
      ],
      [
        join(folder, "file", "a.log"),
        `cannot be made, for there is no folder ${join(folder, "file")}; make that, or write another name`,
      ],
    ])
      assert.equal(logFileProblem(file), problem);
  });

  test("may be a FIFO that nobody reads yet, and is no socket", { skip: noFifos }, async (t) => {
    const folder = newFolder(t, {});
    makeFifo(join(folder, "a.fifo"));
    assert.equal(logFileProblem(join(folder, "a.fifo")), undefined);
    const server = createServer().listen(join(folder, "a.sock"));
    t.after(() => server.close());
    await once(server, "listening");
    assert.equal(
      logFileProblem(join(folder, "a.sock")),
      "is a socket, which cannot be opened as a file; write the name of a file or of a FIFO",
    );
  });

  test("can be written, or made, by whoever asks", (t) => {
    const folder = newFolder(t, { "a.log": "" });
    chmodSync(join(folder, "a.log"), 0o444);
    const problem = logFileProblem(join(folder, "a.log"));
    // The administrator may write everywhere.
    if (process.getuid?.() === 0) assert.equal(problem, undefined);
    else assert.match(String(problem), /^cannot be written by this user \(EACCES\); /);
  });

  test("is told in its line of the config file", (t) => {
    const config = '{ "listen": 1, "to": "ws://a",\n"accessLog": "no/a.log" }';
    const [told, ...others] = mistakesOf(t, config);
    assert.deepEqual(others, []);
    assert.match(
      told,
      /^proxy\.json:2:14: accessLog "no\/a\.log" cannot be made, for there is no folder no; make that, or /,
    );
    assert.deepEqual(mistakesOf(t, config.replace("no/a.log", "log/a.log"), { "log/x": "" }), []);
  });
});
