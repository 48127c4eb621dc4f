import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, posix } from "node:path";
import { describe, test } from "node:test";
import { projectPath } from "../support/paths.js";
import { pages } from "./code-blocks.js";

interface Link {
  readonly line: number;
  readonly target: string;
}

/** Lines outside code blocks, numbered from 1. */
function proseOf(page: string): { line: number; text: string }[] {
  let isCode = false;
  return readFileSync(projectPath(page), "utf8")
    .split("\n")
    .map((text, index) => ({ line: index + 1, text }))
    .filter(({ text }) => {
      if (text.startsWith("```")) isCode = !isCode;
      return !isCode && !text.startsWith("```");
    });
}

function linksOf(page: string): Link[] {
  return proseOf(page).flatMap(({ line, text }) =>
    [...text.replace(/`[^`]*`/g, "").matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => ({ line, target })),
  );
}

/** The anchors of a page's headings, as the usual renderers make them. */
function anchorsOf(page: string): string[] {
  return proseOf(page).flatMap(({ text }) => {
    const heading = /^#{1,6} (.+)$/.exec(text)?.[1];
    if (heading === undefined) return [];
    const words = heading.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "");
    return [words.trim().replaceAll(" ", "-")];
  });
}

function faultOf(page: string, { target }: Link): string | undefined {
  if (/^https:/.test(target)) return undefined;
  if (/^[a-z]+:/.test(target)) return "is not https";
  const [path, anchor] = target.split("#", 2);
  const file = path === "" ? page : posix.normalize(posix.join(dirname(page), path));
  if (file.startsWith("..")) return "leaves the project";
  if (!existsSync(projectPath(file))) return "does not exist";
  if (anchor === undefined || statSync(projectPath(file)).isDirectory()) return undefined;
  return anchorsOf(file).includes(anchor) ? undefined : "has no such heading";
}

/** Paths and file names that a page names in code spans. */
function namedFiles(page: string): { line: number; path: string }[] {
  return proseOf(page).flatMap(({ line, text }) =>
    [...text.matchAll(/`([\w./-]+\.(?:ts|mjs|wat|json|md))`/g)].map(([, path]) => ({ line, path })),
  );
}

const sources = readdirSync(projectPath("src"), { recursive: true, encoding: "utf8" }).map((path) =>
  path.replaceAll("\\", "/"),
);

describe("the pages", () => {
  const checked = [...pages(), "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"];

  for (const page of checked) {
    test(`every link of ${page} leads somewhere`, () => {
      const broken = linksOf(page).flatMap((link) => {
        const fault = faultOf(page, link);
        return fault === undefined ? [] : [`${page}:${link.line}: ${link.target} ${fault}`];
      });
      assert.deepEqual(broken, []);
    });
  }

  test("every page of docs/ can be reached from the README", () => {
    const reached = new Set(["README.md"]);
    for (const page of reached) {
      if (!page.endsWith(".md")) continue;
      for (const { target } of linksOf(page)) {
        if (/^[a-z]+:/.test(target) || target.startsWith("#")) continue;
        const file = posix.normalize(posix.join(dirname(page), target.split("#", 1)[0]));
        if (existsSync(projectPath(file))) reached.add(file);
      }
    }
    assert.deepEqual(
      pages().filter((page) => !reached.has(page)),
      [],
    );
  });

  test("every file that ARCHITECTURE.md names exists", () => {
    const missing = namedFiles("ARCHITECTURE.md").filter(
      ({ path }) =>
        !existsSync(projectPath(path)) &&
        !sources.some((source) => source === path || source.endsWith(`/${path}`)),
    );
    assert.deepEqual(missing, []);
  });

  test("every npm command that a page shows is a script of the package", () => {
    const { scripts } = JSON.parse(readFileSync(projectPath("package.json"), "utf8"));
    const own = new Set([...Object.keys(scripts), "ci", "init", "install", "ls", "pack", "pkg"]);
    const unknown = pages().flatMap((page) =>
      [...readFileSync(projectPath(page), "utf8").matchAll(/\bnpm (?:run )?([a-z][\w:]*)/g)]
        .filter(([, name]) => !own.has(name))
        .map(([command]) => `${page}: ${command}`),
    );
    assert.deepEqual(unknown, []);
  });
});
