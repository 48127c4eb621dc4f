import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import * as sluice from "sluice";
import * as protocol from "sluice/protocol";
import * as proxy from "sluice/proxy";
import * as testing from "sluice/testing";
import * as web from "sluice/web";
import * as ws from "sluice/ws";
import { exportsOf, unreachableTypes } from "../support/declarations.js";
import { projectPath } from "../support/paths.js";
import { pages } from "./code-blocks.js";

for (const { name, file, values, pages: where } of [
  { name: "sluice", file: "index", values: sluice, pages: pages() },
  { name: "sluice/protocol", file: "protocol", values: protocol, pages: ["docs/protocol.md"] },
  { name: "sluice/testing", file: "testing", values: testing, pages: ["docs/testing.md"] },
  { name: "sluice/proxy", file: "proxy", values: proxy, pages: ["docs/proxy-in-code.md", "docs/errors.md"] },
  { name: "sluice/ws", file: "ws", values: ws, pages: ["docs/ws.md"] },
  { name: "sluice/web", file: "web", values: web, pages: ["docs/web-api.md"] },
]) {
  const entry = projectPath(`dist/${file}.d.ts`);

  describe(name, () => {
    test("exports every type that its declarations speak of", () => {
      // What the other entries add to is in the first one.
      const isAddition = ["sluice/web", "sluice/testing", "sluice/proxy"].includes(name);
      const whole = new Set(isAddition ? exportsOf(projectPath("dist/index.d.ts")) : []);
      const missing = unreachableTypes(entry).filter((line) => !whole.has(line.split(",")[0]));
      assert.deepEqual(missing, []);
    });

    test("has every name in the documentation", () => {
      const text = where.map((page) => readFileSync(projectPath(page), "utf8")).join("\n");
      const named = new Set([...text.matchAll(/`([A-Za-z_]\w+)[`(]/g)].map(([, word]) => word));
      const isName = (word: string) => word !== "default" && word !== "module.exports";
      const missing = Object.keys(values).filter((word) => isName(word) && !named.has(word));
      assert.deepEqual(missing, [], `${where.join(", ")} say nothing of these`);
    });

    test("exports nothing by the room", () => {
      assert.doesNotMatch(readFileSync(projectPath(`src/${file}.ts`), "utf8"), /export \*/);
      assert.ok(exportsOf(entry).length > Object.keys(values).length);
    });
  });
}
