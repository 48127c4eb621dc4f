// The code in the documentation: found, compiled as a user would compile it, and run.
//
// Every js and ts block is a whole program that ends by itself. Other ones say so in a comment right above them:
//   <!-- example: compiled only: REASON -->     cannot run here
//   <!-- example: server -->                    serves until it is stopped
//   <!-- example: client -->                    talks to the server above it on the page
//   <!-- example: until SIGTERM -->             serves, and ends in an orderly way when it gets that signal
//   <!-- example: with the commands above -->   ends by itself, in a folder where the sh block above it has run
// The pages write port 8080. While an example runs, port-mapping.ts makes a free port of it.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { projectPath } from "../support/paths.js";

const kinds = ["server", "client", "until SIGTERM", "with the commands above"] as const;
export type ExampleKind = "program" | "compiled only" | (typeof kinds)[number];

export interface Example {
  /** "docs/server.md:41", where its first line stands. */
  readonly place: string;
  readonly kind: ExampleKind;
  readonly language: "js" | "ts";
  /** The file it is compiled from, without its ending. */
  readonly name: string;
  readonly text: string;
  /** The commands of the last sh block above it on its page, "" without one. */
  readonly commands: string;
  /** What its comments say that it prints: `console.log(1 + 1); // 2`. */
  readonly printed: readonly string[];
}

/** No example needs seconds; one that does not end has left something open. */
const EXAMPLE_TIMEOUT_MS = 30_000;

/** The pages that hold examples, as paths in the project. */
export function pages(): string[] {
  const docs = readdirSync(projectPath("docs")).filter((name) => name.endsWith(".md"));
  return ["README.md", "ARCHITECTURE.md", ...docs.sort().map((name) => `docs/${name}`)];
}

export function readExamples(page: string): Example[] {
  const lines = readFileSync(projectPath(page), "utf8").split("\n");
  const examples: Example[] = [];
  let commands = "";
  for (let i = 0; i < lines.length; i++) {
    if (!lines[i].trimStart().startsWith("```")) continue;
    const language = /^```(js|ts|sh|json|nginx|text|)$/.exec(lines[i])?.[1];
    // One that is named or written otherwise would be passed over, and nobody would know whether it works.
    if (language === undefined)
      throw new Error(`${page}:${i + 1}: "${lines[i]}" begins no block that is known`);
    const end = lines.indexOf("```", i + 1);
    if (end < 0) throw new Error(`${page}:${i + 1}: the block is not closed`);
    if (language === "sh") commands = lines.slice(i + 1, end).join("\n");
    if (language === "js" || language === "ts") {
      const place = `${page}:${i + 2}`;
      const name = place.replace(/\.md:/, "-").replaceAll("/", "-").toLowerCase();
      // Blank lines in front make the compiler name the line of the page.
      const text = "\n".repeat(i + 1) + lines.slice(i + 1, end).join("\n");
      const printed = [...text.matchAll(/^ *console\.log\(.*\);? +\/\/ (.+)$/gm)].map(([, line]) => line);
      examples.push({ place, kind: kindOf(lines, i, place), language, name, text, commands, printed });
    }
    i = end;
  }
  return examples;
}

function kindOf(lines: readonly string[], fence: number, place: string): ExampleKind {
  const above = lines[lines[fence - 1]?.trim() === "" ? fence - 2 : fence - 1] ?? "";
  const marker = /^<!-- example: (.+) -->$/.exec(above.trim())?.[1];
  if (marker === undefined) return "program";
  const kind = kinds.find((known) => known === marker);
  if (kind !== undefined) return kind;
  if (/^compiled only: \S/.test(marker)) return "compiled only";
  throw new Error(`${place}: "${marker}" is no kind of example`);
}

export interface CompiledExamples {
  /** What the compiler said; "" when it was content. */
  readonly complaints: string;
  pathOf(example: Example): string;
  remove(): void;
}

/** Compiles them in one go, in a folder inside the project, from where "sluice" is this package. */
export function compileExamples(examples: readonly Example[]): CompiledExamples {
  mkdirSync(projectPath("build"), { recursive: true });
  const folder = mkdtempSync(projectPath("build/docs-"));
  for (const { name, language, text } of examples) writeFileSync(join(folder, `${name}.${language}`), text);
  const options = {
    types: ["node"],
    allowJs: true,
    checkJs: true,
    declaration: false,
    noUnusedLocals: false,
  };
  const config = {
    extends: "../../tsconfig.base.json",
    compilerOptions: {
      ...options,
      noUnusedParameters: false,
      noImplicitReturns: false,
      rootDir: ".",
      outDir: "compiled",
    },
    include: ["*.ts", "*.js"],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  const compiler = projectPath("node_modules/typescript/bin/tsc");
  const result = spawnSync(process.execPath, [compiler, "-p", folder], { encoding: "utf8" });
  if (result.error) throw result.error;
  return {
    complaints: result.stdout + result.stderr,
    pathOf: ({ name }) => join(folder, "compiled", `${name}.js`),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export interface ExampleResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningExample {
  /** The port it listens on in place of 8080. Rejects when it ends without listening. */
  readonly port: Promise<number>;
  readonly result: Promise<ExampleResult>;
  stop(): Promise<void>;
}

/** Starts one, in a folder. `port` is what 8080 stands for; without it, for the first port that the example itself listens on. */
export function startExample(path: string, port?: number, folder?: string): RunningExample {
  const mapping = pathToFileURL(projectPath("build/test/docs/port-mapping.js")).href;
  const { NODE_TEST_CONTEXT: _runner, NODE_OPTIONS: _options, ...env } = process.env;
  const child = spawn(process.execPath, ["--import", mapping, path], {
    cwd: folder,
    env: { ...env, SLUICE_DOCS_PORT: String(port ?? "") },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    timeout: EXAMPLE_TIMEOUT_MS,
  });
  let stdout = "";
  let stderr = "";
  child.stdout?.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr?.on("data", (chunk) => {
    stderr += chunk;
  });
  const result = once(child, "close").then(([status]) => ({
    status: status as number | null,
    stdout,
    stderr,
  }));
  const listening = once(child, "message").then(([message]) => (message as { port: number }).port);
  const ended = result.then(() => {
    throw new Error(`the example ended before it listened: ${stderr}`);
  });
  const first = Promise.race([listening, ended]);
  first.catch(() => {});
  return {
    port: first,
    result,
    async stop() {
      child.kill("SIGTERM");
      await result;
    },
  };
}
