// What may stand on a command line, for the scripts of all shells.

import type { Command, Flag } from "../command.js";
import { commonFlags } from "../command-line.js";

export interface FlagWords extends Flag {
  readonly name: string;
  /** "-x" and "--execute" */
  readonly spellings: readonly string[];
  readonly about: string;
}

/** The flags of a command with those that all have. */
export function flagWords({ flags }: Command): FlagWords[] {
  return Object.entries({ ...flags, ...commonFlags }).map(([name, flag]) => ({
    ...flag,
    name,
    spellings: flag.short === undefined ? [`--${name}`] : [`-${flag.short}`, `--${name}`],
    about: flag.about ?? "",
  }));
}

/** In single quotes, as bash and zsh take any text. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
