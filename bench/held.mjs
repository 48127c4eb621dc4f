// Very many connections: opened, held, each echoed once, and closed; what a connection needs of the server's memory, and
// whether memory and descriptors go back to where they began. A process may not have more descriptors than `ulimit -n`
// allows, so there are several servers, each with a client process of its own.
//   node bench/held.mjs [--connections 100000] [--servers 6] [--transport uring]
import { fork } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { connect, createServer } from "../dist/index.js";

const { values } = parseArgs({
  options: {
    connections: { type: "string", default: "100000" },
    servers: { type: "string", default: "6" },
    transport: { type: "string", default: "uring" },
    role: { type: "string" },
  },
});
const transport = values.transport;
/** Handshakes of one client that are under way at the same time. */
const ABREAST = 64;

/** What the process holds now. */
function held() {
  globalThis.gc();
  const rss = /VmRSS:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))[1];
  return {
    rss: Number(rss) * 1024,
    heap: process.memoryUsage().heapUsed,
    descriptors: readdirSync("/proc/self/fd").length,
  };
}

/** A server that answers questions about itself. */
async function serve() {
  const server = createServer({ message: (ws, data) => void ws.send(data) }, { transport });
  const { url } = await server.listen({ port: 0, host: "127.0.0.1" });
  process.on("message", () => process.send({ ...held(), connections: server.connections.size }));
  process.send({ url });
}

/** A client that does one step after the other, as told. */
function visit() {
  const sockets = [];
  const inBatches = async (count, step) => {
    let next = 0;
    const work = async () => {
      while (next < count) await step(next++);
    };
    await Promise.all(Array.from({ length: ABREAST }, work));
  };
  const steps = {
    open: ({ url, count }) =>
      inBatches(count, async () => sockets.push(await connect(url, { transport, compression: false }))),
    echo: () =>
      inBatches(sockets.length, async (i) => {
        const ws = sockets[i];
        const answer = new Promise((resolve) => ws.listen({ message: (_ws, data) => resolve(data) }));
        ws.send(`echo ${i}`);
        if ((await answer) !== `echo ${i}`) throw new Error(`connection ${i} was answered by another's echo`);
      }),
    close: () => inBatches(sockets.length, (i) => sockets[i].close()),
  };
  process.on("message", async (message) => {
    await steps[message.step](message);
    process.send("done");
  });
  process.send("ready");
}

const answerOf = (child) => new Promise((resolve) => child.once("message", resolve));
function ask(child, message) {
  const answer = answerOf(child);
  child.send(message);
  return answer;
}

async function open(role) {
  const argv = ["--role", role, "--transport", transport];
  const child = fork(new URL(import.meta.url), argv, { execArgv: ["--expose-gc"] });
  return { child, greeting: await answerOf(child) };
}

const mean = (numbers) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

async function run() {
  const count = Math.ceil(Number(values.connections) / Number(values.servers));
  const pairs = [];
  try {
    for (let i = 0; i < Number(values.servers); i++) {
      pairs.push({ server: await open("server"), client: await open("client") });
    }
    const look = () => Promise.all(pairs.map(({ server }) => ask(server.child, "look")));
    const step = (name) =>
      Promise.all(
        pairs.map(({ server, client }) => ask(client.child, { step: name, url: server.greeting.url, count })),
      );
    const before = await look();
    const report = async (what) => {
      const now = await look();
      const each = (key) => mean(now.map((state, i) => (state[key] - before[i][key]) / count)).toFixed(0);
      const total = now.reduce((sum, { connections }) => sum + connections, 0);
      const descriptors = now.reduce((sum, state, i) => sum + state.descriptors - before[i].descriptors, 0);
      console.log(
        `${what}: ${total} connections, ${each("rss")} bytes of memory and ${each("heap")} of heap for each, ${descriptors} descriptors`,
      );
    };
    await step("open");
    await report("held");
    await step("echo");
    await report("echoed once each");
    await step("close");
    await report("closed");
  } finally {
    for (const { server, client } of pairs) for (const { child } of [server, client]) child.kill();
  }
}

await { server: serve, client: visit }[values.role]?.();
if (values.role === undefined) await run();
