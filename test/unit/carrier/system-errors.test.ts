import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { createDialer, createListener, type TransportChoice } from "#src/carrier/index.js";
import { type DialAddress, type ListenAddress, TransportError } from "#src/transport/index.js";
import { ringLoop } from "#src/uring/index.js";

const sink = { accepted() {}, failed() {} };
const choices: readonly TransportChoice[] = typeof ringLoop() === "string" ? ["node"] : ["node", "uring"];

interface Told {
  readonly code: string;
  readonly errno: string | undefined;
  readonly retryable: boolean;
  readonly message: string;
  /** What Node's own error has. */
  readonly cause: Record<string, unknown>;
}

async function failure(attempt: Promise<unknown>): Promise<Told> {
  const error = await attempt.then(
    () => assert.fail("nothing failed"),
    (reason) => reason,
  );
  assert.ok(error instanceof TransportError, String(error));
  const { code, errno, retryable, message, cause } = error;
  return { code, errno, retryable, message, cause: { ...(cause as object) } };
}

function listenFailure(choice: TransportChoice, address: ListenAddress): Promise<Told> {
  return failure(createListener(choice, sink).listen(address));
}

function dialFailure(choice: TransportChoice, address: DialAddress): Promise<Told> {
  return failure(createDialer(choice).dial(address, new AbortController().signal));
}

async function takenPort(t: TestContext, host?: string): Promise<number> {
  const listener = createListener("node", sink);
  t.after(() => listener.close());
  const bound = await listener.listen({ port: 0, host });
  assert.ok("port" in bound);
  return bound.port;
}

async function freePort(): Promise<number> {
  const listener = createListener("node", sink);
  const bound = await listener.listen({ port: 0, host: "127.0.0.1" });
  listener.close();
  assert.ok("port" in bound);
  return bound.port;
}

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "sluice-places-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

describe("whatever carries it, a failure of the system's", () => {
  test("says what was taken", async (t) => {
    for (const host of [undefined, "127.0.0.1"]) {
      const port = await takenPort(t, host);
      const expected = await listenFailure("node", { port, host });
      assert.equal(expected.code, "ADDRESS_IN_USE");
      assert.match(expected.message, /^listen EADDRINUSE: address already in use \S+:\d+$/);
      for (const choice of choices) assert.deepEqual(await listenFailure(choice, { port, host }), expected);
    }
  });

  test("says who refused", async () => {
    const port = await freePort();
    for (const choice of choices) {
      const told = await dialFailure(choice, { host: "127.0.0.1", port });
      assert.equal(told.message, `connect ECONNREFUSED 127.0.0.1:${port}`);
      assert.deepEqual(told, await dialFailure("node", { host: "127.0.0.1", port }));
    }
  });

  test("says which unix socket does not exist, or is none", async (t) => {
    const inside = folder(t);
    const file = join(inside, "file");
    writeFileSync(file, "");
    for (const [path, errno] of [
      [join(inside, "missing"), "ENOENT"],
      [file, "ECONNREFUSED"],
    ] as const) {
      for (const choice of choices) {
        const told = await dialFailure(choice, { path });
        assert.equal(told.message, `connect ${errno} ${path}`);
        assert.deepEqual(told, await dialFailure("node", { path }));
      }
    }
  });

  test("says which unix socket cannot be listened on, and that trying again does not help", async (t) => {
    const path = join(folder(t), "missing", "socket");
    for (const choice of choices) {
      const { code, retryable, message } = await listenFailure(choice, { path });
      assert.deepEqual([code, retryable], ["ACCESS_DENIED", false]);
      assert.match(message, /^listen E(?:ACCES: permission denied|NOENT: no such file or directory) \//);
      assert.ok(message.endsWith(path));
    }
  });
});

test("a path that is too long for the kernel is an address that no socket can have", async (t) => {
  const loop = ringLoop();
  if (typeof loop === "string") return;
  const path = join(folder(t), "x".repeat(200));
  for (const told of [await listenFailure("uring", { path }), await dialFailure("uring", { path })])
    assert.deepEqual([told.code, told.errno, told.retryable], ["ADDRESS_INVALID", "ENAMETOOLONG", false]);
});
