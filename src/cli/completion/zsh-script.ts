// Completion for zsh, by its function _arguments.

import type { Command } from "../command.js";
import { type FlagWords, flagWords, quoted } from "./command-words.js";

export function zshScript(commands: readonly Command[]): string {
  const described = commands.map(({ name, summary }) => `    ${quoted(`${name}:${escapeColons(summary)}`)}`);
  return `#compdef sluice
# zsh completion for sluice, made by: sluice completion zsh
_sluice() {
  local -a commands
  commands=(
${described.join("\n")}
  )
  if (( CURRENT == 2 )); then
    _describe -t commands command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${commands.map(commandCase).join("\n")}
  esac
}
if [ "$funcstack[1]" = _sluice ]; then
  _sluice "$@"
else
  compdef _sluice sluice
fi
`;
}

function commandCase(command: Command): string {
  const positionals = command.positionals.map((name, i) => {
    const action = command.words === undefined ? "" : `(${command.words.join(" ")})`;
    return quoted(`${i + 1}:${name}:${action}`);
  });
  const specs = [...flagWords(command).map(flagSpec), ...positionals];
  return `    ${command.name})
      _arguments -s \\
        ${specs.join(" \\\n        ")}
      ;;`;
}

/** "(-x --execute)"{-x,--execute}"[about]:VALUE:action" */
function flagSpec({ spellings, about, type, value = "VALUE", choices, isFile, multiple }: FlagWords): string {
  const action = isFile === true ? "_files" : choices === undefined ? " " : `(${choices.join(" ")})`;
  const argument = type === "string" ? `:${escapeColons(value.replaceAll("'", ""))}:${action}` : "";
  const text = quoted(`[${about.replace(/[[\]\\]/g, "\\$&")}]${argument}`);
  const isRepeated = multiple === true;
  const prefix = isRepeated ? "\\*" : spellings.length > 1 ? quoted(`(${spellings.join(" ")})`) : "";
  const names = spellings.length > 1 ? `{${spellings.join(",")}}` : spellings[0];
  return `${prefix}${names}${text}`;
}

function escapeColons(text: string): string {
  return text.replaceAll(":", "\\:");
}
