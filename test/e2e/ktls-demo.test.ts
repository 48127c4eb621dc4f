// The demo of kernel TLS where there may be none: one line says what carries the connection instead. Where there is, it is
// test/ktls/demo.test.ts that looks at it.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import type { ServerHandlers } from "sluice";
import { probe } from "sluice/uring";
import { makeCertificates } from "../support/certificates.js";
import { hasTool, type ProcessResult, startProcess } from "../support/outside-process.js";
import { projectPath } from "../support/paths.js";
import { echo, startServer } from "../support/sluice-server.js";

const demo = projectPath("build/examples/ktls-uring-demo/demo.js");

function runDemo(args: readonly string[], env: NodeJS.ProcessEnv = {}): ReturnType<typeof spawnSync> {
  return spawnSync(process.execPath, [demo, ...args], { encoding: "utf8", env: { ...process.env, ...env } });
}

const conversation = ["WebSocket handshake complete", "Sending: Hi", "Received: Hi", "Connection closed"];

test("the demo says in one line what carries it where the kernel has no TLS", (t) => {
  if (!hasTool(t, "openssl", ["version"])) return;
  const { uring, kernelTls } = probe();
  const { status, stdout, stderr } = runDemo(["--message", "Hi"]);
  assert.equal(status, 0, String(stderr));
  const lines = String(stdout).trimEnd().split("\n");
  if (!uring.isAvailable) assert.match(lines.shift() ?? "", /^Without io_uring: ./);
  assert.match(lines.shift() ?? "", /^Connecting to localhost:\d+ via (?:io_uring|Node's sockets)$/);
  const carrier = lines.shift() ?? "";
  if (uring.isAvailable && kernelTls.isAvailable) assert.equal(carrier, "Using kTLS (kernel TLS) + io_uring");
  else assert.match(carrier, /^Using Node's TLS over (?:io_uring|its sockets); no kernel TLS: ./);
  assert.match(lines.pop() ?? "", /^GET https:\/\/localhost:\d+\/: status 200, 22 bytes$/);
  assert.deepEqual(lines, conversation);
});

test("the demo goes on without io_uring and says why, unless it is demanded", (t) => {
  if (!hasTool(t, "openssl", ["version"])) return;
  const without = { SLUICE_ADDON: "/nonexistent", SLUICE_TRANSPORT: "" };
  const { status, stdout } = runDemo(["--message", "Hi"], without);
  assert.equal(status, 0);
  const [reason, connecting] = String(stdout).split("\n");
  assert.match(reason, /^Without io_uring: ./);
  assert.match(connecting, /via Node's sockets$/);
  const demanded = runDemo(["--transport", "uring"], without);
  assert.equal(demanded.status, 1);
  assert.match(String(demanded.stderr), /^demo: io_uring is not available: [^\n]+\n$/);
  assert.equal(demanded.stdout, "");
});

test("the demo takes Node's sockets when it is told to", (t) => {
  if (!hasTool(t, "openssl", ["version"])) return;
  const { status, stdout } = runDemo(["--message", "Hi", "--transport", "node"]);
  assert.equal(status, 0);
  const [connecting, carrier] = String(stdout).split("\n");
  assert.match(connecting, /via Node's sockets$/);
  assert.match(carrier, /^Using Node's TLS over its sockets; no kernel TLS: ./);
});

/** What the demo says of a server that runs already. */
async function visit(
  t: TestContext,
  handlers: ServerHandlers,
  args: readonly string[],
): Promise<ProcessResult> {
  const { ca, server } = makeCertificates();
  const folder = mkdtempSync(join(tmpdir(), "sluice-demo-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "ca.pem"), ca);
  const { port } = await startServer(t, handlers, { tls: server });
  const url = `wss://localhost:${port}/`;
  const options = ["--url", url, "--ca", join(folder, "ca.pem"), ...args];
  const { status, stdout, stderr } = await startProcess(t, process.execPath, [demo, ...options]).result;
  return { status, stdout, stderr: stderr.replace(`:${port}`, ":PORT") };
}

describe("the demo with a server of somebody else's", () => {
  test("talks to one that echoes, and trusts the authority that is named", async (t) => {
    if (!hasTool(t, "openssl", ["version"])) return;
    const { status, stdout, stderr } = await visit(t, echo, ["--message", "Hi"]);
    assert.equal(stderr, "");
    assert.equal(status, 0);
    for (const line of conversation) assert.ok(stdout.split("\n").includes(line), line);
    assert.match(stdout, /^GET https:\/\/localhost:\d+\/: status 426, \d+ bytes$/m);
  });

  test("waits for one that does not echo as long as it is told to, and says so", async (t) => {
    if (!hasTool(t, "openssl", ["version"])) return;
    const { status, stderr } = await visit(t, { message() {} }, ["--wait", "0.2"]);
    assert.equal(
      stderr,
      "demo: localhost:PORT sent nothing within 0.2 s; --url takes a server that sends back what it gets\n",
    );
    assert.equal(status, 1);
  });

  test("says of one that closes that it did", async (t) => {
    if (!hasTool(t, "openssl", ["version"])) return;
    const { status, stderr } = await visit(t, { open: (ws) => void ws.close() }, []);
    assert.match(stderr, /^demo: localhost:PORT closed the connection and sent nothing; [^\n]+\n$/);
    assert.equal(status, 1);
  });
});

describe("the demo says in one line", () => {
  for (const [args, fault] of [
    [["--transport", "bogus"], '--transport takes uring or node, and not "bogus"'],
    [["--url", "ws://localhost:1/"], /^--url takes wss:\/\/HOST:PORT\/PATH, .+ "ws:\/\/localhost:1\/"$/],
    [["--url", "somewhere"], /^--url takes wss:\/\/HOST:PORT\/PATH, .+ "somewhere"$/],
    [["--ca", "ca.pem"], "--ca is for a server that --url names; the demo's own is trusted already"],
    [
      ["--url", "wss://localhost:1/", "--ca", "/nonexistent"],
      /^--ca cannot be read: ENOENT.*'\/nonexistent'$/,
    ],
    [["--wait", "soon"], '--wait takes seconds, more than 0 and up to 3600, and not "soon"'],
    [["--message", "-x"], /ambiguous$/],
    [["--unknown"], "Unknown option '--unknown'"],
  ] as [string[], string | RegExp][]) {
    test(`what it cannot do: ${args.join(" ")}`, () => {
      const { status, stdout, stderr } = runDemo(args);
      assert.equal(stdout, "");
      const [, said] = /^demo: ([^\n]+) \(--help shows what there is\)\n$/.exec(String(stderr)) ?? [];
      if (typeof fault === "string") assert.equal(said, fault);
      else assert.match(String(said), fault);
      assert.equal(status, 2);
    });
  }
});

test("the demo shows all its options when it is asked for help", () => {
  const { status, stdout, stderr } = runDemo(["--help"]);
  assert.equal(stderr, "");
  assert.equal(status, 0);
  for (const name of [
    "--url",
    "--ca",
    "--message",
    "--transport uring",
    "--transport node",
    "--wait",
    "--help",
  ])
    assert.match(String(stdout), new RegExp(`^  ${name} `, "m"));
});
