// `sluice proxy` as a process, with a config file that a test may change while it runs.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startSluice } from "./command-line.js";
import type { After, Program } from "./terminal.js";

export interface RunningProxy {
  readonly program: Program;
  readonly url: string;
}

/** Starts it with these flags and waits until it listens and obeys signals. */
export async function startProxyProgram(t: After, ...args: readonly string[]): Promise<RunningProxy> {
  const program = startSluice(t, ["proxy", ...args]);
  await program.complained(/^proxying/m);
  // Where standard output is for an access log, standard error has it, and has had it by now.
  const [, aside] = /^listening on (.*)$/m.exec(program.stderr) ?? [];
  const [url] = aside === undefined ? await program.printed(/^wss?(?:\+unix)?:.*$/m) : [aside];
  return { program, url };
}

export interface ConfigFolder {
  /** Of the config. */
  readonly file: string;
  path(name: string): string;
  write(config: object): void;
  writeFile(name: string, text: string): void;
  readFile(name: string): string;
}

/** A folder with a `proxy.json`, which is gone after the test. */
export function makeConfigFolder(t: After, config: object): ConfigFolder {
  const folder = mkdtempSync(join(tmpdir(), "sluice-proxy-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = (name: string): string => join(folder, name);
  const writeFile = (name: string, text: string): void => writeFileSync(path(name), text);
  const write = (given: object): void => writeFile("proxy.json", JSON.stringify(given, null, 2));
  write(config);
  const readFile = (name: string): string => readFileSync(path(name), "utf8");
  return { file: path("proxy.json"), path, write, writeFile, readFile };
}

/** Call it before the program is started: whoever takes over has the program's output too, and has to end before somebody waits
 * for the end of that. What this answers waits for that process, or for the one that took over from it when it is asked again for
 * the second, and answers its pid. */
export function expectSuccessor(t: After): (program: Program, generation?: number) => Promise<number> {
  const pids: number[] = [];
  t.after(() => {
    for (const pid of pids) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It has ended by itself.
      }
    }
  });
  return async (program, generation = 1) => {
    const lines = new RegExp(`(?:^process (\\d+) goes on here[^]*?){${generation}}`, "m");
    const [, text] = await program.complained(lines);
    pids.push(Number(text));
    return Number(text);
  };
}
