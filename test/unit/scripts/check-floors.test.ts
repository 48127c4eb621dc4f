import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { projectPath } from "../../support/paths.js";

const readme = "# Room\n\n## Charter\n\n## Doors\n\n## Laws\n\n## Start reading at\n";

const lawfulHouse: Record<string, string> = {
  "index.ts": 'export { connect } from "./client/index.js";\nexport type * from "./protocol/index.js";\n',
  "protocol/README.md": readme,
  "protocol/index.ts": 'export * from "./frame.js";\n',
  "protocol/frame.ts": "export const frame = 1;\n",
  "deflate/README.md": readme,
  "deflate/index.ts": 'export { frame } from "../protocol/index.js";\n',
  "host/README.md": readme,
  "host/index.ts": 'import { hrtime } from "node:process";\nexport { hrtime };\n',
  "transport/README.md": readme,
  "transport/index.ts": 'export * from "../host/index.js";\n',
  "client/README.md": readme,
  "client/index.ts": 'import { frame } from "../protocol/index.js";\nexport const connect = frame;\n',
};

/** Writes a house that obeys every law, changed by `changes`, and answers what the script says of it. */
function checkHouse(
  t: TestContext,
  changes: Record<string, string>,
): { lines: string[]; status: number | null } {
  const root = mkdtempSync(join(tmpdir(), "sluice-floors-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  for (const [path, text] of Object.entries({ ...lawfulHouse, ...changes })) {
    mkdirSync(dirname(join(root, "src", path)), { recursive: true });
    writeFileSync(join(root, "src", path), text);
  }
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [projectPath("scripts/check-floors.mjs"), root],
    { encoding: "utf8" },
  );
  assert.equal(stderr, "");
  return { lines: stdout.split("\n").filter((line) => line !== ""), status };
}

function assertViolations(t: TestContext, changes: Record<string, string>, expected: string[]): void {
  assert.deepEqual(checkHouse(t, changes), { lines: expected, status: 1 });
}

