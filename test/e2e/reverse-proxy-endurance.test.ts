import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type OutsideProcess, startProcess } from "../support/outside-process.js";
import { projectPath } from "../support/paths.js";
import { makeConfigFolder, startProxyProgram } from "../support/proxy-program.js";

/** SLUICE_PROXY_CONNECTIONS=5000 for the whole load; a process may have 20,000 files open for it. */
const COUNT = Number(process.env.SLUICE_PROXY_CONNECTIONS ?? 200);
const RELOADS = 10;

const fixture = (name: string): string => projectPath(`test/fixtures/${name}.mjs`);

/** A server that says its name first, and its port. */
async function startNamed(
  t: TestContext,
  name: string,
  port = 0,
): Promise<{ program: OutsideProcess; port: number }> {
  const program = startProcess(t, process.execPath, [fixture("named-echo"), name, String(port)]);
  const [, listening] = /^listening (\d+)$/.exec(await program.readLine()) ?? [];
  return { program, port: Number(listening) };
}

async function startClients(t: TestContext, url: string, count: number): Promise<OutsideProcess> {
  const clients = startProcess(t, process.execPath, [fixture("numbered-clients"), url, String(count)]);
  assert.equal(await clients.readLine(), `open ${count}`);
  return clients;
}

/** How many messages have come back by now, and how many connections are open. Lines before that are collected. */
async function count(clients: OutsideProcess, others: string[]): Promise<{ messages: number; open: number }> {
  clients.writeLine("count");
  for (;;) {
    const line = await clients.readLine();
    const [, messages, open] = /^sum (\d+) (\d+)$/.exec(line) ?? [];
    if (messages !== undefined) return { messages: Number(messages), open: Number(open) };
    others.push(line);
  }
}

/** Waits until every connection that is open has had its turn a few times. */
async function goOn(clients: OutsideProcess, others: string[]): Promise<void> {
  const before = await count(clients, others);
  for (;;) {
    const { messages, open } = await count(clients, others);
    if (messages >= before.messages + 3 * open) return;
  }
}

function endIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

describe("a proxy under load", () => {
  for (const mode of ["relay", "inspect"] as const) {
    test(`in mode ${mode} ends only the connections of an upstream that is killed, through reloads and a restart`, async (t) => {
      const a = await startNamed(t, "a");
      const b = await startNamed(t, "b");
      const to = [a, b].map(({ port }) => `ws://127.0.0.1:${port}`);
      const inspect = mode === "inspect" ? { heartbeat: false } : undefined;
      const config = { listen: "127.0.0.1:0", to, mode, inspect };
      const folder = makeConfigFolder(t, config);
      const { program, url } = await startProxyProgram(t, "--config", folder.file);
      const clients = await startClients(t, url, COUNT);
      const lines: string[] = [];
      await goOn(clients, lines);
      assert.equal(lines.length, 0);

      process.kill(a.program.pid, "SIGKILL");
      const { status } = await a.program.result;
      assert.equal(status, null);
      while (lines.length < COUNT / 2) lines.push(await clients.readLine());
      const code = mode === "inspect" ? 1014 : 1006;
      assert.deepEqual(new Set(lines.splice(0)), new Set([`closed ${code} a`]));
      await startNamed(t, "a", a.port);

      for (let i = 0; i < RELOADS; i++) {
        folder.write({ ...config, maxClients: 50_000 + i });
        program.signal("SIGHUP");
        while ((program.stderr.match(/^reloaded: maxClients changed$/gm)?.length ?? 0) <= i) await sleep(5);
      }
      const back = await startClients(t, url, COUNT / 2);

      program.signal("SIGUSR2");
      const [, pid] = await program.complained(/^process (\d+) goes on here/m);
      t.after(() => endIfThere(Number(pid)));
      const fresh = await startClients(t, url, 10);

      for (const each of [clients, back, fresh]) await goOn(each, lines);
      const { open } = await count(clients, lines);
      assert.deepEqual([open, ...lines], [COUNT / 2]);
      for (const each of [clients, back, fresh]) {
        each.writeLine("end");
        assert.match(await each.readLine(), /^ended \d+$/);
      }
      // It has the standard output of the first process, whose end is seen when both have ended.
      process.kill(Number(pid), "SIGTERM");
      assert.equal(await program.ended, 0);
    });
  }
});
