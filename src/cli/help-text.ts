// The whole of `--help`, made from the flags that the command takes, so that neither can have what the other has not.

import type { Flag, Flags } from "./command.js";
import { commonFlags } from "./command-line.js";

const MAX_COLUMNS = 100;
/** A flag whose name reaches beyond is described on the line below it. */
const MAX_NAME_COLUMNS = 30;

export interface HelpParts {
  /** "sluice connect URL [FLAGS]" */
  readonly usage: string;
  /** What the command does, in paragraphs. */
  readonly about: string;
  /** Flags under headings. */
  readonly flagGroups: Readonly<Record<string, Flags>>;
  /** Further sections: what stands under each heading. */
  readonly sections?: Readonly<Record<string, string>>;
  readonly exitCodes: Readonly<Record<string, string>>;
  /** Command lines, each with what it is for. */
  readonly examples: readonly (readonly [command: string, purpose: string])[];
}

export function helpOf(parts: HelpParts): string {
  const { usage, about, flagGroups, sections = {}, exitCodes, examples } = parts;
  const groups = Object.entries(flagGroups);
  const flags = groups.map(([heading, group], i) => {
    const isLast = i === groups.length - 1;
    return `${heading}:\n${describeFlags(isLast ? { ...group, ...commonFlags } : group)}`;
  });
  const further = Object.entries(sections).map(([heading, text]) => `${heading}:\n${indent(text)}`);
  const codes = Object.entries(exitCodes).map(([code, meaning]) => hang(`  ${code.padEnd(5)}`, meaning));
  const shown = examples.map(([command, purpose]) => `  # ${purpose}\n  ${command}\n`);
  return [
    `Usage: ${usage}\n`,
    `${about.trim()}\n`,
    ...flags,
    ...further,
    `Exit codes:\n${codes.join("")}`,
    `Examples:\n${shown.join("")}`,
  ].join("\n");
}

/** Its names and its value, as in "-H, --header LINE". */
function signatureOf(name: string, { short, value }: Flag): string {
  return `${short === undefined ? "    " : `-${short}, `}--${name}${value === undefined ? "" : ` ${value}`}`;
}

function describeFlags(flags: Flags): string {
  const columns = Math.min(
    MAX_NAME_COLUMNS,
    Math.max(...Object.entries(flags).map(([name, flag]) => signatureOf(name, flag).length)),
  );
  return Object.entries(flags)
    .map(([name, flag]) => {
      const choices = flag.choices === undefined ? "" : `: ${flag.choices.join(", ")}`;
      const signature = signatureOf(name, flag);
      const margin = `  ${signature.padEnd(columns)}  `;
      const isTooLong = signature.length > columns;
      const text = `${flag.about ?? ""}${choices}`;
      return isTooLong ? `  ${signature}\n${hang(" ".repeat(columns + 4), text)}` : hang(margin, text);
    })
    .join("");
}

/** The text beside a margin, its further lines below each other. */
function hang(margin: string, text: string): string {
  const lines = [""];
  for (const word of text.split(" ")) {
    const last = lines[lines.length - 1];
    if (last !== "" && margin.length + last.length + 1 + word.length > MAX_COLUMNS) lines.push(word);
    else lines[lines.length - 1] = last === "" ? word : `${last} ${word}`;
  }
  const space = " ".repeat(margin.length);
  return lines.map((line, i) => `${`${i === 0 ? margin : space}${line}`.trimEnd()}\n`).join("");
}

function indent(text: string): string {
  return text
    .trim()
    .split("\n")
    .map((line) => `  ${line}`.trimEnd())
    .join("\n")
    .concat("\n");
}
