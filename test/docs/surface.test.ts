import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import * as protocol from "sluice/protocol";
import { exportsOf, unreachableTypes } from "../support/declarations.js";
import { projectPath } from "../support/paths.js";

const entry = projectPath("dist/protocol.d.ts");

describe("sluice/protocol", () => {
  test("exports every type that its declarations speak of", () => {
    assert.deepEqual(unreachableTypes(entry), []);
  });

  test("has every name on its page", () => {
    const page = readFileSync(projectPath("docs/protocol.md"), "utf8");
    const named = new Set([...page.matchAll(/`([A-Za-z_]\w+)`/g)].map(([, name]) => name));
    const missing = Object.keys(protocol).filter((name) => !named.has(name));
    assert.deepEqual(missing, [], "docs/protocol.md says nothing of these");
  });

  test("exports nothing by the room", () => {
    assert.doesNotMatch(readFileSync(projectPath("src/protocol.ts"), "utf8"), /export \*/);
    assert.ok(exportsOf(entry).length > Object.keys(protocol).length);
  });
});
