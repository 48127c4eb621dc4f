import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type SilenceHost, SilenceWatch } from "#src/proxy/silence-watch.js";
import { VirtualClock } from "../../support/virtual-clock.js";

class Host implements SilenceHost {
  activity = 0;
  silences = 0;
  silent(): void {
    this.silences++;
  }
}

function watched(): { host: Host; clock: VirtualClock; watch: SilenceWatch } {
  const host = new Host();
  const clock = new VirtualClock();
  return { host, clock, watch: new SilenceWatch(clock, host) };
}

describe("a watch for silence", () => {
  test("tells once, within a quarter more than silence may last", () => {
    const { host, clock, watch } = watched();
    watch.limit(400);
    clock.advance(400);
    assert.equal(host.silences, 0);
    clock.advance(100);
    assert.equal(host.silences, 1);
    clock.advance(10_000);
    assert.equal(host.silences, 1);
  });

  test("begins anew whenever there was something", () => {
    const { host, clock, watch } = watched();
    watch.limit(400);
    for (let i = 0; i < 10; i++) {
      host.activity++;
      clock.advance(300);
    }
    assert.equal(host.silences, 0);
  });

  test("never tells without a limit, nor once it has been stopped", () => {
    const { host, clock, watch } = watched();
    watch.limit(Infinity);
    clock.advance(1e9);
    watch.limit(400);
    watch.stop();
    clock.advance(10_000);
    assert.equal(host.silences, 0);
  });

  test("takes a shorter limit and no longer one", () => {
    const { host, clock, watch } = watched();
    watch.limit(4000);
    clock.advance(3000);
    watch.limit(400);
    watch.limit(4000);
    clock.advance(500);
    assert.equal(host.silences, 1);
  });
});
