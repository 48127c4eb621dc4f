// Completion for bash, from 3.2 on.

import type { Command } from "../command.js";
import { flagWords } from "./command-words.js";

export function bashScript(commands: readonly Command[]): string {
  const names = commands.map(({ name }) => name);
  return `# bash completion for sluice, made by: sluice completion bash
_sluice() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} words=''
  local IFS=$'\\n'
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    words=${bashList([...names, "--help", "--version"])}
    COMPREPLY=($(compgen -W "$words" -- "$current"))
    return
  fi
  case "\${COMP_WORDS[1]} $previous" in
${commands.flatMap(valueCases).join("\n")}
  esac
  case "\${COMP_WORDS[1]}" in
${commands.map(wordCase).join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _sluice sluice
`;
}

/** After a flag that takes a value comes that, and nothing else. */
function valueCases(command: Command): string[] {
  return flagWords(command)
    .filter(({ type }) => type === "string")
    .map(({ spellings, choices, isFile }) => {
      const patterns = spellings.map((spelling) => `"${command.name} ${spelling}"`).join("|");
      const files = 'compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$current")); ';
      const chosen =
        choices === undefined ? "" : `COMPREPLY=($(compgen -W ${bashList(choices)} -- "$current")); `;
      return `    ${patterns}) ${isFile === true ? files : chosen}return ;;`;
    });
}

function wordCase(command: Command): string {
  const words = [...(command.words ?? []), ...flagWords(command).map(({ name }) => `--${name}`)];
  return `    ${command.name}) words=${bashList(words)} ;;`;
}

function bashList(words: readonly string[]): string {
  return `$'${words.join("\\n")}'`;
}
