// node build/examples/record-frames/record.js [--admin URL] [--route NAME] > talk.jsonl
//
// Records the next connection that a proxy opens on a route, from its first frame to its end, as JSON lines on standard
// output, which `sluice replay` says again. It asks the WebSocket `/live` of the proxy's admin port; the client and the
// upstream notice nothing. Standard error says what is waited for and what was recorded.

import { parseArgs } from "node:util";
import { connect, type WebSocketConnection } from "sluice";
import type { FrameRecord } from "sluice/proxy";

const usage = `Usage: node build/examples/record-frames/record.js [--admin URL] [--route NAME] > talk.jsonl

  --admin URL    the proxy's admin port; default: http://127.0.0.1:9090
  --route NAME   the route whose next connection is recorded; default: the only one
`;

interface Route {
  readonly name: string;
}

/** What `/live` says, as far as it is needed here. */
type Told =
  | { readonly type: "snapshot"; readonly routes: readonly Route[] }
  | { readonly type: "armed"; readonly route: string }
  | { readonly type: "watching"; readonly connection: { readonly id: number; readonly url: string } }
  | { readonly type: "frames"; readonly frames: readonly FrameRecord[]; readonly skipped: number }
  | { readonly type: "ended" }
  | { readonly type: "problem"; readonly text: string };

function say(text: string): void {
  process.stderr.write(`record: ${text}\n`);
}

function printLine(line: FrameRecord | { readonly skipped: number }): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** Nobody would ever come on a route that is not there. */
function chosenRoute(wanted: string | undefined, routes: readonly Route[]): string {
  const names = routes.map(({ name }) => name);
  const route = wanted ?? (names.length === 1 ? names[0] : undefined);
  if (route !== undefined && names.includes(route)) return route;
  const problem =
    wanted === undefined ? "--route has to name one of the routes" : `there is no route ${wanted}`;
  throw new Error(`${problem}: ${names.join(", ")}`);
}

/** Resolves when the connection has ended. */
async function record(live: WebSocketConnection, wanted: string | undefined): Promise<void> {
  let isArmed = false;
  let recorded = 0;
  let missing = 0;
  for await (const text of live) {
    const told = JSON.parse(String(text)) as Told;
    switch (told.type) {
      case "snapshot":
        if (isArmed) break;
        isArmed = true;
        live.send(JSON.stringify({ type: "arm", route: chosenRoute(wanted, told.routes) }));
        break;
      case "armed":
        say(`waiting for the next connection of ${told.route}`);
        break;
      case "watching":
        say(`recording connection ${told.connection.id}, ${told.connection.url}`);
        break;
      case "frames":
        told.frames.forEach(printLine);
        recorded += told.frames.length;
        missing += told.skipped;
        if (told.skipped > 0) printLine({ skipped: told.skipped });
        break;
      case "problem":
        throw new Error(told.text);
      case "ended":
        say(missing === 0 ? `${recorded} frames` : `${recorded} frames, and ${missing} that came too fast`);
        return;
    }
  }
  throw new Error("the proxy closed its admin port");
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      admin: { type: "string", default: "http://127.0.0.1:9090" },
      route: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return;
  }
  const live = await connect(new URL("/live", values.admin));
  // A snapshot comes each second, with the connections that are open: one is enough of them.
  live.send(JSON.stringify({ type: "list", query: { limit: 1 } }));
  try {
    await record(live, values.route);
  } finally {
    await live.close();
  }
}

await main().catch((error: Error) => {
  say(error.message);
  process.exitCode = 1;
});
