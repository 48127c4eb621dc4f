import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { projectPath } from "../support/paths.js";
import { pages } from "./code-blocks.js";

// The site itself is built, and its links are followed, by `npm run docs`, which needs packages that the tests do without.

test("every page of docs/ has its place in the sidebar of the site", () => {
  const config = readFileSync(projectPath("site/.vitepress/config.mjs"), "utf8");
  const missing = pages()
    .filter((page) => page.startsWith("docs/"))
    .filter((page) => !config.includes(`link: "/${page.slice("docs/".length, -".md".length)}"`));
  assert.deepEqual(missing, []);
});

test("the reference says what each entry of the package is for", () => {
  const { exports } = JSON.parse(readFileSync(projectPath("package.json"), "utf8")) as { exports: object };
  const names = Object.keys(exports).filter((name) => name !== "./package.json");
  const reference = readFileSync(projectPath("site/reference.mjs"), "utf8");
  const isThere = (name: string) => new RegExp(`^ {2}"?${name}"?: "`, "m").test(reference);
  const missing = names.map((name) => `sluice${name.slice(1)}`).filter((name) => !isThere(name));
  assert.deepEqual(missing, []);
});

test("every page that the landing page links to exists", () => {
  const home = readFileSync(projectPath("site/home.md"), "utf8");
  const known = pages().map((page) => page.replace(/^docs(.*)\.md$/, "$1"));
  const links = [...home.matchAll(/^ +link: (\S+)$/gm)].map(([, link]) => link);
  assert.ok(links.length > 0);
  assert.deepEqual(
    links.filter((link) => !known.includes(link)),
    [],
  );
});
