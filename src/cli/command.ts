// What a command of `sluice` is.

import type { Readable, Writable } from "node:stream";
import type { ParseArgsConfig } from "node:util";

/** A flag as `parseArgs` of node:util takes it, and what help and completions say of it. */
export type Flag = NonNullable<ParseArgsConfig["options"]>[string] & {
  /** A few words without a full stop. */
  readonly about?: string;
  /** What its value is called, such as "SECONDS". */
  readonly value?: string;
  /** The only values that it takes. */
  readonly choices?: readonly string[];
  /** Its value names a file. */
  readonly isFile?: boolean;
};

/** Flags by name, without those that every command has. */
export type Flags = Readonly<Record<string, Flag>>;

/** What a flag was given: text, true, or a list of either where it may be given several times. */
export type FlagValues = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;

export type SignalName = "SIGINT" | "SIGTERM" | "SIGHUP" | "SIGUSR2";

/** The process, as far as commands listen to it. A signal that nobody listens to ends the process. */
export interface SignalSource {
  on(signal: SignalName, listener: () => void): unknown;
  off(signal: SignalName, listener: () => void): unknown;
}

/** Where a command reads and writes: the process's own, but in tests. */
export interface Console {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signals: SignalSource;
  /** What is not read of standard output yet need not be waited for at the end. */
  leaveOutput?(): void;
}

/** How a command was called. */
export interface Invocation {
  readonly values: FlagValues;
  readonly positionals: readonly string[];
  readonly console: Console;
}

export interface Command {
  readonly name: string;
  /** One line, for the list of commands. */
  readonly summary: string;
  /** The whole of `--help`: usage, flags, exit codes and examples. */
  readonly help: string;
  readonly flags: Flags;
  /** The names of what is given without a flag, such as "URL": all of it has to be given, and nothing more. */
  readonly positionals: readonly string[];
  /** What to do in place of flags that others know, by the flag as it is written: "-s". */
  readonly foreignFlags?: Readonly<Record<string, string>>;
  /** What somebody may have meant by a text that is too much: "--config proxy.json". Undefined for no idea. */
  meantBy?(surplus: string): string | undefined;
  /** The only words that may be given without a flag, for completions. */
  readonly words?: readonly string[];
  /** Resolves with the exit code. Rejects with `UsageError` for what the flags alone could not tell. */
  run(invocation: Invocation): Promise<number>;
}

/** The command cannot be run as it was called. The message is one line that says what to do. */
export class UsageError extends Error {}

/** How any command may end; each may have codes of its own beside these. */
export const ExitCode = {
  OK: 0,
  FAILED: 1,
  USAGE: 2,
  /** Beyond this, a signal's number is added. */
  SIGNAL: 128,
  INTERRUPTED: 130,
} as const;
