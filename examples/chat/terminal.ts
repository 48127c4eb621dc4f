// npm run chat -- [URL] [--name NAME] [--room ROOM], or node build/examples/chat/terminal.js
//
// A client of the chat for the terminal. Lines go out, messages come in; it also works between pipes:
//   echo "the build is done" | node build/examples/chat/terminal.js --name builder

import { userInfo } from "node:os";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { runProgram, UsageError } from "./command-line.js";
import { Screen } from "./terminal-screen.js";
import { ChatSession } from "./terminal-session.js";

const usage = `Usage: node build/examples/chat/terminal.js [URL] [--name NAME] [--room ROOM]

  URL           default: http://localhost:3000. The address of a room's page will do: its #room is the room
  --name NAME   default: your user name
  --room ROOM   default: lobby

  /who  /name NAME  /room ROOM  /quit; //text says "/text"
`;

/** Lines that may wait for the server before the next one is read: a long file must not end up in memory. */
const maxUnsaidLines = 50;

async function main(): Promise<void> {
  const options = readArguments();
  if (options === undefined) {
    process.stdout.write(usage);
    return;
  }
  // A reader that has seen enough (`| head -1`) ends the program, as it would end any other in a pipe.
  process.stdout.on("error", () => process.exit(0));
  const isInteractive = process.stdin.isTTY === true;
  const screen = new Screen(process.stdout);
  const session = await ChatSession.open({ ...options, screen, isEchoed: !isInteractive });
  const onInterrupt = createInterruptHandler(session);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, onInterrupt);
  const lines = createInterface({
    input: process.stdin,
    output: isInteractive ? process.stdout : undefined,
    prompt: "> ",
  });
  // On a terminal, readline takes Ctrl-C as a key.
  lines.on("SIGINT", onInterrupt);
  if (isInteractive) screen.prompt = lines;
  const typing = obeyLines(lines, session, screen);
  try {
    await session.run();
  } finally {
    screen.prompt = undefined;
    lines.close();
    // The shell's prompt begins a line of its own.
    if (isInteractive) screen.end();
  }
  await typing;
}

function readArguments(): { url: string; name: string; room: string } | undefined {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { name: { type: "string" }, room: { type: "string" }, help: { type: "boolean", short: "h" } },
  });
  if (values.help) return undefined;
  if (positionals.length > 1)
    throw new UsageError(`one URL is enough, and ${JSON.stringify(positionals[1])} is one more`);
  const [address = "http://localhost:3000"] = positionals;
  if (!/^(?:wss?|https?):/i.test(address) || !URL.canParse(address)) {
    throw new UsageError(`${JSON.stringify(address)} is no URL such as http://localhost:3000`);
  }
  const url = new URL(address);
  const room = values.room ?? (roomOfLink(url) || "lobby");
  url.hash = "";
  return { url: url.href, name: values.name ?? userName(), room };
}

function roomOfLink({ hash }: URL): string {
  try {
    return decodeURIComponent(hash.slice(1));
  } catch {
    throw new UsageError(`${JSON.stringify(hash)} names no room`);
  }
}

function userName(): string {
  try {
    return userInfo().username.slice(0, 24);
  } catch {
    // A user without an entry in the system's list has no name.
    return "guest";
  }
}

/** Leaves at the first Ctrl-C; at the second, at once. */
function createInterruptHandler(session: ChatSession): () => void {
  let isLeaving = false;
  return () => {
    if (isLeaving) process.exit(130);
    isLeaving = true;
    void session.leave();
  };
}

/** Reads until the end, and leaves when the last line has been said. */
async function obeyLines(lines: AsyncIterable<string>, session: ChatSession, screen: Screen): Promise<void> {
  let isFirst = true;
  for await (const line of lines) {
    if (isFirst) await session.joined();
    isFirst = false;
    if (obey(line, session, screen) === "quit") break;
    await session.settled(maxUnsaidLines);
    screen.prompt?.prompt();
  }
  await session.settled(0);
  void session.leave();
}

function obey(line: string, session: ChatSession, screen: Screen): "quit" | undefined {
  if (line.trim() === "") return undefined;
  // A path such as /usr/bin is no command.
  const [, command, rest = ""] = /^\/(\w+)(?: +(.*))?$/.exec(line) ?? [];
  if (command === undefined) session.say(line.replace(/^\/\//, "/"));
  else if (command === "quit") return "quit";
  else if (command === "who") screen.note(`in #${session.room}: ${session.members.join(", ")}`);
  else if (command === "name" && rest !== "") session.rename(rest);
  else if (command === "room" && rest !== "") session.move(rest.replace(/^#/, ""));
  else screen.note("there are /who, /name NAME, /room ROOM and /quit");
  return undefined;
}

await runProgram("chat", main);
// Standard input may still be open, and would keep the program waiting.
process.exit();