describe("check-floors", () => {
  test("a house that obeys every law passes in silence", (t) => {
    assert.deepEqual(checkHouse(t, {}), { lines: [], status: 0 });
  });

  test("a room may not import a higher floor", (t) => {
    assertViolations(t, { "protocol/frame.ts": '\nexport * from "../client/index.js";\n' }, [
      "src/protocol/frame.ts:2: protocol (floor 0) may not import client (floor 3)",
    ]);
  });

  test("a room may not import a sibling, except where the house says so", (t) => {
    assertViolations(t, { "host/index.ts": 'import type { a } from "../transport/index.js";\n' }, [
      "src/host/index.ts:1: host (floor 1) may not import transport (floor 1)",
    ]);
    assertViolations(t, { "protocol/frame.ts": 'export * from "../deflate/index.js";\n' }, [
      "src/protocol/frame.ts:1: protocol (floor 0) may not import deflate (floor 0)",
    ]);
  });

  test("a room is entered through its index.js, by a type import and a dynamic import too", (t) => {
    assertViolations(
      t,
      {
        "client/index.ts":
          'export type A = import("../protocol/frame.js").A;\nexport const b = import("../protocol/frame.js");\n',
      },
      [
        "src/client/index.ts:1: ../protocol/frame.js enters protocol beside its index.js",
        "src/client/index.ts:2: ../protocol/frame.js enters protocol beside its index.js",
      ],
    );
  });

  test("nothing is imported from outside of src", (t) => {
    const text = 'import "ws";\nimport "#src/host/index.js";\nimport "../../x.js";\nimport "../index.js";\n';
    assertViolations(t, { "client/index.ts": text }, [
      "src/client/index.ts:1: ws is neither a relative path nor a node: module",
      "src/client/index.ts:2: #src/host/index.js is neither a relative path nor a node: module",
      "src/client/index.ts:3: ../../x.js leaves src",
      "src/client/index.ts:4: ../index.js is an entry; entries are for users",
    ]);
  });

  test("an import that is computed cannot be judged and fails", (t) => {
    assertViolations(t, { "client/index.ts": "export const load = (path: string) => import(path);\n" }, [
      "src/client/index.ts:1: the import is computed",
    ]);
  });

  test("what loads modules of the user's may compute their names, and still imports no other rooms", (t) => {
    const text = 'export const load = (path: string) => import(path);\nimport "../../client/connect.js";\n';
    assertViolations(t, { "cli/serve/handler-module.ts": text }, [
      "src/cli: has no README.md",
      "src/cli/serve/handler-module.ts:2: ../../client/connect.js enters client beside its index.js",
    ]);
  });

  test("node: modules stay where the host is", (t) => {
    assertViolations(
      t,
      {
        "deflate/index.ts": 'import type { Zlib } from "node:zlib";\nexport type { Zlib };\n',
        "index.ts": 'export { connect } from "node:net";\n',
      },
      [
        "src/deflate/index.ts:1: deflate may not import node:zlib",
        "src/index.ts:1: an entry may not import node:net",
      ],
    );
  });

  test("a pure room knows no timer, clock, randomness, Buffer or process", (t) => {
    const text = [
      "export const now = () => Date.now();",
      "export const dice = Math.random();",
      'export const same = Math["random"]();',
      "export const bytes = Buffer.alloc(1);",
      "export type Bytes = Buffer;",
      "export const object = { process };",
      "setTimeout(() => {}, 1);",
    ].join("\n");
    assertViolations(t, { "protocol/frame.ts": text }, [
      "src/protocol/frame.ts:1: a pure room names Date",
      "src/protocol/frame.ts:2: a pure room names Math.random",
      "src/protocol/frame.ts:3: a pure room names Math.random",
      "src/protocol/frame.ts:4: a pure room names Buffer",
      "src/protocol/frame.ts:5: a pure room names Buffer",
      "src/protocol/frame.ts:6: a pure room names process",
      "src/protocol/frame.ts:7: a pure room names setTimeout",
    ]);
  });

  test("comments, strings and names on other objects are not references", (t) => {
    const text = [
      '// import { a } from "../client/index.js"; setTimeout(); Date.now()',
      'export const text = "process.exit(), import(\\"node:fs\\")";',
      "export interface Port { process(bytes: Uint8Array): void; readonly Date: number }",
      "export const run = (port: Port) => port.process(new Uint8Array(Math.max(port.Date, 1)));",
      "export const table = { Buffer: 1, require: 2 };",
    ].join("\n");
    assert.deepEqual(checkHouse(t, { "protocol/frame.ts": text }), { lines: [], status: 0 });
  });

  test("an entry holds re-exports only", (t) => {
    assertViolations(t, { "index.ts": 'export * from "./client/index.js";\nexport const extra = 1;\n' }, [
      "src/index.ts:2: an entry holds re-exports only",
    ]);
  });

  test("a file has at most 300 lines", (t) => {
    assert.deepEqual(checkHouse(t, { "protocol/frame.ts": "export {};\n".repeat(300) }).lines, []);
    assertViolations(t, { "protocol/frame.ts": "export {};\n".repeat(301) }, [
      "src/protocol/frame.ts:301: the file has 301 lines, 300 are allowed",
    ]);
  });

  test("a room is known to the house and has a README of 40 lines with its four headings", (t) => {
    assertViolations(
      t,
      {
        "helpers/index.ts": "export {};\n",
        "server/index.ts": "export {};\n",
        "host/README.md": `${readme}\n${"text\n".repeat(40)}`,
        "client/README.md": readme.replace("## Laws", "Laws"),
      },
      [
        'src/client/README.md: has no heading "Laws"',
        "src/helpers: is not a room of the house",
        "src/host/README.md: has 50 lines, 40 are allowed",
        "src/server: has no README.md",
      ],
    );
  });
});
