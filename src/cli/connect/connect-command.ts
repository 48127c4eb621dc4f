// `sluice connect`: a WebSocket in the terminal, or between pipes.

import { type Command, type Console, ExitCode, type Invocation } from "../command.js";
import { helpOf } from "../help-text.js";
import { Interrupts } from "../interrupts.js";
import { connectFlagGroups, connectFlags } from "./connect-flags.js";
import { readSettings, type SessionSettings } from "./connect-settings.js";
import { ConnectExit } from "./failure.js";
import { History, historyPath } from "./history.js";
import { sendPipe } from "./piped-input.js";
import { PlainView } from "./plain-view.js";
import { Session } from "./session.js";
import { slashHelp } from "./slash-commands.js";
import { TerminalView } from "./terminal-view.js";
import { TypedInput } from "./typed-input.js";
import type { View } from "./view.js";

const about = `
Opens a WebSocket. On a terminal, what is typed is sent and what comes is shown, with line editing, a history and
the commands below. Through pipes, each line of standard input is a message, messages go to standard output, one on
each line, and all else goes to standard error.

URL is ws:, wss:, http: or https:; localhost:3000 and :3000 mean ws://localhost:3000. It may hold user and
password. ws+unix:FILE:/path leads to a unix socket.

When the input has ended, the connection is closed as soon as the server has answered a ping, and so has had
the time to answer what came before it. A server that takes longer needs --wait, --once or --no-close.

Ctrl-C closes the connection and waits for the server to do the same; a second one does not wait.
`;

const exitCodes = {
  [ConnectExit.OK]: "the connection was closed as it should be: by either side, with 1000, 1001 or no code",
  [ConnectExit.FAILED]:
    "it could not be made, it was lost, the server broke the protocol or a limit, or --once got no message",
  [ConnectExit.USAGE]: "the command was called wrongly",
  [ConnectExit.REFUSED]: "the server answered, but with no WebSocket: another status, a wrong handshake",
  [ConnectExit.CLOSED_WITH_ERROR]: "the server closed with any other code, such as 1011 or 4000",
  [ConnectExit.INTERRUPTED]:
    "interrupted before the connection was open, or twice (143 for SIGTERM, 129 for SIGHUP)",
};

const help = helpOf({
  usage: "sluice connect URL [FLAGS]",
  about,
  flagGroups: connectFlagGroups,
  sections: {
    "Typed on a terminal": slashHelp(),
    Files: `$XDG_STATE_HOME/sluice/history, or ~/.local/state/sluice/history: the last 1000 lines typed.
Lines that begin with a blank are not kept.`,
  },
  exitCodes,
  examples: [
    ["sluice connect localhost:8080", "talk to a server on this machine"],
    ["echo hello | sluice connect localhost:8080", "send a line, print the answer"],
    [
      `sluice connect localhost:8080 --once -x '{"op":"time"}' --json`,
      "ask one question, print one answer as JSON",
    ],
    ["sluice connect localhost:8080 -v -x hello < /dev/null", "see the handshake and the frames"],
    [
      "sluice connect wss://localhost:8443 --ca ca.pem -u ada:secret < lines.txt",
      "TLS with an authority of one's own",
    ],
    ["sluice connect localhost:8080 --binary < image.png > echo.png", "send a file as one binary message"],
    ["sluice connect localhost:8080 --reconnect --no-close --ping 5", "watch a server, through its restarts"],
  ],
});

export const connectCommand: Command = {
  name: "connect",
  summary: "talk to a WebSocket server, in the terminal or through pipes",
  help,
  flags: connectFlags,
  positionals: ["URL"],
  run,
};

async function run(invocation: Invocation): Promise<number> {
  const { console } = invocation;
  const settings = readSettings(invocation);
  const isInteractive = console.stdin.isTTY === true && console.stdout.isTTY === true;
  const terminal = isInteractive ? openTerminal(console, settings) : undefined;
  const view: View = terminal ?? new PlainView(console, settings);
  const session = new Session(settings, view);
  const interrupts = new Interrupts(console.signals, (exitCode) => session.leave(exitCode));
  const stopWatching = watchOutput(console, session, view);
  const ending = session.run();
  if (terminal === undefined) void sendPipe(console, session, settings, view);
  else {
    const input = new TypedInput(session, settings, view);
    terminal.listen({
      typed: (line) => input.typed(line),
      ended: () => input.ended(),
      interrupted: () => interrupts.interrupt(),
    });
  }
  try {
    return await Promise.race([ending, interrupts.forced]);
  } finally {
    session.terminate();
    interrupts.stop();
    view.close();
    stopWatching();
  }
}

function openTerminal(console: Console, settings: SessionSettings): TerminalView {
  const history = settings.hasNoHistory ? undefined : new History(historyPath(console));
  return new TerminalView(console, { ...settings, history });
}

/** Says goodbye when nobody reads any more. */
function watchOutput({ stdout }: Console, session: Session, view: View): () => void {
  const onError = (error: NodeJS.ErrnoException): void => {
    // A reader that has had enough, such as `head`, is no failure.
    if (error.code === "EPIPE" || error.code === "EIO") session.fail(ExitCode.OK);
    else {
      view.problem(`cannot write the output: ${error.message}`);
      session.fail(ExitCode.FAILED);
    }
  };
  stdout.on("error", onError);
  return () => stdout.off("error", onError);
}
