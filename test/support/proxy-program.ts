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
  const [url] = await program.printed(/^wss?:\/\/.*$/m);
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
