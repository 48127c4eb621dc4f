// Keeps rfc7692.md honest: every test that it names exists, and every row says what it has to.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { projectPath } from "../support/paths.js";

const [, requirements, exceptions] = readFileSync(projectPath("test/rfc/rfc7692.md"), "utf8").split(/^## /m);

/** The cells of a table's body. */
function readRows(part: string): string[][] {
  const lines = part.split("\n").filter((line) => line.startsWith("| "));
  return lines.slice(1).map((line) => line.slice(2, -2).split(" | "));
}

/** Finds the name as a heading or in quotation marks, where `…` is anything that a template fills in. */
function patternOf(name: string): RegExp {
  const text = name
    .split("…")
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
    .join("\\$\\{[^\\n]*?\\}");
  return new RegExp(`^## ${text}$|(["'\`])${text}\\1`, "m");
}

describe("index of RFC 7692", () => {
  test("every requirement names a test that exists", () => {
    for (const [, , , name, path] of readRows(requirements)) {
      const source = readFileSync(projectPath("test", path), "utf8");
      assert.match(source, patternOf(name), `${path} has no test "${name}"`);
    }
  });

  test("every row is complete", () => {
    const rows = readRows(requirements);
    assert.ok(rows.length > 30);
    for (const row of rows) {
      assert.equal(row.length, 5, row.join(" | "));
      assert.match(row[0], /^[5-7](?:\.\d)*$/, row.join(" | "));
      assert.match(row[1], /^(?:client|server|both)$/, row.join(" | "));
    }
    for (const row of readRows(exceptions)) assert.equal(row.length, 4, row.join(" | "));
  });

  test("finds names in strings, templates and headings, and no part of one", () => {
    const found = ['test("a b", f)', "test(`a b`, f)", "x\n## a b\ny"];
    for (const source of found) assert.match(source, patternOf("a b"));
    assert.match(`test(\`a \${x} b \${f(y)}\`, g)`, patternOf("a … b …"));
    for (const source of ['test("a b c", f)', 'test("x a b", f)', "## a b c"]) {
      assert.doesNotMatch(source, patternOf("a b"));
    }
  });
});
