// The programs that the demo consists of: each a process of its own, ended by the one that started it.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { createInterface } from "node:readline";

export interface RunningProgram {
  readonly pid: number;
  /** What its first line says, of all that the pattern looks for. */
  readonly found: string;
  /** Resolves when it has ended. */
  readonly ended: Promise<void>;
  end(signal: NodeJS.Signals): void;
}

/** Starts a Node.js program, and waits for a line that the pattern finds something in. */
export async function startProgram(
  script: string,
  args: readonly string[],
  pattern: RegExp,
  stderr: "ignore" | "inherit",
): Promise<RunningProgram> {
  // In a group of its own: a Ctrl-C reaches this program only, which ends the others in their order.
  const stdio = ["ignore", "pipe", stderr] as const;
  const child = spawn(process.execPath, [script, ...args], { stdio: [...stdio], detached: true });
  const ended = once(child, "exit").then(() => {});
  return {
    pid: child.pid ?? 0,
    found: await firstFound(child, pattern, script),
    ended,
    end: (signal) => child.kill(signal),
  };
}

async function firstFound(child: ChildProcess, pattern: RegExp, script: string): Promise<string> {
  const { stdout } = child;
  if (stdout !== null)
    for await (const line of createInterface(stdout)) {
      const found = pattern.exec(line)?.[0];
      if (found === undefined) continue;
      // What it says later is read too, so that it can go on.
      stdout.resume();
      return found;
    }
  throw new Error(`${script} ended before it was ready`);
}

/** The port, or a free one where it is taken. */
export async function freePort(wanted: number): Promise<number> {
  const holder = createServer();
  holder.listen(wanted, "127.0.0.1");
  try {
    await once(holder, "listening");
  } catch {
    return freePort(0);
  }
  const address = holder.address();
  holder.close();
  await once(holder, "close");
  return typeof address === "object" && address !== null ? address.port : wanted;
}
