import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, type TestContext, test } from "node:test";
import { createListener, type TransportChoice } from "#src/carrier/index.js";
import { type BoundAddress, type Listener, type Transport, TransportError } from "#src/transport/index.js";
import { ringLoop } from "#src/uring/index.js";
import { projectPath } from "../../support/paths.js";
import { openDescriptors } from "../../support/process-state.js";

const choices: readonly TransportChoice[] = typeof ringLoop() === "string" ? ["node"] : ["node", "uring"];
const sink = { accepted: (transport: Transport) => transport.destroy(), failed: assert.fail };

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "sluice-descriptor-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Another process listens on the same socket, and says where it thinks that is. */
async function startSuccessor(t: TestContext, listener: Listener, choice: string): Promise<BoundAddress> {
  const { descriptor } = listener;
  assert.ok(descriptor !== undefined);
  const child = spawn(process.execPath, [projectPath("test/fixtures/inherited-listener.mjs"), choice], {
    stdio: ["pipe", "pipe", "inherit", descriptor],
  });
  const { stdin, stdout } = child;
  assert.ok(stdin !== null && stdout !== null);
  t.after(async () => {
    stdin.end();
    const [status] = await once(child, "exit");
    assert.equal(status, 0);
  });
  const [line] = await once(createInterface(stdout), "line");
  return JSON.parse(line);
}

async function wordFrom(bound: BoundAddress): Promise<string> {
  const socket = connect("path" in bound ? { path: bound.path } : { port: bound.port, host: "127.0.0.1" });
  let word = "";
  socket.on("data", (chunk: Buffer) => {
    word += chunk;
  });
  await once(socket, "close");
  return word;
}

for (const choice of choices) {
  describe(`a listener over ${choice}`, () => {
    test("has a descriptor while it listens", async () => {
      const listener = createListener(choice, sink);
      assert.equal(listener.descriptor, undefined);
      for (let i = 0; i < 2; i++) {
        await listener.listen({ port: 0, host: "127.0.0.1" });
        assert.ok(Number.isInteger(listener.descriptor) && (listener.descriptor ?? 0) > 2);
        if (i === 0) listener.close();
        else await listener.leave();
        assert.equal(listener.descriptor, undefined);
        assert.equal(listener.isListening, false);
      }
      await listener.leave();
    });

    test("lets go of its socket when it leaves", async () => {
      const listener = createListener(choice, sink);
      const turn = () => new Promise((resolve) => setImmediate(resolve));
      await listener.listen({ port: 0, host: "127.0.0.1" });
      const during = openDescriptors();
      await listener.leave();
      while (openDescriptors() >= during) await turn();
    });

    for (const successor of choices) {
      test(`leaves what comes to a successor over ${successor}, at a port`, async (t) => {
        const listener = createListener(choice, sink);
        t.after(() => listener.close());
        const bound = await listener.listen({ port: 0, host: "127.0.0.1" });
        assert.deepEqual(await startSuccessor(t, listener, successor), bound);
        await listener.leave();
        for (let i = 0; i < 3; i++) assert.equal(await wordFrom(bound), "successor");
      });

      test(`leaves what comes to a successor over ${successor}, at a unix socket`, {
        skip:
          process.platform !== "linux" && "the path of a socket that came as a descriptor is Linux's to tell",
      }, async (t) => {
        const path = join(folder(t), "listener.sock");
        const listener = createListener(choice, sink);
        t.after(() => listener.close());
        const bound = await listener.listen({ path });
        assert.deepEqual(await startSuccessor(t, listener, successor), bound);
        await listener.leave();
        assert.equal(existsSync(path), true);
        for (let i = 0; i < 3; i++) assert.equal(await wordFrom(bound), "successor");
      });
    }

    test("refuses a descriptor that is none, or no socket's", async () => {
      const fd = openSync(projectPath("package.json"), "r");
      for (const wrong of [100_000, fd]) {
        const listener = createListener(choice, sink);
        await assert.rejects(listener.listen({ fd: wrong }), (error) => error instanceof TransportError);
        assert.equal(listener.isListening, false);
      }
    });
  });
}
