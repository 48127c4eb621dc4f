// `sluice` as a function: arguments and a console in, exit code out.

import { benchCommand } from "./bench/bench-command.js";
import { type Command, type Console, ExitCode, UsageError } from "./command.js";
import { parseCommand } from "./command-line.js";
import { createCompletionCommand } from "./completion/completion-command.js";
import { connectCommand } from "./connect/connect-command.js";
import { nearest } from "./nearest.js";
import { probeCommand } from "./probe/probe-command.js";
import { proxyCommand } from "./proxy/proxy-command.js";
import { replayCommand } from "./replay/replay-command.js";
import { serveCommand } from "./serve/serve-command.js";
import { packageVersion } from "./version.js";
import { visibleLine } from "./visible-text.js";

export const commands: readonly Command[] = [
  connectCommand,
  serveCommand,
  benchCommand,
  proxyCommand,
  replayCommand,
  probeCommand,
  createCompletionCommand(() => commands),
];

const usage = `Usage: sluice COMMAND [FLAGS]

WebSockets from the command line.

${commands.map(({ name, summary }) => `  sluice ${name.padEnd(11)} ${summary}`).join("\n")}

  sluice COMMAND --help   what a command does, with examples
  sluice --version        the version of sluice

Exit codes: 0 it went well, 1 it failed, 2 it was called wrongly, 130 it was interrupted; commands may have more.
`;

/** Never rejects for what the user, the network or a peer did. */
export async function runProgram(args: readonly string[], console: Console): Promise<number> {
  const [first, ...rest] = args;
  if (first === undefined) {
    console.stderr.write(usage);
    return ExitCode.USAGE;
  }
  if (first === "help" && rest.length > 0) return runProgram([rest[0], "--help"], console);
  if (first === "--help" || first === "-h" || first === "help") {
    console.stdout.write(usage);
    return ExitCode.OK;
  }
  if (first === "--version" || first === "-V") {
    console.stdout.write(`${packageVersion()}\n`);
    return ExitCode.OK;
  }
  try {
    return await runCommand(findCommand(first), rest, console);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.stderr.write(`sluice: ${visibleLine(error.message)}\n`);
    return ExitCode.USAGE;
  }
}

async function runCommand(command: Command, args: readonly string[], console: Console): Promise<number> {
  const { isHelpWanted, values, positionals } = parseCommand(command, args);
  if (isHelpWanted) {
    console.stdout.write(command.help);
    return ExitCode.OK;
  }
  return command.run({ values, positionals, console });
}

function findCommand(name: string): Command {
  const found = commands.find((command) => command.name === name);
  if (found !== undefined) return found;
  const names = commands.map((command) => command.name);
  if (name.startsWith("-")) throw new UsageError(`${name} needs a command before it; see sluice --help`);
  const meant = nearest(name, names);
  const hint = meant === undefined ? `there are ${names.join(", ")}` : `did you mean ${meant}?`;
  throw new UsageError(`${JSON.stringify(name)} is no command; ${hint}`);
}
