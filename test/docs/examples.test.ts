import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, type TestContext, test } from "node:test";
import { hasTool } from "../support/outside-process.js";
import {
  compileExamples,
  type Example,
  type ExampleResult,
  pages,
  readExamples,
  startExample,
} from "./code-blocks.js";

const examples = [...pages(), "site/home.md"].flatMap(readExamples);
const compiled = compileExamples(examples);
after(() => compiled.remove());

async function assertRuns(example: Example, port?: number, folder?: string): Promise<void> {
  assertRan(example, await startExample(compiled.pathOf(example), port, folder).result);
}

function assertRan(example: Example, { status, stdout, stderr }: ExampleResult): void {
  assert.equal(stderr, "", `${example.place} prints an error`);
  assert.equal(status, 0, `${example.place} ends by itself, with exit code 0`);
  const lines = stdout.split("\n");
  const missing = example.printed.filter((line) => !lines.includes(line));
  assert.deepEqual(missing, [], `${example.place} prints what its comments say, and not ${stdout}`);
}

/** A folder where the example's commands have run. */
function prepareFolder(t: TestContext, { commands }: Example): string {
  const folder = mkdtempSync(join(tmpdir(), "sluice-docs-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const { status, stderr } = spawnSync("sh", ["-ec", commands], { cwd: folder, encoding: "utf8" });
  assert.equal(status, 0, stderr);
  return folder;
}

/** The clients that follow a server on its page, up to the next server. */
function clientsOf(server: Example): Example[] {
  const following = examples.slice(examples.indexOf(server) + 1);
  const next = following.findIndex(({ kind }) => kind === "server");
  const page = server.place.split(":")[0];
  return following
    .slice(0, next < 0 ? undefined : next)
    .filter(({ kind, place }) => kind === "client" && place.startsWith(`${page}:`));
}

describe("the examples of the documentation", () => {
  test("compile as they stand", () => {
    assert.equal(compiled.complaints, "");
  });

  for (const example of examples.filter(({ kind }) => kind === "program")) {
    test(`the program at ${example.place} runs and ends`, () => assertRuns(example));
  }

  for (const example of examples.filter(({ kind }) => kind === "with the commands above")) {
    test(`the program at ${example.place} runs and ends where the commands above it have run`, async (t) => {
      const [tool] = /^\w+/.exec(example.commands) ?? [""];
      if (hasTool(t, tool, ["version"])) await assertRuns(example, undefined, prepareFolder(t, example));
    });
  }

  for (const example of examples.filter(({ kind }) => kind === "until SIGTERM")) {
    test(`the server at ${example.place} ends when it gets SIGTERM`, async () => {
      const running = startExample(compiled.pathOf(example));
      try {
        // Whoever answers has gone on behind its `await listen`, where it begins to wait for the signal.
        await fetch(`http://localhost:${await running.port}`);
      } finally {
        await running.stop();
      }
      assertRan(example, await running.result);
    });
  }

  const served = new Set<Example>();
  for (const server of examples.filter(({ kind }) => kind === "server")) {
    const clients = clientsOf(server);
    for (const client of clients) served.add(client);
    test(`the server at ${server.place} serves ${clients.length} clients`, async () => {
      assert.ok(clients.length > 0, "a server without a client proves nothing");
      const running = startExample(compiled.pathOf(server));
      try {
        const port = await running.port;
        for (const client of clients) await assertRuns(client, port);
      } finally {
        await running.stop();
      }
    });
  }

  test("every client has a server above it", () => {
    const lonely = examples.filter((example) => example.kind === "client" && !served.has(example));
    assert.deepEqual(
      lonely.map(({ place }) => place),
      [],
    );
  });
});
