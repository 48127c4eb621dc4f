import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type FrameBatch, FrameFeed } from "#src/proxy/admin/frame-feed.js";
import type { FrameRecord } from "#src/proxy/tap/frame-record.js";
import { VirtualClock } from "../../../support/virtual-clock.js";

const record: FrameRecord = { t: 1, from: "client", type: "text", size: 1000, data: "x".repeat(1000) };

function feed(): {
  feed: FrameFeed;
  clock: VirtualClock;
  batches: FrameBatch[];
  page: { isBehind: boolean };
} {
  const clock = new VirtualClock();
  const batches: FrameBatch[] = [];
  const page = { isBehind: false };
  const made = new FrameFeed(clock, (batch) => {
    if (!page.isBehind) batches.push(batch);
    return !page.isBehind;
  });
  return { feed: made, clock, batches, page };
}

describe("frames on their way to a page", () => {
  test("are gathered for a moment", () => {
    const { feed: frames, clock, batches } = feed();
    frames.frame(record);
    frames.frame(record);
    assert.equal(batches.length, 0);
    clock.advance(100);
    assert.deepEqual(batches, [{ frames: [record, record], skipped: 0 }]);
    assert.equal(clock.timerCount, 0, "nothing goes on without frames");
  });

  test("are bounded, and what was dropped is counted, when the page is slow", () => {
    const { feed: frames, clock, batches, page } = feed();
    page.isBehind = true;
    let kept = 0;
    for (let i = 0; i < 100_000; i++) {
      if (frames.hasRoom) {
        kept++;
        frames.frame(record);
      } else frames.skipped();
    }
    assert.ok(kept < 200, `${kept} are kept`);
    clock.advance(1000);
    page.isBehind = false;
    clock.advance(100);
    assert.equal(batches.length, 1);
    assert.deepEqual([batches[0].frames.length, batches[0].skipped], [kept, 100_000 - kept]);
    assert.ok(frames.hasRoom);
  });

  test("come behind a gap only once the page knows of it", () => {
    const { feed: frames } = feed();
    frames.skipped();
    assert.equal(frames.hasRoom, false);
    frames.flush();
    assert.equal(frames.hasRoom, true);
  });

  test("are finished once they are sent, at once where none waits, and not where they are forgotten", () => {
    const { feed: frames, clock, page } = feed();
    let ends = 0;
    const end = (): number => ends++;
    frames.finish(end);
    assert.equal(ends, 1);
    frames.frame(record);
    frames.finish(end);
    assert.equal(ends, 2);
    page.isBehind = true;
    frames.frame(record);
    frames.finish(end);
    clock.advance(500);
    assert.equal(ends, 2);
    page.isBehind = false;
    clock.advance(100);
    assert.equal(ends, 3);
    page.isBehind = true;
    frames.frame(record);
    frames.finish(end);
    frames.clear();
    page.isBehind = false;
    clock.advance(500);
    assert.equal(ends, 3);
  });
});
