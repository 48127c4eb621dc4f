// `sluice proxy` on a unix socket: whose the file of the socket is.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { describe, test } from "node:test";
import { connect } from "sluice";
import { probe } from "sluice/uring";
import {
  expectSuccessor,
  makeConfigFolder,
  type RunningProxy,
  startProxyProgram,
} from "../support/proxy-program.js";
import { echo, nextMessage, startServer } from "../support/sluice-server.js";

async function isServed({ url }: RunningProxy): Promise<void> {
  const ws = await connect(url);
  ws.send("here");
  assert.equal(await nextMessage(ws), "here");
  await ws.close();
}

const isLinux = process.platform === "linux";
const transports = probe().uring.isAvailable ? ["node", "uring"] : ["node"];

for (const transport of transports) {
  describe(`sluice proxy on a unix socket over ${transport}`, {
    skip: !isLinux && "its path is Linux's to tell",
  }, () => {
    for (const [generations, how] of [
      [0, "it ends"],
      [1, "the process ends that took over"],
      [2, "the last of those ends that took over"],
    ] as const)
      test(`has its file until ${how}, and can be started again then`, async (t) => {
        const successorOf = expectSuccessor(t);
        const { url: to } = await startServer(t, echo);
        const folder = makeConfigFolder(t, {});
        const socket = folder.path("proxy.sock");
        const args = ["--listen", `unix:${socket}`, "--to", to, "--transport", transport];
        const first = await startProxyProgram(t, ...args);
        let last = first.program.child.pid ?? 0;
        for (let generation = 1; generation <= generations; generation++) {
          process.kill(last, "SIGUSR2");
          last = await successorOf(first.program, generation);
        }
        assert.equal(existsSync(socket), true);
        await isServed(first);
        process.kill(last, "SIGTERM");
        await first.program.ended;
        assert.equal(existsSync(socket), false);
        await isServed(await startProxyProgram(t, ...args));
      });
  });
}
