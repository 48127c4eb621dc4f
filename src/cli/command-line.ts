// argv becomes a command and what it was given, or one line that says what is wrong with it.

import { parseArgs } from "node:util";
import { type Command, type Flags, type FlagValues, UsageError } from "./command.js";
import { nearest } from "./nearest.js";

/** What every command has beside its own. */
export const commonFlags: Flags = { help: { type: "boolean", short: "h", about: "show this" } };

export interface ParsedCommand {
  readonly isHelpWanted: boolean;
  readonly values: FlagValues;
  readonly positionals: readonly string[];
}

/** Throws `UsageError`. */
export function parseCommand(command: Command, args: readonly string[]): ParsedCommand {
  const flags = { ...command.flags, ...commonFlags };
  const parsed = parse(command, flags, args);
  const { help, ...values } = parsed.values as FlagValues;
  const isHelpWanted = help === true;
  if (!isHelpWanted) checkPositionals(command, parsed.positionals);
  return { isHelpWanted, values, positionals: parsed.positionals };
}

function parse(
  { name, foreignFlags = {} }: Command,
  flags: Flags,
  args: readonly string[],
): { values: object; positionals: readonly string[] } {
  try {
    return parseArgs({ args: [...args], options: flags, allowPositionals: true });
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    const [, unknown] = /^Unknown option '(--?[^']*)'/.exec(message) ?? [];
    if (code === "ERR_PARSE_ARGS_UNKNOWN_OPTION" && unknown !== undefined)
      throw new UsageError(
        `${unknown} is no flag of sluice ${name}; ${adviceFor(unknown, flags, foreignFlags)}`,
        {
          cause: error,
        },
      );
    const [, ambiguous] = /^Option '(?:-\w, )?(--?[^' ]*)[^']*' argument is ambiguous/.exec(message) ?? [];
    if (ambiguous !== undefined) {
      const long = ambiguous.startsWith("--") ? ambiguous : `--${longNameOf(ambiguous.slice(1), flags)}`;
      throw new UsageError(`${ambiguous} needs a value; one that begins with a dash is given as ${long}=-…`, {
        cause: error,
      });
    }
    // After the first sentence, Node goes on about how dashes are escaped.
    const [sentence] = message.split(/\.?\s*\n|\. /, 1);
    throw new UsageError(`${sentence}; see sluice ${name} --help`, { cause: error });
  }
}

function longNameOf(short: string, flags: Flags): string {
  return Object.entries(flags).find(([, flag]) => flag.short === short)?.[0] ?? short;
}

function adviceFor(unknown: string, flags: Flags, foreign: NonNullable<Command["foreignFlags"]>): string {
  if (Object.hasOwn(foreign, unknown)) return foreign[unknown];
  const known = Object.keys(flags).map((flag) => `--${flag}`);
  const meant = nearest(unknown, known);
  return meant === undefined ? "see --help" : `did you mean ${meant}?`;
}

function checkPositionals(command: Command, given: readonly string[]): void {
  const { name, positionals: wanted } = command;
  if (given.length < wanted.length) {
    throw new UsageError(`sluice ${name} needs ${wanted[given.length]}; see sluice ${name} --help`);
  }
  if (given.length > wanted.length) {
    const surplus = given[wanted.length];
    const meant = command.meantBy?.(surplus);
    const problem = `sluice ${name} takes ${wanted.join(" ") || "flags only"}, and ${JSON.stringify(surplus)} is too much`;
    throw new UsageError(meant === undefined ? problem : `${problem}; did you mean ${meant}?`);
  }
}
