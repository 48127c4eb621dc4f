// Whose AsyncLocalStorage handlers see. A ring carries all connections of a thread, and must not carry one's context
// over to another: what programs keep there is who asks, and what they may.

import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { describe, type TestContext, test } from "node:test";
import { connect, type WebSocketConnection } from "sluice";
import { probe } from "sluice/uring";
import { nextMessage, startServer } from "../support/sluice-server.js";

const transports = probe().uring.isAvailable ? (["node", "uring"] as const) : (["node"] as const);
const ROUNDS = 50;
/** Messages that are more than one turn's work, and come in one read. */
const FLOOD = 20_000;
const storage = new AsyncLocalStorage<string>();

/** Sends to and fro on a connection of its own, under a name. Answers the names that its handlers saw. */
function talk(name: string, url: string, transport: "node" | "uring"): Promise<Set<string | undefined>> {
  return storage.run(name, async () => {
    const seen = new Set<string | undefined>();
    const ws = await connect(url, { transport });
    let count = 0;
    ws.listen({
      message() {
        seen.add(storage.getStore());
        if (++count === ROUNDS) void ws.close();
        else ws.send("again");
      },
      close: () => void seen.add(storage.getStore()),
    });
    ws.send("first");
    await ws.closed;
    return seen;
  });
}

describe("the async context of a handler", () => {
  for (const transport of transports) {
    test(`is nobody's on a server, and that of connect on a client: ${transport}`, async (t: TestContext) => {
      const served = new Set<string | undefined>();
      const note = (): void => void served.add(storage.getStore());
      const { url } = await storage.run("listener", () =>
        startServer(
          t,
          {
            open: note,
            message(ws, data) {
              note();
              ws.send(data);
            },
            close: note,
          },
          { transport },
        ),
      );
      const names = ["one", "two", "three", "four"];
      const seen = await Promise.all(names.map((name) => talk(name, url, transport)));
      assert.deepEqual(
        seen,
        names.map((name) => new Set([name])),
      );
      assert.deepEqual(served, new Set([undefined]));
    });

    test(`stays its connection's when the share of a turn is used up: ${transport}`, async (t: TestContext) => {
      const { url, server } = await startServer(t, {}, { transport });
      const names = ["one", "two"];
      const reading = names.map((name) =>
        storage.run(name, async () => {
          const seen = new Set<string | undefined>();
          const ws = await connect(url, { transport });
          let count = 0;
          ws.listen({
            message() {
              seen.add(storage.getStore());
              if (++count === FLOOD) void ws.close();
            },
          });
          return { seen, closed: ws.closed };
        }),
      );
      const clients = await Promise.all(reading);
      // One turn writes both, so that both are read in one turn and go on in the next.
      for (const ws of server.connections) for (let i = 0; i < FLOOD; i++) ws.send("x");
      await Promise.all(clients.map(({ closed }) => closed));
      assert.deepEqual(
        clients.map(({ seen }) => seen),
        names.map((name) => new Set([name])),
      );
    });

    test(`keeps what a handler enters for good to its connection: ${transport}`, async (t: TestContext) => {
      const { url } = await startServer(
        t,
        {
          message(ws, data) {
            if (data === "who?") ws.send(storage.getStore() ?? "nobody");
            else storage.enterWith(String(data));
          },
        },
        { transport },
      );
      const ask = async (name: string): Promise<WebSocketConnection> => {
        const ws = await connect(url);
        if (name !== "nobody") ws.send(name);
        ws.send("who?");
        assert.equal(await nextMessage(ws), name);
        return ws;
      };
      const sockets = [await ask("alice"), await ask("nobody"), await ask("bob"), await ask("nobody")];
      for (const ws of sockets) await ws.close();
    });
  }
});
