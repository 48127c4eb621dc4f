// Measures this package's proxy beside nginx and HAProxy: each with one process on the first core, the generator and the echo
// server behind on the second, in turn (A B A B).
//   npm run bench:proxy -- [--rounds 2] [--seconds 5] [--only TEXT] [--proxies nginx,haproxy,node,uring] [--no-write]
// nginx and HAProxy are Debian's packages: apt-get install nginx-light haproxy.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import os from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const folder = fileURLToPath(new URL(".", import.meta.url));
const generator = `${folder}wsload`;
const temporary = mkdtempSync(join(os.tmpdir(), "sluice-bench-"));

const rows = [
  { name: "20 B, 1 in flight", load: ["-s", "20", "-d", "1"] },
  { name: "20 B, 16 in flight", load: ["-s", "20", "-d", "16"], limits: { node: 3, uring: 1.2 } },
  { name: "1 KiB, 16 in flight", load: ["-s", "1024", "-d", "16"], limits: { node: 3, uring: 1.2 } },
  { name: "16 KiB, 4 in flight", load: ["-s", "16384", "-d", "4"] },
  { name: "200 KiB, 1 in flight", load: ["-s", "204800", "-d", "1"] },
  { name: "256 B, 2 in flight, 1,000 connections", load: ["-s", "256", "-d", "2", "-c", "1000"] },
  { name: "20 B, 1 in flight, 1 connection", load: ["-s", "20", "-d", "1", "-c", "1"], isLatency: true },
  { name: "idle, bytes per connection at 5,000", load: ["-i", "-c", "5000"], isIdle: true },
];

/** @type {Record<string, { name: string, start: (port: number, upstream: string) => string[] }>} */
const proxies = {
  nginx: {
    name: "nginx",
    start: (port, upstream) => ["nginx", "-c", configured("nginx.conf", port, upstream)],
  },
  haproxy: {
    name: "HAProxy",
    start: (port, upstream) => ["haproxy", "-db", "-f", configured("haproxy.cfg", port, upstream)],
  },
  node: {
    name: "sluice, Node's sockets",
    start: (port, upstream) => sluice(port, upstream, "node", "relay"),
  },
  uring: { name: "sluice, io_uring", start: (port, upstream) => sluice(port, upstream, "uring", "relay") },
  inspect: {
    name: "sluice, inspecting",
    start: (port, upstream) => sluice(port, upstream, "uring", "inspect"),
  },
};

function sluice(port, upstream, transport, mode) {
  const args = ["--port", String(port), "--to", upstream, "--transport", transport, "--mode", mode];
  return [process.execPath, `${folder}proxies/sluice.mjs`, ...args];
}

function configured(file, port, upstream) {
  const path = join(temporary, file);
  const values = { PORT: String(port), UPSTREAM: upstream, FOLDER: temporary };
  const text = readFileSync(`${folder}proxies/${file}`, "utf8").replace(/^#.*\n/, "");
  writeFileSync(
    path,
    text.replaceAll(/\b(?:PORT|UPSTREAM|FOLDER)\b/g, (name) => values[name]),
  );
  return path;
}

function options() {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "2" },
      seconds: { type: "string", default: "5" },
      only: { type: "string", default: "" },
      proxies: { type: "string", default: Object.keys(proxies).join(",") },
      "no-write": { type: "boolean", default: false },
    },
  });
  const names = values.proxies.split(",");
  const unknown = names.find((name) => proxies[name] === undefined);
  if (unknown !== undefined)
    throw new Error(`--proxies knows ${Object.keys(proxies).join(", ")}, not ${unknown}`);
  const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)];
  if (!(rounds >= 1 && seconds > 0)) throw new Error("--rounds and --seconds take numbers above 0");
  return { rounds, seconds, names, only: values.only, isWriting: !values["no-write"] && values.only === "" };
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function startEcho() {
  const args = ["-c", "1", process.execPath, `${folder}server.mjs`, "--transport", "uring"];
  const child = spawn("taskset", args, { stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface({ input: child.stdout })) {
    const port = /^listening (\d+)$/.exec(line)?.[1];
    if (port !== undefined) return { child, port };
  }
  throw new Error("the echo server ended before it was listening");
}

async function startProxy(name, upstream) {
  const port = await freePort();
  const [command, ...args] = proxies[name].start(port, upstream);
  const child = spawn("taskset", ["-c", "0", command, ...args], { stdio: ["ignore", "inherit", "inherit"] });
  for (let attempt = 0; attempt < 100; attempt++) {
    const isUp = await fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    );
    if (isUp) return { child, port };
    await sleep(50);
  }
  throw new Error(`${name} does not listen`);
}

