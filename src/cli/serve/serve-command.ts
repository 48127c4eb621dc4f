// `sluice serve`: a WebSocket server for trying things out.

import { networkInterfaces } from "node:os";
import { StateError } from "../../protocol/index.js";
import {
  createServer,
  type ServerAddress,
  type ServerHandlers,
  type WebSocketServer,
} from "../../server/index.js";
import { type Command, ExitCode, type Invocation, UsageError } from "../command.js";
import { describeError } from "../describe.js";
import { helpOf } from "../help-text.js";
import { Interrupts } from "../interrupts.js";
import { describeInputFailure } from "../standard-input.js";
import { broadcastHandlers, broadcastLines, echoHandlers } from "./builtin-handlers.js";
import { loadHandlers } from "./handler-module.js";
import { serveFlagGroups, serveFlags } from "./serve-flags.js";
import { ServeLog } from "./serve-log.js";
import { readSettings, type ServeSettings } from "./serve-settings.js";

const about = `
Serves WebSockets until it is interrupted. The URLs go to standard output, one on each line, and after them
nothing; to standard error goes a line for each connection: + it has come, - it has gone, ! it failed, and
with -v < a message.

Ctrl-C tells every client 1001, going away, and waits for them to leave; a second one does not wait.
`;

const help = helpOf({
  usage: "sluice serve [--echo | --broadcast | --handler FILE] [FLAGS]",
  about,
  flagGroups: serveFlagGroups,
  exitCodes: {
    [ExitCode.OK]: "it was interrupted, and every client has left or had the time to",
    [ExitCode.FAILED]: "it could not listen",
    [ExitCode.USAGE]: "the command was called wrongly, or the handler's module cannot be used",
    [ExitCode.INTERRUPTED]: "interrupted twice (143 for SIGTERM, 129 for SIGHUP)",
  },
  examples: [
    ["sluice serve", "an echo server on ws://127.0.0.1:8080"],
    ["sluice serve --broadcast --host 0.0.0.0 -v", "a room for everybody on the network"],
    ["sluice serve --handler handler.js --port 8080", "a server that does what handler.js exports"],
    ["sluice serve --port 8443 --cert cert.pem --key key.pem", "with TLS"],
    ["tail -f log.txt | sluice serve --broadcast", "the lines of a log, for whoever listens"],
  ],
});

export const serveCommand: Command = {
  name: "serve",
  summary: "serve an echo, a broadcast, or a handler of your own",
  help,
  flags: serveFlags,
  positionals: [],
  run,
};

async function run({ values, console }: Invocation): Promise<number> {
  const settings = readSettings(values);
  const log = new ServeLog(console, settings);
  let served = (): void => {};
  const over = new Promise<number>((resolve) => {
    served = () => resolve(ExitCode.OK);
  });
  const server = await createLogged(settings, log, () => settings.isOnce && served());
  let address: ServerAddress;
  try {
    address = await server.listen(settings.target);
  } catch (error) {
    if (error instanceof StateError) throw new UsageError(describeError(error), { cause: error });
    console.stderr.write(`sluice: cannot listen: ${describeError(error)}\n`);
    return ExitCode.FAILED;
  }
  const interrupts = new Interrupts(console.signals, () => {
    log.note(
      server.connections.size === 0 ? "closing" : "closing; Ctrl-C once more does not wait for the clients",
    );
    served();
    return true;
  });
  announce(settings, address, log, (url) => console.stdout.write(`${url}\n`));
  if (settings.mode === "broadcast")
    broadcastLines(server, console.stdin, (text) => log.problem(`sluice: ${text}`)).catch((error: unknown) =>
      log.problem(`sluice: ${describeInputFailure(error)}`),
    );
  try {
    const ending = over.then(async (exitCode) => {
      await server.close();
      return exitCode;
    });
    return await Promise.race([ending, interrupts.forced]);
  } finally {
    interrupts.stop();
    for (const ws of server.connections) ws.terminate();
  }
}

/** Throws `UsageError` for handlers and options that the server cannot use. */
async function createLogged(
  settings: ServeSettings,
  log: ServeLog,
  ended: () => void,
): Promise<WebSocketServer> {
  let server: WebSocketServer | undefined;
  const handlers = await handlersOf(settings, () => server as WebSocketServer);
  try {
    // Of handlers that are none, the server says what is wrong only when it gets them as they are.
    createServer(handlers, settings.options);
    server = createServer(log.around(handlers, ended), settings.options);
    return server;
  } catch (error) {
    throw new UsageError(describeError(error), { cause: error });
  }
}

async function handlersOf(
  { mode, handler }: ServeSettings,
  server: () => WebSocketServer,
): Promise<ServerHandlers> {
  if (mode === "echo") return echoHandlers;
  return mode === "broadcast" ? broadcastHandlers(server) : loadHandlers(handler);
}

function announce(
  { mode, handler, target }: ServeSettings,
  { url, port }: ServerAddress,
  log: ServeLog,
  print: (url: string) => void,
): void {
  print(url);
  const host = typeof target === "object" && "host" in target ? target.host : undefined;
  const isForAll = host === "0.0.0.0" || host === "::";
  if (isForAll)
    for (const address of ownAddresses()) print(url.replace(`localhost:${port}`, `${address}:${port}`));
  const what = mode === "handler" ? handler : mode;
  const isLocal = host === "127.0.0.1" || host === "localhost" || host === "::1";
  const whom = isLocal ? "; only this machine can connect (--host 0.0.0.0 lets others in)" : "";
  log.note(`serving ${what}${whom}; Ctrl-C ends it`);
}

/** IPv4 addresses by which others may reach this machine. */
function ownAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((each) => each ?? [])
    .filter(({ family, internal }) => family === "IPv4" && !internal)
    .map(({ address }) => address);
}
