// webpack-dev-server's hot reload: what a page is told when it opens, when a file changes, and when the change does not compile.

import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import webpack from "webpack";
import WebpackDevServer from "webpack-dev-server";
import * as ws from "ws";

export async function converse(log) {
  const folder = mkdtempSync(join(tmpdir(), "sluice-hot-"));
  const entry = join(folder, "index.js");
  writeFileSync(entry, "export const value = 1;\n");
  const compiler = webpack({
    mode: "development",
    context: folder,
    entry,
    infrastructureLogging: { level: "none" },
  });
  const options = {
    port: 0,
    host: "127.0.0.1",
    static: false,
    client: { logging: "none" },
    setupExitSignals: false,
    devMiddleware: { stats: "none" },
  };
  const server = new WebpackDevServer(options, compiler);
  await server.start();
  const { port } = server.server.address();
  const client = new ws.WebSocket(`ws://127.0.0.1:${port}/ws`, { origin: `http://127.0.0.1:${port}` });
  const heard = [];
  let wake = () => {};
  client.on("message", (data) => {
    heard.push(JSON.parse(data.toString()));
    wake();
  });
  // Until the compiler has its say; how often it compiles in between is its own affair.
  const verdict = async (wanted) => {
    for (;;) {
      const types = heard.map(({ type }) => type);
      const at = types.indexOf(wanted);
      if (at >= 0) return heard.splice(0, at + 1).filter(({ type }) => type === wanted || type === "hot");
      await new Promise((resolve) => {
        wake = resolve;
      });
    }
  };
  log(
    "opened",
    (await verdict("ok")).map(({ type, data }) => [type, data]),
  );
  writeFileSync(entry, "export const value = ;\n");
  log("broken", (await verdict("errors")).length > 0);
  writeFileSync(entry, "export const value = 2;\n");
  log(
    "mended",
    (await verdict("ok")).map(({ type }) => type),
  );
  const closed = once(client, "close");
  await server.stop();
  log("closed", (await closed)[0]);
  rmSync(folder, { recursive: true });
}