async function end(child) {
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill();
  await ended;
}

async function measure(name, row, seconds, upstream) {
  const { child, port } = await startProxy(name, upstream);
  try {
    const args = ["-p", String(port), "-P", String(child.pid), ...row.load, "-w", "1", "-t", String(seconds)];
    const output = execFileSync("taskset", ["-c", "1", generator, ...args], { encoding: "utf8" });
    return JSON.parse(output);
  } finally {
    await end(child);
  }
}

/** The same load without a proxy: what latency is added to. */
function measureDirect(row, seconds, upstream) {
  const args = ["-p", upstream, ...row.load, "-w", "1", "-t", String(seconds)];
  return JSON.parse(execFileSync("taskset", ["-c", "1", generator, ...args], { encoding: "utf8" }));
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

function figureOf(row, result) {
  return row.isIdle ? result.bytes_per_connection : result.server_cpu_us_per_msg;
}

function show(row, value) {
  return row.isIdle ? value.toFixed(0) : value.toFixed(value < 2 ? 3 : 2);
}

function cell(row, results, direct) {
  const figures = results.map((result) => show(row, figureOf(row, result))).join(", ");
  if (row.isIdle) return figures;
  const added = (percentile) =>
    Math.max(0, mean(results.map((result) => result[percentile])) - direct[percentile]).toFixed(0);
  return `${figures} (+${added("p50_us")}/${added("p99_us")})`;
}

function verdicts(row, results, names) {
  if (!names.includes("nginx")) return "";
  const nginx = mean(results.nginx.map((result) => figureOf(row, result)));
  return names
    .filter((name) => name === "node" || name === "uring")
    .map((name) => {
      const ratio = mean(results[name].map((result) => figureOf(row, result))) / nginx;
      const limit = row.limits?.[name];
      const verdict = limit === undefined ? "" : `, at most ${limit} ${ratio <= limit ? "✓" : "missed"}`;
      return `${name} ${ratio.toFixed(2)} × nginx${verdict}`;
    })
    .join("<br>");
}

function versionOf(command, args, pattern) {
  const output = execFileSync("sh", ["-c", `${command} ${args} 2>&1`], { encoding: "utf8" });
  return pattern.exec(output)?.[1] ?? "?";
}

function write(lines) {
  const nginx = versionOf("nginx", "-v", /nginx\/([\d.]+)/);
  const haproxy = versionOf("haproxy", "-v", /version ([\d.]+)/);
  const text = `# Results of the proxy

CPU microseconds of the proxy per message there and back, as \`npm run bench:proxy\` measures them: every proxy in turn (A B A B),
one process pinned to one core, the generator (\`wsload.c\`) and the echo server on another, 64 connections unless the row says
otherwise. In parentheses the latency that the proxy adds, microseconds at p50 and p99; beside a generator that shares its core
with the echo server, this says more about the order of magnitude than about the proxy, save for one connection.

- ${os.cpus()[0]?.model ?? "unknown CPU"}, ${os.cpus().length} cores; ${os.type()} ${os.release()}
- Node.js ${process.version}; nginx ${nginx}; HAProxy ${haproxy}
- ${new Date().toISOString().slice(0, 10)}

${lines.join("\n")}
`;
  writeFileSync(`${folder}proxy-results.md`, text);
  process.stdout.write("\nwritten to bench/proxy-results.md\n");
}

async function main() {
  const { rounds, seconds, names, only, isWriting } = options();
  if (!existsSync(generator))
    execFileSync("gcc", ["-O2", "-w", "-o", generator, `${folder}wsload.c`, "-lz"], { stdio: "inherit" });
  const echo = await startEcho();
  const lines = [
    `| load | ${names.map((name) => proxies[name].name).join(" | ")} | beside nginx |`,
    `|---|${"---|".repeat(names.length + 1)}`,
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
  try {
    for (const row of rows.filter(({ name }) => name.includes(only))) {
      const direct = row.isIdle ? undefined : measureDirect(row, Math.min(seconds, 2), echo.port);
      const results = Object.fromEntries(names.map((name) => [name, []]));
      for (let round = 0; round < rounds; round++)
        for (const name of names) results[name].push(await measure(name, row, seconds, echo.port));
      const cells = names.map((name) => cell(row, results[name], direct));
      const line = `| ${row.name} | ${cells.join(" | ")} | ${verdicts(row, results, names)} |`;
      lines.push(line);
      process.stdout.write(`${line}\n`);
    }
  } finally {
    await end(echo.child);
    rmSync(temporary, { recursive: true });
  }
  if (isWriting) write(lines);
}

await main();
