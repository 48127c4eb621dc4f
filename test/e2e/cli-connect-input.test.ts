// What `sluice connect` and `sluice serve` make of an input that is not what they take.

import assert from "node:assert/strict";
import { closeSync, openSync } from "node:fs";
import { describe, test } from "node:test";
import { runInside, runSluice } from "../support/command-line.js";
import { projectPath } from "../support/paths.js";
import { startRawServer } from "../support/raw-server.js";
import { echo, startServer } from "../support/sluice-server.js";
import { type After, Program } from "../support/terminal.js";
import { opcodes } from "../support/wire.js";

const aDirectory =
  "sluice: cannot read the input: it is a directory; give a file, or /dev/null for nothing\n";

/** With a directory as its standard input, as `sluice … < directory`. */
function startWithDirectory(t: After, args: readonly string[]): Program {
  const directory = openSync(projectPath("docs"), "r");
  const program = new Program(t, "dist/cli/main.js", args, [directory, "pipe", "pipe"]);
  closeSync(directory);
  return program;
}

describe("sluice connect with an input that", () => {
  for (const args of [[], ["--binary"], ["--no-close"]]) {
    test(`is a directory, ${args.join(" ") || "without flags"}: exit code 1 and one line`, async (t) => {
      const { url } = await startServer(t, echo);
      const program = startWithDirectory(t, ["connect", url, ...args]);
      assert.equal(await program.ended, 1);
      assert.equal(program.stderr, aDirectory);
    });
  }

  test("is no UTF-8 says so once, and sends U+FFFD for what is not", async (t) => {
    const { url } = await startServer(t, echo);
    const input = Buffer.from("hello\ngr\u00fc\u00dfe\nf\u00fcr\n", "latin1");
    const { exitCode, stdout, stderr } = await runSluice(t, ["connect", url], input);
    assert.equal(stdout, "hello\ngr\ufffd\ufffde\nf\ufffdr\n");
    const line = "line 2 of the input is no UTF-8, and U+FFFD is sent for what is not";
    assert.equal(stderr, `sluice: ${line}; --binary sends bytes as they are\n`);
    assert.equal(exitCode, 0);
  });

  test("breaks off in the middle of a binary message: exit code 1 and one line", async (t) => {
    const server = await startRawServer(t);
    const program = runInside(["connect", server.url, "--binary"]);
    const peer = await server.acceptUpgrade();
    program.stdin.write("the first part");
    assert.equal((await peer.readFrame()).opcode, opcodes.binary);
    program.stdin.destroy(new Error("the disk is gone"));
    await peer.readToEnd().finally(() => peer.socket.destroy());
    assert.equal(await program.ended, 1);
    assert.equal(program.stderr(), "sluice: cannot read the input: the disk is gone\n");
  });
});

test("sluice serve --broadcast says that its input is a directory, and serves on", async (t) => {
  const program = startWithDirectory(t, ["serve", "--broadcast", "--port", "0", "--quiet"]);
  await program.complained(/\n/);
  assert.equal(program.stderr, aDirectory);
  program.signal("SIGTERM");
  assert.equal(await program.ended, 0);
});
