// npm start, or: node build/examples/chat/server.js [--port PORT] [--host HOST]
//
// Serves the chat's page and its WebSocket on one port. PORT may also come from the environment. A port that is taken
// is no reason not to start: the next free one is used, and said.

import { parseArgs } from "node:util";
import { type ServerAddress, TransportError, type WebSocketServer } from "sluice";
import { createChat } from "./chat.js";
import { printLine, runProgram, UsageError } from "./command-line.js";
import type { Visitor } from "./room.js";

const usage = `Usage: node build/examples/chat/server.js [--port PORT] [--host HOST]

  --port PORT   where to listen; default: PORT from the environment, or 3000. 0 takes a free port
  --host HOST   listen on this address only; default: all
`;

/** Ports after the wanted one that are tried before any free one is taken. */
const portsToTry = 10;
const closeTimeoutMs = 5000;

async function main(): Promise<void> {
  const { port, host, isHelpWanted } = readArguments();
  if (isHelpWanted) {
    process.stdout.write(usage);
    return;
  }
  const chat = createChat((error) => printLine(process.stderr, `chat: ${error.stack ?? error.message}`));
  const address = await listen(chat, port, host);
  if (port !== 0 && address.port !== port) {
    printLine(process.stderr, `Port ${port} is taken, so the chat is on port ${address.port}.`);
  }
  printLine(process.stdout, `The chat is open: ${address.url.replace(/^ws/, "http")} (Ctrl-C closes it)`);
  closeOnSignal(chat);
}

function readArguments(): { port: number; host: string | undefined; isHelpWanted: boolean } {
  const { values } = parseArgs({
    options: {
      port: { type: "string", short: "p" },
      host: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  const wish = values.port ?? (process.env.PORT || "3000");
  const port = /^\d{1,5}$/.test(wish) ? Number(wish) : Number.NaN;
  if (!(port <= 65_535))
    throw new UsageError(`${JSON.stringify(wish)} is no port; ports are numbers from 0 to 65535`);
  return { port, host: values.host, isHelpWanted: values.help === true };
}

async function listen(
  chat: WebSocketServer<Visitor>,
  wanted: number,
  host: string | undefined,
): Promise<ServerAddress> {
  const last = wanted === 0 ? 0 : Math.min(wanted + portsToTry, 65_535);
  for (let port = wanted; port <= last; port++) {
    try {
      return await chat.listen({ port, host });
    } catch (error) {
      if (!(error instanceof TransportError && error.code === "ADDRESS_IN_USE")) throw error;
    }
  }
  return chat.listen({ port: 0, host });
}

/** Once politely: everybody is told, and has a moment to say goodbye. Asked twice, at once. */
function closeOnSignal(chat: WebSocketServer<Visitor>): void {
  let isClosing = false;
  const onSignal = async (): Promise<void> => {
    if (isClosing) process.exit(130);
    isClosing = true;
    printLine(process.stdout, "\nThe chat is closing.");
    await chat.close({ code: 1001, reason: "the chat is closing", timeoutMs: closeTimeoutMs });
    // Somebody's half-sent request must not hold the terminal.
    process.exit(0);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, onSignal);
}

await runProgram("chat", main);
