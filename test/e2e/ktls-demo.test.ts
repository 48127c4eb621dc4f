// The demo of kernel TLS where there may be none: one line says what carries the connection instead. Where there is, it is
// test/ktls/demo.test.ts that looks at it.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { probe } from "sluice/uring";
import { hasTool } from "../support/outside-process.js";
import { projectPath } from "../support/paths.js";

function runDemo(args: readonly string[], env: NodeJS.ProcessEnv = {}): ReturnType<typeof spawnSync> {
  const demo = projectPath("build/examples/ktls-uring-demo/demo.js");
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
