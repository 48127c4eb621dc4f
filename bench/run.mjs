// Measures this package beside others: same load, in turn (A B A B), the server on the first core and the generator on the
// second.
//   npm run bench -- [--rounds 2] [--seconds 5] [--only TEXT] [--servers node,uring,dropin,ws,bun,deno] [--no-write]
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { contenders } from "./contenders.mjs";
import { rows } from "./rows.mjs";

const folder = fileURLToPath(new URL(".", import.meta.url));
const generator = `${folder}wsload`;

function options() {
  try {
    const { values } = parseArgs({
      options: {
        rounds: { type: "string", default: "2" },
        seconds: { type: "string", default: "5" },
        only: { type: "string", default: "" },
        servers: { type: "string", default: Object.keys(contenders).join(",") },
        "no-write": { type: "boolean", default: false },
      },
    });
    const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)];
    if (!(rounds >= 1 && seconds > 0)) throw new Error("--rounds and --seconds take numbers above 0");
    const servers = values.servers.split(",");
    const unknown = servers.find((name) => contenders[name] === undefined);
    if (unknown !== undefined) {
      throw new Error(`--servers knows ${Object.keys(contenders).join(", ")}, not ${unknown}`);
    }
    return { rounds, seconds, servers, only: values.only, isWriting: !values["no-write"] };
  } catch (error) {
    process.stderr.write(`bench: ${error.message}\n`);
    process.exit(2);
  }
}

/** Builds the generator and fetches the peers, once. */
function prepare() {
  if (!existsSync(generator)) {
    execFileSync("gcc", ["-O2", "-w", "-o", generator, `${folder}wsload.c`, "-lz"], { stdio: "inherit" });
  }
  if (!existsSync(`${folder}node_modules/vega`)) {
    execFileSync("npm", ["ci", "--prefix", folder, "--no-audit", "--no-fund"], { stdio: "inherit" });
  }
}

function pinned(core, command, args) {
  return os.platform() === "linux" && os.cpus().length > 1
    ? ["taskset", ["-c", String(core), command, ...args]]
    : [command, args];
}

async function startServer({ command, args, name }, further) {
  const [binary, argv] = pinned(0, command, [...args, "--port", "0", ...further]);
  const child = spawn(binary, argv, { stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface({ input: child.stdout })) {
    const match = /^listening (\d+)$/.exec(line);
    if (match !== null) return { child, port: match[1] };
  }
  throw new Error(`${name} ended before it was listening`);
}

/** What the generator says of one run: CPU microseconds per message, or bytes per idle connection. */
function generate(row, { child, port }, seconds) {
  const load = ["-p", port, "-P", String(child.pid), ...row.load, "-w", "1", "-t", String(seconds)];
  const [command, argv] = pinned(1, generator, load);
  const result = JSON.parse(
    execFileSync(command, argv, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }),
  );
  return row.isIdle ? result.bytes_per_connection : result.server_cpu_us_per_msg;
}

/** Bytes of the process's own and shared memory that are in use. */
const residentBytes = ({ pid }) =>
  1024 * /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1];

/** Bytes per connection that has been idle for a while. */
async function hold(row, { child, port }) {
  const before = residentBytes(child);
  const [command, argv] = pinned(1, process.execPath, [`${folder}idle.mjs`, "--port", port, ...row.load]);
  const holder = spawn(command, argv, { stdio: ["pipe", "pipe", "inherit"] });
  await once(holder.stdout, "data");
  await sleep(row.idleSeconds * 1000);
  const bytes = residentBytes(child) - before;
  holder.stdin.end();
  await once(holder, "exit");
  return bytes / Number(row.load.at(-1));
}

/** One run of one row. */
async function measure(contender, row, seconds) {
  const server = await startServer(contender, row.server ?? []);
  const { child } = server;
  try {
    return row.idleSeconds === undefined ? generate(row, server, seconds) : await hold(row, server);
  } finally {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill();
    await ended;
  }
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const show = (value, row) => (row.isIdle ? value.toFixed(0) : value.toFixed(value < 2 ? 3 : 2));

/** Each server's runs of one row; no entry for a server that cannot do what the row asks for. */
async function measureRow(row, { rounds, seconds, servers }) {
  const able = servers.filter((name) => !(row.isCompressed && contenders[name].isPlain));
  const results = Object.fromEntries(able.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const name of able) results[name].push(await measure(contenders[name], row, seconds));
  }
  return results;
}

function describeRow(row, results, servers) {
  const cells = servers.map((name) => results[name]?.map((value) => show(value, row)).join(", ") ?? "–");
  const verdicts = (row.targets ?? [])
    .filter(({ of, beside }) => results[of] !== undefined && results[beside] !== undefined)
    .map(({ of, beside, ratio }) => {
      const reached = mean(results[beside]) / mean(results[of]);
      const verdict = reached >= ratio ? "✓" : "missed";
      return `${of} ${reached.toFixed(2)} × ${beside}, at least ${Number(ratio.toFixed(2))} ${verdict}`;
    });
  return `| ${row.name} | ${cells.join(" | ")} | ${verdicts.join("<br>")} |`;
}

function versionOf(name) {
  return JSON.parse(readFileSync(`${folder}node_modules/${name}/package.json`, "utf8")).version;
}

function versions(servers) {
  const peers = servers.flatMap((name) => contenders[name].packages);
  const { version } = JSON.parse(readFileSync(`${folder}../package.json`, "utf8"));
  const memory = Math.round(os.totalmem() / 2 ** 30);
  return [
    `- ${os.cpus()[0]?.model ?? "unknown CPU"}, ${os.cpus().length} cores, ${memory} GiB; ${os.type()} ${os.release()}`,
    `- Node.js ${process.version}; sluice ${version}; ${peers.map((name) => `${name} ${versionOf(name)}`).join(", ")}`,
    `- ${new Date().toISOString().slice(0, 10)}`,
  ].join("\n");
}

async function write(lines, values, { seconds, servers }) {
  const { plot } = await import("./plot.mjs");
  writeFileSync(
    `${folder}results.svg`,
    await plot(
      values,
      servers.map((name) => contenders[name].name),
    ),
  );
  const text = `# Results

CPU microseconds of the server per message, as \`npm run bench\` measures them: all servers in turn (A B A B), ${seconds} s per
run after 1 s of warming up, the server pinned to one core and the generator (\`wsload.c\`) to another, 64 connections
unless the row says otherwise. Each cell lists its runs; a ratio compares their means. Payloads are text unless the row says
binary; a dash stands for a server that cannot compress. A figure measures this machine on this day; the ratio travels better.

${versions(servers)}

${lines.join("\n")}

![The same as bars](results.svg)
`;
  writeFileSync(`${folder}results.md`, text);
  process.stdout.write("\nwritten to bench/results.md and bench/results.svg\n");
}

async function main() {
  const settings = options();
  prepare();
  const { servers, only, isWriting } = settings;
  const names = servers.map((name) => contenders[name].name);
  const lines = [
    `| load | ${names.join(" | ")} | times better |`,
    `|---|${"---|".repeat(servers.length + 1)}`,
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
  const values = [];
  for (const row of rows.filter(({ name }) => name.includes(only))) {
    const results = await measureRow(row, settings);
    for (const [name, runs] of Object.entries(results)) {
      const value = mean(runs);
      values.push({ row: row.name, server: contenders[name].name, value, label: show(value, row) });
    }
    const line = describeRow(row, results, servers);
    lines.push(line);
    process.stdout.write(`${line}\n`);
  }
  if (isWriting && only === "") await write(lines, values, settings);
}

await main();
