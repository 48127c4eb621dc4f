import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { hasTool, startProcess } from "../support/outside-process.js";
import { echo, startServer } from "../support/sluice-server.js";
import { acceptValueOf, sampleKey } from "../support/wire.js";

const upgrade = [
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  `Sec-WebSocket-Key: ${sampleKey}`,
].flatMap((line) => ["--header", line]);

describe("curl", () => {
  test("gets a 101 with the right Sec-WebSocket-Accept", async (t) => {
    if (!hasTool(t, "curl")) return;
    const { url } = await startServer(t, { open: (ws) => void ws.close(1000) }, { closeTimeoutMs: 50 });
    const args = [
      "--silent",
      "--include",
      "--no-buffer",
      "--http1.1",
      "--max-time",
      "10",
      ...upgrade,
      url.replace("ws", "http"),
    ];
    const { stdout } = await startProcess(t, "curl", args).result;
    assert.match(stdout, /^HTTP\/1\.1 101 Switching Protocols/);
    assert.ok(stdout.includes(`Sec-WebSocket-Accept: ${acceptValueOf(sampleKey)}`));
  });

  test("reads a refusal and its body", async (t) => {
    if (!hasTool(t, "curl")) return;
    const { url } = await startServer(t, { upgrade: () => ({ status: 403, body: "not today" }) });
    const args = [
      "--silent",
      "--include",
      "--http1.1",
      "--max-time",
      "10",
      ...upgrade,
      url.replace("ws", "http"),
    ];
    const { status, stdout } = await startProcess(t, "curl", args).result;
    assert.equal(status, 0);
    assert.match(stdout, /^HTTP\/1\.1 403 Forbidden/);
    assert.match(stdout, /\n\s*not today\n$/);
  });

  test("is served plain HTTP, and offering h2c makes no difference", async (t) => {
    if (!hasTool(t, "curl")) return;
    const { url } = await startServer(t, {
      ...echo,
      request: async (request) => ({ body: `got ${await request.text()}` }),
    });
    for (const version of ["--http1.1", "--http2"]) {
      const args = ["--silent", version, "--max-time", "10", "--data", "text", url.replace("ws", "http")];
      const { status, stdout } = await startProcess(t, "curl", args).result;
      assert.deepEqual([status, stdout.trim()], [0, "got text"]);
    }
  });
});
