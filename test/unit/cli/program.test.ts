import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { commands } from "#src/cli/program.js";
import { runInside } from "../../support/command-line.js";

describe("the program", () => {
  test("says how it is used, and fails, when it is called with nothing", async () => {
    const program = runInside([]);
    assert.equal(await program.ended, 2);
    assert.match(program.stderr(), /^Usage: sluice COMMAND/);
    assert.equal(program.stdout(), "");
  });

  for (const args of [["--help"], ["-h"], ["help"]]) {
    test(`sluice ${args.join(" ")} names every command`, async () => {
      const program = runInside(args);
      assert.equal(await program.ended, 0);
      for (const { name } of commands)
        assert.match(program.stdout(), new RegExp(`^ {2}sluice ${name} `, "m"));
    });
  }

  for (const [args, problem] of [
    [["conect"], '"conect" is no command; did you mean connect?'],
    [["nothing"], '"nothing" is no command; there are '],
    [["--port", "1"], "--port needs a command before it; see sluice --help"],
    [["connect"], "sluice connect needs URL; see sluice connect --help"],
    [["con\u001b[31m\nnect"], '"con'],
    [["connect", "--a\u001b[31m\nb"], "--a\\x1b[31m\\nb is no flag of sluice connect"],
    [["help", "nothing"], '"nothing" is no command; there are '],
    [["completion", "tcsh"], 'there is no script for "tcsh"; there are bash, zsh, fish'],
    [["serve", "--prot", "1"], "--prot is no flag of sluice serve; did you mean --port?"],
    [
      ["proxy", "proxy.json"],
      'sluice proxy takes flags only, and "proxy.json" is too much; did you mean --config proxy.json?',
    ],
    [
      ["proxy", "ws://127.0.0.1:1"],
      'sluice proxy takes flags only, and "ws://127.0.0.1:1" is too much; did you mean --to ws://127.0.0.1:1?',
    ],
    [
      ["proxy", "--to", "ws://127.0.0.1:1", "[::1]:8080"],
      'sluice proxy takes flags only, and "[::1]:8080" is too much; did you mean --listen [::1]:8080?',
    ],
    [["proxy", "now"], 'sluice proxy takes flags only, and "now" is too much'],
    [
      ["proxy", "-s", "reload"],
      "-s is no flag of sluice proxy; one that runs takes signals, as in kill -HUP PID to reload, and kill -TERM PID to end: see --help",
    ],
    [["serve", "8080"], 'sluice serve takes flags only, and "8080" is too much'],
  ] as const) {
    test(`sluice ${args.join(" ")} is answered with one line`, async () => {
      const program = runInside(args);
      assert.equal(await program.ended, 2);
      assert.ok(program.stderr().startsWith(`sluice: ${problem}`), program.stderr());
      assert.match(program.stderr(), /^\P{Cc}*\n$/u);
    });
  }

  test("sluice help connect is sluice connect --help", async () => {
    const program = runInside(["help", "connect"]);
    assert.equal(await program.ended, 0);
    assert.match(program.stdout(), /^Usage: sluice connect URL/);
  });

  for (const { name, flags, positionals } of commands) {
    test(`sluice ${name} --help says all of it in at most 100 columns`, async () => {
      const program = runInside([name, "--help"]);
      assert.equal(await program.ended, 0);
      const help = program.stdout();
      for (const flag of Object.keys(flags)) assert.match(help, new RegExp(`--${flag}\\b`));
      for (const positional of positionals) assert.match(help, new RegExp(`^Usage:.* ${positional}`, "m"));
      assert.match(help, /^Exit codes:/m);
      assert.match(help, /^Examples:/m);
      for (const line of help.split("\n")) assert.ok(line.length <= 120, line);
    });
  }
});
