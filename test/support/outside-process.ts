// Programs that are not ours, started for one test and ended by it.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

export interface TestContext {
  after(hook: () => void): void;
  skip(message?: string): void;
}

/** What a program printed, and how it ended. */
export interface ProcessResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface OutsideProcess {
  readonly pid: number;
  /** The next line of its standard output. */
  readLine(): Promise<string>;
  writeLine(line: string): void;
  /** Resolves when it has ended. */
  readonly result: Promise<ProcessResult>;
  end(): void;
}

/** Starts a program; it is ended after the test. */
export function startProcess(t: TestContext, command: string, args: readonly string[]): OutsideProcess {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"] });
  t.after(() => child.kill("SIGKILL"));
  const lines: string[] = [];
  let stdout = "";
  let stderr = "";
  let isOver = false;
  let wake = (): void => {};
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  child.stdin.on("error", () => {});
  createInterface(child.stdout).on("line", (line) => {
    lines.push(line);
    stdout += `${line}\n`;
    wake();
  });
  const result = once(child, "close").then(([status]) => {
    isOver = true;
    wake();
    return { status: status as number | null, stdout, stderr };
  });
  return {
    pid: child.pid ?? 0,
    result,
    async readLine() {
      while (lines.length === 0) {
        if (isOver) throw new Error(`${command} ended without a further line; on standard error: ${stderr}`);
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return lines.shift() as string;
    },
    writeLine: (line) => child.stdin.write(`${line}\n`),
    end: () => child.kill("SIGTERM"),
  };
}

/** Whether the program runs. When it does not, the test is skipped; where every tool has to be there, it fails. */
export function hasTool(t: TestContext, command: string, args: readonly string[] = ["--version"]): boolean {
  const { status, error } = spawnSync(command, args, { stdio: "ignore" });
  if (status === 0) return true;
  const reason = `${command} ${args.join(" ")} does not run here${error ? `: ${error.message}` : ""}`;
  if (process.env.CI) throw new Error(reason);
  t.skip(reason);
  return false;
}
