// npm run demo:proxy, or: node build/examples/proxy-demo/demo.js [--port PORT] [--admin-port PORT]
//
// Two chat servers (examples/chat), and `sluice proxy` in front of them with its admin page. One host name leads to each of
// the chats, and any other to one of the two. Ctrl-C ends all of it. A port that is taken is no reason not to start: a free
// one is used.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { freePort, type RunningProgram, startProgram } from "./programs.js";

const usage = `Usage: node build/examples/proxy-demo/demo.js [--port PORT] [--admin-port PORT]

  --port PORT         where the proxy listens; default: 8080
  --admin-port PORT   where its admin page is; default: 9090
`;

const chatScript = fileURLToPath(new URL("../chat/server.js", import.meta.url));
const packageFolder = dirname(createRequire(import.meta.url).resolve("sluice/package.json"));
const sluiceScript = join(packageFolder, "dist/cli/main.js");

interface Wishes {
  readonly port: number;
  readonly adminPort: number;
  readonly isHelpWanted: boolean;
}

function readArguments(): Wishes {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: "8080" },
      "admin-port": { type: "string", default: "9090" },
      help: { type: "boolean", default: false },
    },
  });
  return {
    port: parsePort(values.port),
    adminPort: parsePort(values["admin-port"]),
    isHelpWanted: values.help,
  };
}

function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new Error(`${JSON.stringify(text)} is no port; ports are numbers from 0 to 65535`);
}

/** A host name that browsers look up on this machine, for each chat; and all other names. */
function configOf(chats: readonly RunningProgram[], port: number, adminPort: number): object {
  const upstreams = chats.map(({ found }) => found.replace(/^http/, "ws"));
  return {
    listen: `127.0.0.1:${port}`,
    admin: `127.0.0.1:${adminPort}`,
    mode: "inspect",
    routes: [
      { name: "chat one", host: "one.localhost", to: upstreams[0] },
      { name: "chat two", host: "two.localhost", to: upstreams[1] },
      {
        name: "either",
        to: upstreams,
        balance: { hash: "address" },
        health: { active: { intervalMs: 1000 } },
      },
    ],
  };
}

function startChat(): Promise<RunningProgram> {
  return startProgram(chatScript, ["--host", "127.0.0.1", "--port", "0"], /http:\/\/[^\s/]+/, "ignore");
}

function describe(
  chats: readonly RunningProgram[],
  proxy: RunningProgram,
  [port, adminPort]: readonly number[],
  file: string,
): string {
  const [one, two] = chats.map(({ pid, found }) => `${new URL(found).host}, process ${pid}`);
  return `Two chats, and a proxy in front of them:

  http://localhost:${port}       either chat, the same one for the same address
  http://one.localhost:${port}   the first chat (${one})
  http://two.localhost:${port}   the second chat (${two})
  http://127.0.0.1:${adminPort}       the inspector: what is open, and what passes

The config of the proxy is ${file}: after a change, kill -HUP ${proxy.pid}
To see the proxy choose the other chat, end one of them: kill ${chats[0].pid}
Ctrl-C ends all of it.
`;
}

async function run({ port, adminPort }: Wishes, folder: string, started: RunningProgram[]): Promise<void> {
  const chats = [await startChat(), await startChat()];
  started.push(...chats);
  const ports = [await freePort(port), await freePort(adminPort)];
  const file = join(folder, "proxy.json");
  writeFileSync(file, `${JSON.stringify(configOf(chats, ports[0], ports[1]), null, 2)}\n`);
  const proxy = await startProgram(sluiceScript, ["proxy", "--config", file], /^ws:\S+/, "inherit");
  started.unshift(proxy);
  process.stdout.write(`\n${describe(chats, proxy, ports, file)}\n`);
  await Promise.race([interrupted(), proxy.ended]);
}

/** Resolves at the first Ctrl-C or its like; the second does not wait for anything. */
function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    let isLeaving = false;
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
      process.on(signal, () => {
        if (isLeaving) process.exit(130);
        isLeaving = true;
        resolve();
      });
  });
}

async function main(): Promise<void> {
  const wishes = readArguments();
  if (wishes.isHelpWanted) {
    process.stdout.write(usage);
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), "sluice-proxy-demo-"));
  // The proxy first: nobody is to find it without the chats.
  const started: RunningProgram[] = [];
  process.on("exit", () => {
    for (const program of started) program.end("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });
  await run(wishes, folder, started);
  for (const program of started) {
    program.end("SIGTERM");
    await program.ended;
  }
}

await main().catch((error: Error) => {
  process.stderr.write(`demo: ${error.message}\n`);
  process.exitCode = 1;
});
// Pipes of what has ended are no reason to stay.
process.exit();
