import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { hasTool } from "../../support/outside-process.js";
import { projectPath } from "../../support/paths.js";

/** A copy of what the addon is built from. */
class Workshop {
  readonly root = mkdtempSync(join(tmpdir(), "sluice-native-"));
  readonly addon = join(this.root, "native/build/sluice.node");
  readonly sanitized = join(this.root, "native/build/sanitized/sluice.node");

  constructor(t: TestContext) {
    t.after(() => rmSync(this.root, { recursive: true, force: true }));
    const isSource = (path: string): boolean => !path.startsWith(projectPath("native/build"));
    cpSync(projectPath("native"), join(this.root, "native"), { recursive: true, filter: isSource });
    cpSync(projectPath("scripts/build-native.mjs"), join(this.root, "scripts/build-native.mjs"));
  }

  build(args: string[] = [], path = process.env.PATH): { status: number | null; said: string } {
    const script = join(this.root, "scripts/build-native.mjs");
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], {
      encoding: "utf8",
      env: { ...process.env, PATH: path },
    });
    return { status, said: stdout + stderr };
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.root, "native", name), text);
  }
}

const isHere = process.platform === "linux";

describe("build-native", () => {
  test("compiles an addon that loads, says where it is, and again only when its sources are newer", (t) => {
    if (!isHere || !hasTool(t, "gcc")) return;
    const workshop = new Workshop(t);
    assert.deepEqual(workshop.build(), { status: 0, said: `native: built ${workshop.addon}\n` });
    const loading = `console.log(typeof require(${JSON.stringify(workshop.addon)}).ringEnter)`;
    assert.equal(spawnSync(process.execPath, ["-e", loading], { encoding: "utf8" }).stdout, "function\n");
    const built = statSync(workshop.addon).mtimeMs;
    assert.deepEqual(workshop.build(), { status: 0, said: "" });
    assert.equal(statSync(workshop.addon).mtimeMs, built);
    utimesSync(join(workshop.root, "native/sluice.h"), new Date(), new Date(Date.now() + 5000));
    workshop.build();
    assert.ok(statSync(workshop.addon).mtimeMs > built);
  });

  test("puts one that is watched beside it", (t) => {
    if (!isHere || !hasTool(t, "gcc")) return;
    const workshop = new Workshop(t);
    const said = `native: built ${workshop.sanitized}\n`;
    assert.deepEqual(workshop.build(["--sanitize"]), { status: 0, said });
    assert.equal(existsSync(workshop.addon), false);
    const symbols = spawnSync("grep", ["-c", "__asan_init", workshop.sanitized], { encoding: "utf8" });
    assert.equal(symbols.status, 0);
  });

  test("takes a warning for an error", (t) => {
    if (!isHere || !hasTool(t, "gcc")) return;
    const workshop = new Workshop(t);
    workshop.write("more.c", "int more(void) { int unused; return 0; }\n");
    const { status, said } = workshop.build();
    assert.notEqual(status, 0);
    assert.match(said, /unused/);
    assert.equal(existsSync(workshop.addon), false);
  });

  test("says in one line what is missing, and that is no failure", (t) => {
    const workshop = new Workshop(t);
    const { status, said } = workshop.build([], "");
    assert.equal(status, 0);
    const reason = isHere ? "there is no C compiler (cc, gcc or clang)" : "it is for Linux";
    assert.equal(said, `native: io_uring is not built, for ${reason}\n`);
  });
});
