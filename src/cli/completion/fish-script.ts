// Completion for fish.

import type { Command } from "../command.js";
import { type FlagWords, flagWords } from "./command-words.js";

export function fishScript(commands: readonly Command[]): string {
  const first = commands.map(
    ({ name, summary }) => `complete -c sluice -n __fish_use_subcommand -a ${name} -d ${fishQuoted(summary)}`,
  );
  return `# fish completion for sluice, made by: sluice completion fish
complete -c sluice -f
complete -c sluice -n __fish_use_subcommand -l help -s h -d 'show all commands'
complete -c sluice -n __fish_use_subcommand -l version -s V -d 'the version of sluice'
${[...first, ...commands.flatMap(commandLines)].join("\n")}
`;
}

function commandLines(command: Command): string[] {
  const where = `complete -c sluice -n '__fish_seen_subcommand_from ${command.name}'`;
  const words = command.words === undefined ? [] : [`${where} -a ${fishQuoted(command.words.join(" "))}`];
  return [...words, ...flagWords(command).map((flag) => `${where} ${flagArguments(flag)}`)];
}

/** -x: a value and no file; -r -F: a value that is a file. */
function flagArguments({ name, short, about, type, choices, isFile }: FlagWords): string {
  const value =
    type !== "string"
      ? ""
      : isFile === true
        ? " -r -F"
        : choices === undefined
          ? " -x"
          : ` -x -a ${fishQuoted(choices.join(" "))}`;
  return `${short === undefined ? "" : `-s ${short} `}-l ${name}${value} -d ${fishQuoted(about)}`;
}

function fishQuoted(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&")}'`;
}
