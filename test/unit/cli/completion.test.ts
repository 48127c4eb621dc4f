import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { bashScript } from "#src/cli/completion/bash-script.js";
import { fishScript } from "#src/cli/completion/fish-script.js";
import { zshScript } from "#src/cli/completion/zsh-script.js";
import { commands } from "#src/cli/program.js";
import { hasTool } from "../../support/outside-process.js";

/** What bash would offer for the last of these words. */
function bashOffers(t: TestContext, ...words: readonly string[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), "sluice-completion-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "sluice.bash"), bashScript(commands));
  writeFileSync(join(folder, "my key.pem"), "");
  const script = `. ./sluice.bash
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_sluice
for word in "\${COMPREPLY[@]}"; do echo "$word"; done`;
  const { stdout, stderr, status } = spawnSync("bash", ["-c", script, "bash", ...words], {
    cwd: folder,
    encoding: "utf8",
  });
  assert.equal(stderr, "");
  assert.equal(status, 0);
  return stdout.split("\n").filter(Boolean);
}

describe("completion", () => {
  test("bash offers commands, flags, values and files", (t) => {
    if (!hasTool(t, "bash")) return;
    assert.deepEqual(bashOffers(t, "sluice", ""), [
      ...commands.map(({ name }) => name),
      "--help",
      "--version",
    ]);
    assert.deepEqual(bashOffers(t, "sluice", "conn"), ["connect"]);
    assert.deepEqual(bashOffers(t, "sluice", "connect", "--reco"), ["--reconnect"]);
    assert.deepEqual(bashOffers(t, "sluice", "serve", "--reco"), []);
    assert.deepEqual(bashOffers(t, "sluice", "connect", "--transport", ""), ["auto", "node", "uring"]);
    assert.deepEqual(bashOffers(t, "sluice", "connect", "--header", "--"), []);
    assert.deepEqual(bashOffers(t, "sluice", "connect", "-H", "--"), []);
    assert.deepEqual(bashOffers(t, "sluice", "serve", "--key", "my"), ["my key.pem"]);
    assert.deepEqual(bashOffers(t, "sluice", "completion", "z"), ["zsh"]);
  });

  for (const command of commands) {
    test(`bash offers every flag of ${command.name}`, (t) => {
      if (!hasTool(t, "bash")) return;
      const flags = [...Object.keys(command.flags), "help"].map((name) => `--${name}`);
      assert.deepEqual(bashOffers(t, "sluice", command.name, "--"), flags);
    });
  }

  test("zsh and fish learn each command and each flag with what it is for", () => {
    const [zsh, fish] = [zshScript(commands), fishScript(commands)];
    for (const { name, flags } of commands) {
      assert.match(zsh, new RegExp(`^ {4}'${name}:`, "m"));
      assert.match(fish, new RegExp(`-a ${name} -d '`));
      for (const [flag, { short }] of Object.entries(flags)) {
        assert.match(zsh, new RegExp(`--${flag}\\b`));
        const letter = short === undefined ? "" : `-s ${short} `;
        assert.match(fish, new RegExp(`from ${name}' ${letter}-l ${flag}\\b.* -d '`));
      }
    }
    assert.match(zsh, /--transport'\[what carries connections\]:KIND:\(auto node uring\)'/);
    assert.match(zsh, /'\(-k --insecure\)'\{-k,--insecure\}'\[do not check the server'\\''s certificate\]'/);
    assert.match(fish, /-l transport -x -a 'auto node uring'/);
    assert.match(fish, /-l ca -r -F /);
  });

  for (const [shell, script] of [
    ["zsh", zshScript(commands)],
    ["fish", fishScript(commands)],
  ] as const) {
    test(`the script for ${shell} closes every quote that it opens`, () => {
      for (const line of script.split("\n")) {
        const bare = shell === "zsh" ? line.replaceAll("'\\''", "") : line.replaceAll("\\'", "");
        if (line.startsWith("#") || line.includes('"')) continue;
        assert.equal(bare.split("'").length % 2, 1, line);
      }
    });

    test(`${shell} itself can read its script`, (t) => {
      if (!hasTool(t, shell)) return;
      const folder = mkdtempSync(join(tmpdir(), "sluice-completion-"));
      t.after(() => rmSync(folder, { recursive: true }));
      const path = join(folder, "script");
      writeFileSync(path, script);
      const { status, stderr } = spawnSync(shell, ["-n", path], { encoding: "utf8" });
      assert.deepEqual([status, stderr], [0, ""]);
    });
  }

  test("every flag and every command says what it is for", () => {
    for (const { name, summary, flags } of commands) {
      assert.match(summary, /^[a-z].*[^.]$/);
      for (const [flag, { about, type, value }] of Object.entries(flags)) {
        assert.match(about ?? "", /^[a-z].*[^.]$/, `--${flag} of ${name}`);
        assert.equal(value !== undefined, type === "string", `--${flag} of ${name}`);
      }
    }
  });
});
