import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, posix } from "node:path";
import { describe, test } from "node:test";
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

describe("the package", () => {
  const packed = packedFiles();

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

  test("has no script that runs what was not built", () => {
    const unbuilt = Object.entries(manifest.scripts).filter(
      ([, script]) => script.includes("build/") && !script.startsWith("npm run --silent build"),
    );
    assert.deepEqual(unbuilt, []);
  });
});
