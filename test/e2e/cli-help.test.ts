import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { commands } from "#src/cli/program.js";
import { makeCertificates } from "../support/certificates.js";
import { hasTool } from "../support/outside-process.js";
import { projectPath } from "../support/paths.js";
import { startServer } from "../support/sluice-server.js";

/** The command lines below "Examples:", without what they are for. */
function examplesOf(help: string): string[] {
  const [, examples = ""] = help.split("\nExamples:\n");
  return examples
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
}

async function freePort(): Promise<number> {
  const holder = createTcpServer().listen(0, "127.0.0.1");
  await once(holder, "listening");
  const { port } = holder.address() as AddressInfo;
  holder.close();
  await once(holder, "close");
  return port;
}

/** A folder with the files that examples name, and a `sluice` that is this one. */
function makeFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "sluice-examples-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const { ca, server } = makeCertificates();
  const program = `#!/bin/sh\nexec '${process.execPath}' '${projectPath("dist/cli/main.js")}' "$@"\n`;
  for (const [name, text] of Object.entries({
    "ca.pem": ca,
    "cert.pem": server.cert,
    "key.pem": server.key,
    "lines.txt": "one\ntwo\n",
    "talk.jsonl": ["client", "upstream"]
      .map((from, t) => `${JSON.stringify({ t, from, type: "text", data: "hello" })}\n`)
      .join(""),
    "log.txt": "started\n",
    "image.png": "\u0089PNG\r\n\u001a\n",
    "handler.js": "export default { message(ws, data) { ws.send(data); } };",
    "package.json": '{ "type": "module" }',
  }))
    writeFileSync(join(folder, name), text);
  writeFileSync(
    join(folder, "proxy.json"),
    JSON.stringify({ listen: "127.0.0.1:0", to: "ws://127.0.0.1:1" }),
  );
  writeFileSync(join(folder, "sluice"), program, { mode: 0o755 });
  return folder;
}

async function runExample(
  t: TestContext,
  folder: string,
  line: string,
): Promise<{ status: number | null; stdout: string; stderr: string }> {
  const { NODE_TEST_CONTEXT: _runner, ...env } = process.env;
  // The signal below reaches the shell as well, which then waits for its children.
  const child = spawn("sh", ["-c", `trap : INT; ${line}`], {
    cwd: folder,
    env: { ...env, PATH: `${folder}:${env.PATH}` },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let [stdout, stderr] = ["", ""];
  let hasBegun = false;
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
    // What goes on until it is interrupted has begun.
    if (hasBegun || !/^serving |^proxying|^\* ping answered/m.test(stderr)) return;
    hasBegun = true;
    process.kill(-(child.pid as number), "SIGINT");
  });
  t.after(() => child.exitCode ?? child.signalCode ?? process.kill(-(child.pid as number), "SIGKILL"));
  const [status] = await once(child, "close");
  return { status: status as number | null, stdout, stderr };
}

describe("the examples of --help", () => {
  for (const { name, help } of commands) {
    for (const example of examplesOf(help)) {
      test(`of sluice ${name} run: ${example}`, async (t) => {
        if (!hasTool(t, "openssl", ["version"])) return;
        const folder = makeFolder(t);
        const isServer = name === "serve" || name === "proxy";
        const tls = example.includes("wss:")
          ? {
              cert: readFileSync(join(folder, "cert.pem"), "utf8"),
              key: readFileSync(join(folder, "key.pem"), "utf8"),
            }
          : undefined;
        const answer = (data: string | Uint8Array): string | Uint8Array =>
          data === '{"op":"time"}' ? '{"now": 1}' : data;
        const { port } = isServer
          ? { port: await freePort() }
          : await startServer(t, { message: (ws, data) => ws.send(answer(data)) }, { tls });
        const given = example.replace(/:8080|:8443/g, `:${port}`).replace(/--port \d+/, `--port ${port}`);
        const proxied = given
          .replace(/--listen \S+/, `--listen 127.0.0.1:${port}`)
          .replace("--admin 9090", "--admin 0");
        const line = name === "serve" && !given.includes("--port") ? `${given} --port ${port}` : proxied;
        const { status, stdout, stderr } = await runExample(t, folder, line);
        assert.equal(status, 0, stderr);
        if (line.includes("--check"))
          assert.equal(stdout, "proxy.json is valid: 1 listener, 1 route, 1 upstream\n");
        else if (isServer)
          assert.match(
            line.includes("--access-log -") ? stderr : stdout,
            new RegExp(`(^|listening on )wss?://\\S+:${line.includes("--config") ? "\\d+" : port}$`, "m"),
          );
        else if (!line.includes("-v")) assert.doesNotMatch(stderr, /sluice: (?!warning: )/);
        if (line.startsWith("echo hello")) assert.equal(stdout, "hello\n");
        if (line.includes("--json") && name === "connect") assert.equal(stdout, '{"now":1}\n');
        if (existsSync(join(folder, "echo.png")))
          assert.deepEqual(readFileSync(join(folder, "echo.png")), readFileSync(join(folder, "image.png")));
      });
    }
  }

  test("are there for every command", () => {
    for (const { name, help } of commands) assert.ok(examplesOf(help).length > 0, name);
  });
});
