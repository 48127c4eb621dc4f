import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { OpeningWatch } from "#src/proxy/opening-watch.js";
import { createMemoryPair } from "#src/transport/index.js";
import { turns } from "./upstream/virtual-group.js";

function watched(early?: Uint8Array) {
  const [client, peer] = createMemoryPair();
  peer.attach({ receive() {}, ended() {}, drained() {}, closed() {} });
  let gone = 0;
  const watch = new OpeningWatch(client, early, () => gone++);
  return { client, peer, watch, isGone: () => gone > 0 };
}

describe("the watch over a client whose connection is being opened", () => {
  test("has nothing of a client that waits in silence", async () => {
    const { watch, isGone } = watched();
    await turns();
    assert.deepEqual([watch.early, isGone()], [undefined, false]);
  });

  test("keeps what comes, behind what had come with the request", async () => {
    const { watch, peer, isGone } = watched(Uint8Array.of(1, 2));
    peer.write(Uint8Array.of(3));
    await turns();
    assert.deepEqual([watch.early, isGone()], [Uint8Array.of(1, 2, 3), false]);
  });

  test("reads no further than its mark, and sees until then that a client which has spoken goes", async () => {
    const { watch, peer, isGone } = watched();
    peer.write(new Uint8Array(1000));
    await turns();
    assert.equal(watch.early?.length, 1000);
    peer.write(new Uint8Array(20_000));
    await turns();
    peer.write(new Uint8Array(1_000_000));
    await turns();
    assert.deepEqual([watch.early?.length, isGone()], [21_000, false]);
    const other = watched();
    other.peer.write(new Uint8Array(100));
    await turns();
    other.peer.end();
    await turns();
    assert.equal(other.isGone(), true);
  });

  test("tells that it has ended", async () => {
    const { peer, isGone } = watched();
    peer.end();
    await turns();
    assert.equal(isGone(), true);
  });

  test("tells that it was cut", async () => {
    const { peer, isGone } = watched();
    peer.destroy();
    await turns();
    assert.equal(isGone(), true);
  });
});
