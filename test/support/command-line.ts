// The command sluice: as a process between pipes, in a terminal, and within the test's own process.

import { execFile, execFileSync } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { promisify } from "node:util";
import type { Console } from "#src/cli/command.js";
import { runProgram } from "#src/cli/program.js";
import { hasTool, type TestContext } from "./outside-process.js";
import { projectPath } from "./paths.js";
import { type After, Program } from "./terminal.js";

const run = promisify(execFile);
/** No screen needs so long; what does not come has to be told with what is there instead. */
const PATIENCE_MS = 20_000;

/** Starts `sluice` with these arguments, between pipes. */
export function startSluice(t: After, args: readonly string[]): Program {
  return new Program(t, "dist/cli/main.js", args, "pipe");
}

/** Gives it this input, and waits for its end. */
export async function runSluice(
  t: After,
  args: readonly string[],
  input: string | Uint8Array = "",
): Promise<{ exitCode: number | string; stdout: string; stderr: string }> {
  const program = startSluice(t, args);
  program.child.stdin?.end(input);
  const exitCode = await program.ended;
  return { exitCode, stdout: program.stdout, stderr: program.stderr };
}

export interface Inside {
  readonly stdin: PassThrough;
  readonly signals: EventEmitter;
  stdout(): string;
  stderr(): string;
  /** Waits until what it printed, on either, holds the pattern. */
  printed(pattern: RegExp): Promise<void>;
  readonly ended: Promise<number>;
}

/** Runs `sluice` in the process of the test. */
export function runInside(args: readonly string[], env: Console["env"] = {}): Inside {
  const streams = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() };
  const texts = { stdout: "", stderr: "" };
  const news = new EventEmitter();
  for (const name of ["stdout", "stderr"] as const) {
    streams[name].setEncoding("utf8").on("data", (text: string) => {
      texts[name] += text;
      news.emit("news");
    });
  }
  const signals = new EventEmitter();
  const ended = runProgram(args, { ...streams, env, signals });
  return {
    stdin: streams.stdin,
    signals,
    stdout: () => texts.stdout,
    stderr: () => texts.stderr,
    async printed(pattern) {
      while (!pattern.test(texts.stdout + texts.stderr)) await once(news, "news");
    },
    ended,
  };
}

/** A terminal of 80 columns and 24 rows in which one command runs; undefined, and the test skipped, without tmux. */
export async function openTerminal(
  t: TestContext & After,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Terminal | undefined> {
  if (!hasTool(t, "tmux", ["-V"])) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "sluice-terminal-"));
  const terminal = new Terminal(join(folder, "tmux"));
  t.after(() => {
    terminal.end();
    rmSync(folder, { recursive: true, force: true });
  });
  await terminal.start([process.execPath, projectPath("dist/cli/main.js"), ...args], {
    XDG_STATE_HOME: folder,
    NO_COLOR: "",
    ...env,
  });
  return terminal;
}

export class Terminal {
  readonly #socket: string;

  constructor(socket: string) {
    this.#socket = socket;
  }

  async start(command: readonly string[], env: Readonly<Record<string, string>>): Promise<void> {
    const quoted = command.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
    const settings = Object.entries(env).flatMap(([name, value]) => ["-e", `${name}=${value}`]);
    // What tmux says of a command that has ended comes late, or not at all, so the screen has to say it.
    const line = `${quoted}; echo "[ended with $?]"; read -r _`;
    await this.#tmux(["-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", ...settings, line]);
  }

  /** Types text, then Enter. */
  async type(text: string): Promise<void> {
    await this.write(text);
    await this.key("Enter");
  }

  async write(text: string): Promise<void> {
    await this.#tmux(["send-keys", "-l", "--", text]);
  }

  /** Presses keys by tmux's names: "Enter", "C-c", "Tab", "Up". */
  async key(...names: readonly string[]): Promise<void> {
    for (const name of names) await this.#tmux(["send-keys", name]);
  }

  /** What can be seen, without empty lines at the end. */
  async screen(isColored = false): Promise<string> {
    return (await this.#tmux(["capture-pane", "-p", ...(isColored ? ["-e"] : [])])).trimEnd();
  }

  /** Waits until it can be seen. */
  async shows(pattern: RegExp): Promise<string> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const screen = await this.screen();
      if (pattern.test(screen)) return screen;
      const isHopeless = screen.includes("[ended with ") || Date.now() > deadline;
      if (isHopeless) throw new Error(`does not show ${pattern}:\n${screen}`);
    }
  }

  /** Waits until the command has ended, for its exit code. */
  async exitCode(): Promise<number> {
    const [, exitCode] = /\[ended with (\d+)\]/.exec(await this.shows(/\[ended with \d+\]/)) ?? [];
    return Number(exitCode);
  }

  end(): void {
    try {
      execFileSync("tmux", ["-S", this.#socket, "kill-server"], { stdio: "ignore" });
    } catch {
      // It has ended by itself.
    }
  }

  async #tmux(args: readonly string[]): Promise<string> {
    return (await run("tmux", ["-S", this.#socket, ...args])).stdout;
  }
}
