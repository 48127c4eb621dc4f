// `sluice completion`: a script with which a shell completes the command line.

import { type Command, ExitCode, UsageError } from "../command.js";
import { helpOf } from "../help-text.js";
import { bashScript } from "./bash-script.js";
import { fishScript } from "./fish-script.js";
import { zshScript } from "./zsh-script.js";

const scripts: Readonly<Record<string, (commands: readonly Command[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};
const shells = Object.keys(scripts);

const help = helpOf({
  usage: "sluice completion SHELL",
  about: `
Prints a script with which a shell completes commands, flags and their values: bash, zsh or fish.
`,
  flagGroups: { Flags: {} },
  sections: {
    "To load it": `bash  source <(sluice completion bash), in ~/.bashrc
zsh   source <(sluice completion zsh), in ~/.zshrc after compinit
fish  sluice completion fish | source, in ~/.config/fish/config.fish`,
  },
  exitCodes: { [ExitCode.OK]: "the script was printed", [ExitCode.USAGE]: "the command was called wrongly" },
  examples: [
    ["sluice completion bash > sluice.bash", "a file to source, or to put where bash looks for completions"],
  ],
});

/** `commands` are all that there are, this one too. */
export function createCompletionCommand(commands: () => readonly Command[]): Command {
  return {
    name: "completion",
    summary: "print a script that completes the command line in bash, zsh or fish",
    help,
    flags: {},
    positionals: ["SHELL"],
    words: shells,
    async run({ positionals: [shell], console }) {
      if (!Object.hasOwn(scripts, shell))
        throw new UsageError(
          `there is no script for ${JSON.stringify(shell)}; there are ${shells.join(", ")}`,
        );
      console.stdout.write(scripts[shell](commands()));
      return ExitCode.OK;
    },
  };
}
