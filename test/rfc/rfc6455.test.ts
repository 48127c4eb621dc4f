// Keeps rfc6455.md honest: every test that it names exists, and no section of the RFC is passed over.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { projectPath } from "../support/paths.js";

/** The sections of RFC 6455 from the opening handshake to the security considerations. */
const sections = [
  ["4", "4.1", "4.2", "4.2.1", "4.2.2", "4.3", "4.4"],
  ["5", "5.1", "5.2", "5.3", "5.4", "5.5", "5.5.1", "5.5.2", "5.5.3", "5.6", "5.7", "5.8"],
  ["6", "6.1", "6.2"],
  ["7", "7.1", "7.1.1", "7.1.2", "7.1.3", "7.1.4", "7.1.5", "7.1.6", "7.1.7"],
  ["7.2", "7.2.1", "7.2.2", "7.2.3", "7.3", "7.4", "7.4.1", "7.4.2"],
  ["8", "8.1", "9", "9.1", "9.2"],
  ["10", "10.1", "10.2", "10.3", "10.4", "10.5", "10.6", "10.7", "10.8"],
].flat();

const [, requirements, exceptions, silent] = readFileSync(projectPath("test/rfc/rfc6455.md"), "utf8").split(
  /^## /m,
);

/** The cells of a table's body. */
function readRows(part: string): string[][] {
  const lines = part.split("\n").filter((line) => line.startsWith("| "));
  return lines.slice(1).map((line) => line.slice(2, -2).split(" | "));
}

/** The offset behind the brace that closes the one at `start`. Braces in strings are not expected in names of tests. */
function skipBraces(source: string, start: number): number {
  let depth = 0;
  for (let i = start; i < source.length; i++) {
    if (source[i] === "{") depth++;
    if (source[i] === "}" && --depth === 0) return i + 1;
  }
  return source.length;
}

/** The text of the literal that begins at a quote, with `…` for each substitution. */
function readLiteral(source: string, start: number): string {
  const quote = source[start];
  let text = "";
  for (let i = start + 1; i < source.length && source[i] !== quote; ) {
    if (quote === "`" && source.startsWith("${", i)) {
      text += "…";
      i = skipBraces(source, i + 1);
    } else {
      if (source[i] === "\\") i++;
      text += source[i++];
    }
  }
  return text;
}

function namesInSource(source: string): string[] {
  return [...source.matchAll(/\btest\(\s*(?=["'`])/g)].map((match) =>
    readLiteral(source, match.index + match[0].length),
  );
}

function namesInVectors(text: string): string[] {
  return [...text.matchAll(/^## (.+)$/gm)].map(([, name]) => name);
}

/** Every test of the project as "path: name". */
function listTests(): { path: string; name: string }[] {
  const paths = readdirSync(projectPath("test"), { recursive: true }).map((path) =>
    String(path).replaceAll("\\", "/"),
  );
  return paths.flatMap((path) => {
    const isVectors = /^vectors\/[^/]+\.md$/.test(path);
    if (!isVectors && !path.endsWith(".test.ts")) return [];
    const text = readFileSync(projectPath("test", path), "utf8");
    return (isVectors ? namesInVectors(text) : namesInSource(text)).map((name) => ({ path, name }));
  });
}

describe("index of RFC 6455", () => {
  test("every requirement names a test that exists", () => {
    const tests = listTests();
    const missing = readRows(requirements).filter(
      ([, , , name, place]) => !tests.some((test) => test.name === name && test.path.startsWith(place)),
    );
    assert.deepEqual([...new Set(missing.map(([, , , name, place]) => `${place}: ${name}`))], []);
  });

  test("every section from 4 to 10 has a requirement, or is listed as having none", () => {
    const withRows = [...readRows(requirements), ...readRows(exceptions)].map(([section]) => section);
    const without = silent.split("\n").slice(1).join(" ").trim().split(", ");
    assert.deepEqual(
      sections.filter((section) => withRows.includes(section) === without.includes(section)),
      [],
      "each section is in exactly one of the lists",
    );
    assert.deepEqual(
      [...withRows, ...without].filter((section) => !sections.includes(section)),
      [],
    );
  });

  test("every row is complete", () => {
    for (const row of readRows(requirements)) {
      assert.equal(row.length, 5, row.join(" | "));
      assert.match(row[1], /^(?:client|server|both)$/, row.join(" | "));
      assert.ok(
        row.every((cell) => cell.trim() !== ""),
        row.join(" | "),
      );
    }
    for (const row of readRows(exceptions)) assert.equal(row.length, 4, row.join(" | "));
    assert.ok(readRows(requirements).length > 100);
  });

  test("finds names in strings and in templates", () => {
    const call = "test";
    const source = [
      `${call}("a \\"b\\"", f);`,
      `${call}(\n  \`c \${d({ e: f ? "1" : 2 })} g \${h}\`,\n f);`,
    ].join("\n");
    assert.deepEqual(namesInSource(source), ['a "b"', "c … g …"]);
  });
});
