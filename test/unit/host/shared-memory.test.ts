import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { probe } from "sluice/uring";
import { lendSharedMemory, nodeEngine, sharedMemory, sharedReadBuffer } from "#src/host/index.js";
import { projectPath } from "../../support/paths.js";

const transports = probe().uring.isAvailable ? ["node", "uring"] : ["node"];

describe("shared memory", () => {
  test("has 256 KiB that transports read into, and no Buffer over it, whose slice would not copy", () => {
    assert.equal(sharedReadBuffer.length, 262_144);
    assert.equal(sharedReadBuffer.buffer, sharedMemory);
    assert.ok(!(sharedReadBuffer instanceof Buffer));
  });

  test("lends regions that do not overlap, until there is none left", () => {
    const regions: Uint8Array[] = [];
    for (let region = lendSharedMemory(1_000_000); region; region = lendSharedMemory(1_000_000)) {
      assert.equal(region.length, 1_000_000);
      regions.push(region);
    }
    assert.ok(regions.length > 10);
    for (const [i, region] of regions.entries()) {
      assert.ok(region.byteOffset + region.length <= sharedMemory.byteLength);
      const next = regions[i + 1];
      if (next !== undefined) assert.ok(region.byteOffset + region.length <= next.byteOffset);
    }
    assert.ok(regions[0].byteOffset >= sharedReadBuffer.length);
  });

  test("is unmasked to the same bytes as any other memory", () => {
    const key = 0x1234_5678;
    for (const length of [25, 100, 1000, 4096]) {
      const elsewhere = Uint8Array.from({ length }, (_, i) => (i * 7) & 0xff);
      sharedReadBuffer.set(elsewhere, 3);
      assert.equal(
        nodeEngine.unmask(sharedReadBuffer, 3, 3 + length, key, 1),
        nodeEngine.unmask(elsewhere, 0, length, key, 1),
      );
      assert.deepEqual(sharedReadBuffer.slice(3, 3 + length), elsewhere);
    }
  });

  for (const [where, command, args] of [
    ["Node runs without WebAssembly", process.execPath, ["--jitless"]],
    ["addresses are few", "sh", ["-c", 'ulimit -v 4000000 && exec "$0" "$@"', process.execPath]],
  ] as const) {
    test(`carries connections where ${where}`, async () => {
      const door = JSON.stringify(pathToFileURL(projectPath("dist/index.js")).href);
      const script = `
        import { connect, createServer } from ${door};
        for (const transport of ${JSON.stringify(transports)}) {
          const server = createServer({ message: (ws, data) => void ws.send("re " + data) }, { transport });
          const { url } = await server.listen({ port: 0, host: "127.0.0.1" });
          const ws = await connect(url, { transport });
          ws.send("x".repeat(100_000));
          for await (const message of ws) { console.log(ws.transport, message.length); break; }
          await server.close();
        }`;
      const rest = ["--input-type=module", "--eval", script];
      const { stdout } = await promisify(execFile)(command, [...args, ...rest], { timeout: 60_000 });
      assert.equal(stdout, transports.map((transport) => `${transport} 100003\n`).join(""));
    });
  }
});
