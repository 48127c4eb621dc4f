// What waits behind a stream may be a thousand messages. Once the stream has ended, they leave over several turns.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ClosedError } from "#src/connection/index.js";
import { connectToPeer, type PlayedConnection } from "../../support/memory-connection.js";
import { createFeed } from "./part-feed.js";
import { assertShared, endTurn, turnByTurn } from "./turn-by-turn.js";

/** Messages with hardly a byte, of which a turn sends as many as a message of 128 KiB costs. */
const smallPerTurn = 128;

interface Queued extends PlayedConnection {
  /** The stream in front of the messages. */
  stream: Promise<void>;
  endStream(): void;
}

async function queue(texts: readonly string[]): Promise<Queued> {
  const played = connectToPeer("server", { deflate: { thresholdBytes: 100 }, maxBufferedBytes: 100_000_000 });
  const { source, end } = createFeed<string>();
  const stream = played.connection.sendStream(source);
  await played.host.settle();
  for (const text of texts) assert.notEqual(played.connection.send(text), "dropped");
  return { ...played, stream, endStream: () => end() };
}

const numbers = Array.from({ length: 1000 }, (_, i) => `${i}`);
const frames = numbers.map((text) => `text ${text}`);
/** The stream ended before its first part. */
const emptyStream = ["binary"];

describe("a long outgoing queue", () => {
  test("leaves over several turns, in order, and leaves the way free", async () => {
    const { host, connection, peer, traffic, stream, endStream } = await queue(numbers);
    const behind = connection.sendStream(["behind", "all of them"]);
    endStream();
    // The streams count, too.
    assertShared(await turnByTurn(host, () => traffic.messagesSent), smallPerTurn, 1002);
    await Promise.all([stream, behind]);
    const last = ["text … behind", "continuation … all of them", "continuation"];
    assert.deepEqual(peer.take(), [...emptyStream, ...frames, ...last]);
    assert.equal(connection.bufferedAmount, 0);
    assert.equal(connection.send("direct"), "sent");
  });

  test("counts bytes, which may have to be compressed, and says when most of them are gone", async () => {
    const texts = Array.from({ length: 40 }, (_, i) => `${i} `.padEnd(40_000, "."));
    const { host, connection, traffic, endStream } = await queue(texts);
    let sentWhenDrained: number | undefined;
    void connection.drained().then(() => {
      sentWhenDrained = traffic.messagesSent;
    });
    endStream();
    assertShared(await turnByTurn(host, () => traffic.messagesSent), 5, 41);
    assert.equal(sentWhenDrained, 41);
  });

  test("is not overtaken by what is sent between its turns", async () => {
    const { host, connection, peer, endStream } = await queue(numbers.slice(0, 300));
    endStream();
    for (let i = 300; i < 310; i++) {
      await endTurn(host);
      connection.send(`${i}`);
    }
    await host.settle();
    const sent = peer.take().slice(1);
    assert.deepEqual(sent, frames.slice(0, 310));
  });

  test("leaves as a whole before a Close, ours included", async () => {
    const { host, connection, peer, endStream } = await queue(numbers);
    endStream();
    await endTurn(host);
    void connection.close(1001);
    assert.equal(connection.send("too late"), "dropped");
    await host.settle();
    assert.deepEqual(peer.take(), [...emptyStream, ...frames, "close 1001"]);
  });

  for (const [name, end] of [
    ["terminate", ({ connection }) => connection.terminate()],
    ["the peer's Close", ({ peer }) => peer.close()],
    ["the peer's end of TCP", ({ peer }) => peer.transport.end()],
    ["a reset", ({ peer }) => peer.transport.destroy()],
  ] as [string, (queued: Queued) => void][]) {
    test(`is given up, and counted as dropped, when ${name} comes between two of its turns`, async () => {
      const queued = await queue(numbers);
      const { host, connection, traffic, endStream } = queued;
      const behind = connection.sendStream(["never"]);
      endStream();
      await endTurn(host);
      end(queued);
      const drained = connection.drained();
      const refused = assert.rejects(behind, ClosedError);
      await host.settle();
      await host.advance(10_000);
      await Promise.all([drained, refused]);
      assert.equal(connection.readyState, 3);
      // The stream in front was sent.
      assert.equal(traffic.messagesSent + traffic.messagesDropped, 1001);
      assert.ok(traffic.messagesDropped > 0);
      assert.equal(connection.bufferedAmount, 0);
      assert.equal(connection.send("x"), "dropped");
    });
  }
});
