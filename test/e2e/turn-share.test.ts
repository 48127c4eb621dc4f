// A peer that sends little and asks for much, beside one that only wants its echo: counted in turns of the event loop and
// in the order of what happens, never in time.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { connect } from "sluice";
import { compressedFlood, floodText } from "../support/compressed-flood.js";
import { openRaw } from "../support/raw-client.js";
import { startServer } from "../support/sluice-server.js";

const extension = { "Sec-WebSocket-Extensions": "permessage-deflate" };

/** Counts turns of the event loop until the test is over. */
function countTurns(t: { after(hook: () => void): void }): { turns: number } {
  const counter = { turns: 0 };
  let next = setImmediate(function count() {
    counter.turns++;
    next = setImmediate(count);
  });
  t.after(() => clearImmediate(next));
  return counter;
}

describe("a flood on one connection", () => {
  test("of compressed messages lets another's echoes through in between", async (t) => {
    const counter = countTurns(t);
    const textLength = 65_536;
    const count = 2000;
    const perTurn = new Map<number, number>();
    let flooded = 0;
    let echoes = 0;
    const { port, url } = await startServer(
      t,
      {
        message(ws, data) {
          if (data.length < textLength) {
            ws.send(data);
            return;
          }
          assert.equal(Number.parseInt(String(data), 10), flooded, "in order");
          flooded++;
          perTurn.set(counter.turns, (perTurn.get(counter.turns) ?? 0) + 1);
        },
      },
      { compression: true },
    );
    const polite = await connect(url, { compression: false });
    polite.listen({
      message(ws, data) {
        echoes++;
        if (flooded < count) ws.send(data);
      },
    });
    const peer = await openRaw(t, { port });
    await peer.upgrade(extension);
    const flood = compressedFlood(Array.from({ length: count }, (_, i) => floodText(i, textLength)));
    assert.ok(flood.length < 262_144, "it fits one read of the server's");
    polite.send("round");
    peer.write(flood);
    peer.sendFrame({ opcode: 9 });
    assert.equal((await peer.readFrame()).opcode, 10, "the flood has been read");
    assert.equal(flooded, count);
    // Between two ticks of the counter lie the end of one turn and the reads of the next.
    const most = Math.max(...perTurn.values());
    assert.ok(most <= 34, `${most} messages of 64 KiB in one turn`);
    assert.ok(echoes >= 20, `${echoes} echoes while ${perTurn.size} turns went to the flood`);
    await polite.close();
  });

  test("of frames without a payload is spread over turns, for a client too", async (t) => {
    const counter = countTurns(t);
    const perTurn = new Map<number, number>();
    const { url, server } = await startServer(t, {});
    const count = 200_000;
    let pongs = 0;
    const ws = await connect(url, { heartbeat: false });
    const done = new Promise<void>((resolve) => {
      ws.listen({
        pong() {
          perTurn.set(counter.turns, (perTurn.get(counter.turns) ?? 0) + 1);
          if (++pongs === count) resolve();
        },
      });
    });
    const [remote] = server.connections;
    for (let i = 0; i < count; i++) remote.pong();
    await done;
    const most = Math.max(...perTurn.values());
    assert.ok(most <= 2 * 8192 + 1, `${most} frames in one turn`);
    await ws.close();
  });
});
