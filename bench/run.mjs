// Measures this package beside `ws`: same load, A B A B, the server on the first core and the generator on the second.
//   npm run bench -- [--rounds 2] [--seconds 5] [--only TEXT] [--no-write]
import { execFileSync, spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { rows } from "./rows.mjs";

const folder = fileURLToPath(new URL(".", import.meta.url));
const generator = `${folder}wsload`;
const contenders = { sluice: "server.mjs", ws: "peer-ws.mjs" };

function options() {
  try {
    const { values } = parseArgs({
      options: {
        rounds: { type: "string", default: "2" },
        seconds: { type: "string", default: "5" },
        only: { type: "string", default: "" },
        "no-write": { type: "boolean", default: false },
      },
    });
    const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)];
    if (!(rounds >= 1 && seconds > 0)) throw new Error("--rounds and --seconds take numbers above 0");
    return { rounds, seconds, only: values.only, isWriting: !values["no-write"] };
  } catch (error) {
    process.stderr.write(`bench: ${error.message}\n`);
    process.exit(2);
  }
}

/** Builds the generator and fetches the peer, once. */
function prepare() {
  if (!existsSync(generator)) {
    execFileSync("gcc", ["-O2", "-w", "-o", generator, `${folder}wsload.c`, "-lz"], { stdio: "inherit" });
  }
  if (!existsSync(`${folder}node_modules/ws`)) {
    execFileSync("npm", ["ci", "--prefix", folder, "--no-audit", "--no-fund"], { stdio: "inherit" });
  }
}

function pinned(core, command, args) {
  return os.platform() === "linux" && os.cpus().length > 1
    ? ["taskset", ["-c", String(core), command, ...args]]
    : [command, args];
}

async function startServer(file, args) {
  const [command, argv] = pinned(0, process.execPath, [`${folder}${file}`, "--port", "0", ...args]);
  const child = spawn(command, argv, { stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface({ input: child.stdout })) {
    const match = /^listening (\d+)$/.exec(line);
    if (match !== null) return { child, port: match[1] };
  }
  throw new Error(`${file} ended before it was listening`);
}

/** One run of one row: CPU microseconds per message, or bytes per idle connection. */
async function measure(contender, row, seconds) {
  const { child, port } = await startServer(contenders[contender], row.server ?? []);
  try {
    const load = ["-p", port, "-P", String(child.pid), ...row.load, "-w", "1", "-t", String(seconds)];
    const [command, argv] = pinned(1, generator, load);
    const result = JSON.parse(
      execFileSync(command, argv, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }),
    );
    return row.isIdle ? result.bytes_per_connection : result.server_cpu_us_per_msg;
  } finally {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill();
    await ended;
  }
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const show = (value, row) => (row.isIdle ? value.toFixed(0) : value.toFixed(value < 2 ? 3 : 2));

async function measureRow(row, { rounds, seconds }) {
  const results = { sluice: [], ws: [] };
  for (let round = 0; round < rounds; round++) {
    for (const contender of Object.keys(contenders))
      results[contender].push(await measure(contender, row, seconds));
  }
  const ratio = mean(results.ws) / mean(results.sluice);
  const verdict = row.target === undefined ? "" : `${row.target} ${ratio >= row.target ? "✓" : "missed"}`;
  const cells = Object.values(results).map((values) => values.map((value) => show(value, row)).join(", "));
  return `| ${row.name} | ${cells[0]} | ${cells[1]} | ${ratio.toFixed(2)} | ${verdict} |`;
}

function versions() {
  const read = (name) =>
    JSON.parse(readFileSync(`${folder}node_modules/${name}/package.json`, "utf8")).version;
  const helpers = ["bufferutil", "utf-8-validate"].map((name) => `${name} ${read(name)}`).join(", ");
  const { version } = JSON.parse(readFileSync(`${folder}../package.json`, "utf8"));
  return [
    `- ${os.cpus()[0]?.model ?? "unknown CPU"}, ${os.cpus().length} cores, ${Math.round(os.totalmem() / 2 ** 30)} GiB; ${os.type()} ${os.release()}`,
    `- Node.js ${process.version}; sluice ${version}; ws ${read("ws")} with ${helpers}`,
    `- ${new Date().toISOString().slice(0, 10)}`,
  ].join("\n");
}

const { rounds, seconds, only, isWriting } = options();
prepare();
const lines = ["| load | sluice | ws | times better | at least |", "|---|---|---|---|---|"];
process.stdout.write(`${lines.join("\n")}\n`);
for (const row of rows.filter(({ name }) => name.includes(only))) {
  const line = await measureRow(row, { rounds, seconds });
  lines.push(line);
  process.stdout.write(`${line}\n`);
}
if (isWriting && only === "") {
  const text = `# Results

CPU microseconds of the server per message, as \`npm run bench\` measures them: both servers in turn (A B A B), ${seconds} s per
run after 1 s of warming up, the server pinned to one core and the generator (\`wsload.c\`) to another, 64 connections
unless the row says otherwise. Each cell lists its runs; "times better" compares their means. Payloads are text unless
the row says binary. A figure measures this machine on this day; the ratio travels better.

${versions()}

${lines.join("\n")}
`;
  writeFileSync(`${folder}results.md`, text);
  process.stdout.write("\nwritten to bench/results.md\n");
}
