// Programs of ours, the chat's two and the command line, as a person at a terminal meets them: started as processes, read line by line, ended by the
// test that started them.

import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { projectPath } from "./paths.js";

export interface After {
  after(hook: () => unknown): void;
}

/** How a program ended: its exit code, or the signal that ended it. */
export type Ending = number | NodeJS.Signals;

/** What a program has not said by then, on however slow a machine, it will not say; what it said instead is told then, long before
 * the time for a whole file of tests is over. */
const PATIENCE_MS = 60_000;

export class Program {
  readonly child: ChildProcess;
  readonly ended: Promise<Ending>;
  #stdout = "";
  #stderr = "";
  #isOver = false;
  #wakeUps: (() => void)[] = [];

  constructor(t: After, script: string, args: readonly string[], stdio: StdioOptions) {
    // Without these the outcome would depend on who runs the tests.
    const { PORT: _port, NO_COLOR: _noColor, FORCE_COLOR: _forceColor, ...env } = process.env;
    this.child = spawn(process.execPath, [projectPath(script), ...args], { stdio, env });
    this.child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.#stdout += text;
      this.#wake();
    });
    this.child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr += text;
      this.#wake();
    });
    this.child.stdin?.on("error", () => {});
    this.ended = once(this.child, "close").then(([code, signal]) => {
      this.#isOver = true;
      this.#wake();
      return (code ?? signal) as Ending;
    });
    t.after(() => this.kill());
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** Waits until standard output holds the pattern. */
  printed(pattern: RegExp): Promise<RegExpExecArray> {
    return this.#holds(pattern, () => this.#stdout);
  }

  /** The same for standard error. */
  complained(pattern: RegExp): Promise<RegExpExecArray> {
    return this.#holds(pattern, () => this.#stderr);
  }

  async #holds(pattern: RegExp, text: () => string): Promise<RegExpExecArray> {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      this.#wake();
    }, PATIENCE_MS);
    try {
      for (;;) {
        const found = pattern.exec(text());
        if (found !== null) return found;
        if (this.#isOver || isLate)
          throw new Error(
            `${isLate ? "still" : "ended"} without ${pattern}:\n${this.#stdout}${this.#stderr}`,
          );
        await new Promise<void>((resolve) => this.#wakeUps.push(resolve));
      }
    } finally {
      clearTimeout(timer);
    }
  }

  /** Types a line. */
  type(line: string): void {
    this.child.stdin?.write(`${line}\n`);
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  async kill(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.ended;
  }

  #wake(): void {
    for (const wakeUp of this.#wakeUps.splice(0)) wakeUp();
  }
}

export interface RunningChat {
  readonly program: Program;
  /** Of the page; the port as it was printed. */
  readonly url: string;
  readonly port: number;
}

export interface ChatOptions {
  /** Default 0, a free one. */
  port?: number;
  stdio?: StdioOptions;
}

/** Starts the chat server and waits until it says where it is. */
export async function startChat(
  t: After,
  { port = 0, stdio = "pipe" }: ChatOptions = {},
): Promise<RunningChat> {
  const args = ["--host", "127.0.0.1", "--port", String(port)];
  const program = new Program(t, "build/examples/chat/server.js", args, stdio);
  const [, url, printedPort] = await program.printed(/(http:\/\/[^\s:]+:(\d+))/);
  return { program, url, port: Number(printedPort) };
}

/** An address that stays while the servers behind it come and go, each on whatever port is free. */
export interface Doorway {
  readonly url: string;
  /** Leads new connections to this port of 127.0.0.1; without one they are ended at once. */
  leadTo(port: number | undefined): void;
}

export async function openDoorway(t: After): Promise<Doorway> {
  let target: number | undefined;
  const sockets = new Set<Socket>();
  const keep = (socket: Socket, other: Socket | undefined): void => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => {
      sockets.delete(socket);
      other?.destroy();
    });
  };
  const listener = createServer((visitor) => {
    const server = target === undefined ? undefined : connect(target, "127.0.0.1");
    keep(visitor, server);
    if (server === undefined) visitor.destroy();
    else {
      keep(server, visitor);
      visitor.pipe(server).pipe(visitor);
    }
  });
  t.after(() => {
    listener.close();
    for (const socket of sockets) socket.destroy();
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  return {
    url: `http://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    leadTo: (port) => {
      target = port;
    },
  };
}

/** Starts the terminal client, which reads lines from a pipe. */
export function startTerminal(t: After, args: readonly string[]): Program {
  return new Program(t, "build/examples/chat/terminal.js", args, "pipe");
}
