// The command that boots the guest, with small programs in the place of Debian's and of qemu.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { pathToFileURL } from "node:url";
import { projectPath } from "../../support/paths.js";

const isHere = process.platform === "linux" && process.arch === "x64";
const isRoot = process.getuid?.() === 0;

/** A place where these programs, written for the shell, are all that can be found. */
class Stage {
  readonly #root = mkdtempSync(join(tmpdir(), "sluice-ktls-"));
  readonly #programs = join(this.#root, "programs");
  readonly cache = join(this.#root, "cache");

  constructor(t: TestContext, programs: Record<string, string>) {
    t.after(() => rmSync(this.#root, { recursive: true, force: true }));
    mkdirSync(this.#programs);
    for (const [name, text] of Object.entries(programs)) {
      writeFileSync(join(this.#programs, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    }
  }

  run(...args: string[]): { status: number | null; stdout: string; stderr: string } {
    const { status, stdout, stderr } = spawnSync(process.execPath, args, {
      encoding: "utf8",
      env: { PATH: this.#programs, SLUICE_KTLS_CACHE: this.cache },
    });
    return { status, stdout, stderr };
  }

  command(...args: string[]): ReturnType<Stage["run"]> {
    return this.run(projectPath("scripts/ktls/main.mjs"), ...args);
  }

  /** Runs the machine alone and answers what it says of its end. */
  boot(deadlineSeconds: number): unknown {
    const module = JSON.stringify(pathToFileURL(projectPath("scripts/ktls/machine.mjs")).href);
    const job = '{ project: "/", command: ["true"], variables: {} }';
    const program = `
      const { runMachine } = await import(${module});
      const { ending, text } = await runMachine({ kernel: "k", initramfs: "i" }, ${job}, ${deadlineSeconds});
      console.log(JSON.stringify({ ...ending, text }));`;
    const { stdout, stderr } = this.run("--input-type=module", "-e", program);
    assert.equal(stderr, "");
    return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "");
  }
}

const everythingInstalled = 'echo "Status: install ok installed"';
const kernelKnown = 'echo "Depends: linux-image-6.1.0-1-amd64 (= 6.1.1-1)"';

describe("the command that boots the guest", {
  skip: isHere ? false : "the guest is for linux on x64",
}, () => {
  test("names the packages that are missing in one line, or installs them as root", (t) => {
    const stage = new Stage(t, { "dpkg-query": "exit 1", "apt-get": 'echo "apt-get $*" >&2; exit 100' });
    const { status, stdout, stderr } = stage.command();
    const names = "qemu-system-x86 busybox-static cpio kmod xz-utils";
    assert.equal(status, 3);
    assert.equal(stdout, isRoot ? `test:ktls: installing ${names}\n` : "");
    const asRoot = "test:ktls: apt-get update --quiet failed: apt-get update --quiet\n";
    const asUser = `test:ktls: packages of Debian are missing; install them first: ${names}\n`;
    assert.equal(stderr, isRoot ? asRoot : asUser);
  });

  test("says in one line that apt knows no kernel", (t) => {
    const stage = new Stage(t, {
      "dpkg-query": everythingInstalled,
      "apt-get": "exit 0",
      "apt-cache": "exit 0",
    });
    const { status, stderr } = stage.command();
    assert.equal(status, 3);
    assert.equal(stderr, "test:ktls: apt knows no package linux-image-amd64; run apt-get update first\n");
  });

  test("leaves nothing in its cache that is not whole", (t) => {
    const download = 'case $1 in download) echo "no network" >&2; exit 100;; esac';
    const stage = new Stage(t, {
      "dpkg-query": everythingInstalled,
      "apt-cache": kernelKnown,
      "apt-get": download,
    });
    const { status, stderr } = stage.command();
    assert.equal(status, 3);
    assert.match(
      stderr,
      /^test:ktls: apt-get download .*linux-image-6\.1\.0-1-amd64=6\.1\.1-1 failed: no network\n$/,
    );
    assert.ok(existsSync(stage.cache));
    assert.deepEqual(readdirSync(stage.cache), []);
  });

  test("says what is wrong with what it is given before it looks for anything else", (t) => {
    for (const [args, complaint] of [
      [["--deadline", "soon"], "--deadline takes a number of whole seconds, at least 1"],
      [["nosuchtest"], "no test file of the guest matches nosuchtest"],
    ] as const) {
      const { status, stdout, stderr } = new Stage(t, {}).command(...args);
      assert.deepEqual([status, stdout], [2, ""]);
      assert.equal(stderr, `test:ktls: ${complaint}\n`);
    }
  });

  test("says how it is used when it is asked", (t) => {
    const { status, stdout, stderr } = new Stage(t, {}).command("--help");
    assert.deepEqual([status, stderr], [0, ""]);
    assert.match(stdout, /^npm run test:ktls -- \[--deadline SECONDS\] /);
  });
});

describe("the machine", { skip: isHere ? false : "the guest is for linux on x64" }, () => {
  const known = { deadlineSeconds: 60, isLate: false };

  test("tells how qemu ended and all that it printed", (t) => {
    const stage = new Stage(t, { "qemu-system-x86_64": "echo 'ℹ tests 1'; exit 85" });
    assert.deepEqual(stage.boot(60), { ...known, code: 85, signal: null, text: "ℹ tests 1\n" });
  });

  test("tells that qemu is not there", (t) => {
    const error = "spawn qemu-system-x86_64 ENOENT";
    assert.deepEqual(new Stage(t, {}).boot(60), { ...known, error, text: "" });
  });

  test("kills qemu when its time is over", (t) => {
    const stage = new Stage(t, { "qemu-system-x86_64": "exec /bin/sleep 60" });
    const late = { deadlineSeconds: 1, isLate: true, code: null, signal: "SIGKILL", text: "" };
    assert.deepEqual(stage.boot(1), late);
  });
});
