import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, posix } from "node:path";
import { describe, test } from "node:test";
import { type Probe, probe } from "sluice/uring";
import { projectPath } from "../support/paths.js";
import { pages } from "./code-blocks.js";

const manifest = JSON.parse(readFileSync(projectPath("package.json"), "utf8")) as {
  version: string;
  scripts: Record<string, string>;
};

/** The files that would be published, as npm lists them. */
function packedFiles(): string[] {
  const args = ["pack", "--dry-run", "--json", "--ignore-scripts", "--offline"];
  const { status, stdout, stderr, error } = spawnSync("npm", args, {
    cwd: projectPath("."),
    encoding: "utf8",
  });
  if (error) throw error;
  assert.equal(status, 0, stderr);
  const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }];
  return files.map(({ path }) => path);
}

const addon = "native/build/sluice.node";

/** What the package that is installed in a folder says of the ring. */
function probeIn(folder: string): Probe["uring"] {
  const { SLUICE_ADDON: _ours, ...env } = process.env;
  const script = 'import { probe } from "sluice/uring"; console.log(JSON.stringify(probe().uring));';
  const args = ["--input-type=module", "--eval", script];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8", env });
  assert.equal(stderr, "");
  return JSON.parse(stdout);
}

describe("the package", () => {
  const packed = packedFiles();

  test("says how the addon is built where it is installed, and that is so", (t) => {
    if (process.platform !== "linux") return;
    const folder = realpathSync(mkdtempSync(join(tmpdir(), "sluice-package-")));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const installed = join(folder, "node_modules/sluice");
    for (const file of packed) if (file !== addon) cpSync(projectPath(file), join(installed, file));
    const script = join(installed, "scripts/build-native.mjs");
    const command = `\`node ${script}\` builds it, with a C compiler and Node's headers`;
    assert.equal(probeIn(folder).reason, `the native addon is not built: ${command}`);
    // Where ours was not built, neither can that one be.
    if (!existsSync(projectPath(addon))) return;
    const { status, stdout, stderr } = spawnSync(process.execPath, [script], { encoding: "utf8" });
    assert.equal(status, 0, stderr);
    assert.equal(stdout, `native: built ${join(installed, addon)}\n`);
    assert.deepEqual(probeIn(folder), JSON.parse(JSON.stringify(probe().uring)));
  });

  test("holds the README's pages and what those link to", () => {
    const broken = pages()
      .filter((page) => page === "README.md" || page.startsWith("docs/"))
      .flatMap((page) =>
        [...readFileSync(projectPath(page), "utf8").matchAll(/\]\(([^)\s#]+)(?:#[^)]*)?\)/g)]
          .map(([, target]) => target)
          .filter((target) => !target.startsWith("https:"))
          .map((target) => posix.join(dirname(page), target))
          .filter((file) => !packed.some((path) => path === file || path.startsWith(`${file}/`)))
          .map((file) => `${page}: ${file}`),
      );
    assert.deepEqual(broken, []);
  });

  test("has no pictures, which would be half of it", () => {
    assert.deepEqual(
      packed.filter((path) => path.endsWith(".png")),
      [],
    );
  });

  test("is called in the documentation what npm calls it", () => {
    const named = pages().flatMap((page) =>
      [...readFileSync(projectPath(page), "utf8").matchAll(/sluice-([\w.-]+)\.tgz/g)].map(
        ([, version]) => version,
      ),
    );
    assert.deepEqual([...new Set(named)], [manifest.version]);
  });

  test("is asked of no registry by the documentation, while it is on none", () => {
    const asked = pages().flatMap((page) => {
      const text = readFileSync(projectPath(page), "utf8");
      const installed = [...text.matchAll(/\b(?:npm|pnpm|yarn) (?:install|i|add) sluice\b/g)].map(
        ([line]) => line,
      );
      const depended = [...text.matchAll(/"sluice": "([^"]*)"/g)].map(([, range]) => range);
      const local = `file:../sluice/sluice-${manifest.version}.tgz`;
      return [...installed, ...depended.filter((range) => range !== local)].map((what) => `${page}: ${what}`);
    });
    assert.deepEqual(asked, []);
  });

  test("has no script that runs what was not built", () => {
    const unbuilt = Object.entries(manifest.scripts).filter(
      ([, script]) => script.includes("build/") && !script.startsWith("npm run --silent build"),
    );
    assert.deepEqual(unbuilt, []);
  });
});
