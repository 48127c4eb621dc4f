import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { projectPath } from "../support/paths.js";

test("the demo says what it does, over io_uring and the kernel's TLS", () => {
  const demo = projectPath("build/examples/ktls-uring-demo/demo.js");
  const output = execFileSync(process.execPath, [demo, "--transport", "uring"], { encoding: "utf8" });
  const [connecting, ...rest] = output.trimEnd().split("\n");
  assert.match(connecting, /^Connecting to localhost:\d+ via io_uring$/);
  assert.match(rest.pop() ?? "", /^GET https:\/\/localhost:\d+\/: status 200, 22 bytes$/);
  assert.deepEqual(rest, [
    "Using kTLS (kernel TLS) + io_uring",
    "WebSocket handshake complete",
    "Sending: Hello from io_uring",
    "Received: Hello from io_uring",
    "Connection closed",
  ]);
});
