import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { type HeartbeatHost, heartbeatsOf } from "#src/connection/heartbeat.js";
import { connectToPeer } from "../../support/memory-connection.js";
import { seeded } from "../../support/property-seed.js";
import { VirtualClock } from "../../support/virtual-clock.js";

/** A connection that only counts, and a queue of its own to be compared with. */
class Patient implements HeartbeatHost {
  readonly settings: { readonly heartbeat: { readonly intervalMs: number; readonly timeoutMs: number } };
  readonly clock: VirtualClock;
  readonly events: string[] = [];
  lastReceivedAt: number;
  isReading = true;
  isCongested = false;
  heartbeatPlace = -1;
  heartbeatDueAt = 0;
  isHeartbeatAwaited = false;

  constructor(clock: VirtualClock, intervalMs: number, timeoutMs: number) {
    this.clock = clock;
    this.settings = { heartbeat: { intervalMs, timeoutMs } };
    this.lastReceivedAt = clock.now();
  }

  pingPeer(): void {
    this.events.push(`ping at ${this.clock.now()}`);
  }

  isStalled(): boolean {
    return this.isCongested;
  }

  die(what: string): void {
    this.events.push(`dead at ${this.clock.now()}: ${what}`);
  }
}

type Step =
  | { kind: "join"; intervalMs: number; timeoutMs: number }
  | { kind: "leave" | "receive" | "turn" | "jam"; who: number }
  | { kind: "wait"; ms: number };

const ms = fc.integer({ min: 1, max: 30 });
const who = fc.nat(1000);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant("join" as const), intervalMs: ms, timeoutMs: ms }),
  fc.record({
    kind: fc.constantFrom("leave" as const, "receive" as const, "turn" as const, "jam" as const),
    who,
  }),
  fc.record({ kind: fc.constant("wait" as const), ms: fc.integer({ min: 0, max: 50 }) }),
);

/** One patient per join, looked after by the queue of its clock, or each by that of a clock of its own. */
function live(steps: readonly Step[], isShared: boolean): { clocks: VirtualClock[]; patients: Patient[] } {
  const shared = new VirtualClock();
  const clocks = [shared];
  const patients: Patient[] = [];
  for (const step of steps) {
    if (step.kind === "join") {
      const clock = isShared ? shared : new VirtualClock();
      if (!isShared) {
        clock.advance(shared.now());
        clocks.push(clock);
      }
      const patient = new Patient(clock, step.intervalMs, step.timeoutMs);
      patients.push(patient);
      heartbeatsOf(clock).add(patient);
    } else if (step.kind === "wait") {
      for (const clock of clocks) clock.advance(step.ms);
    } else if (patients.length > 0) {
      const patient = patients[step.who % patients.length];
      if (step.kind === "leave") heartbeatsOf(patient.clock).remove(patient);
      else if (step.kind === "receive") patient.lastReceivedAt = patient.clock.now();
      else if (step.kind === "turn") patient.isReading = !patient.isReading;
      else patient.isCongested = !patient.isCongested;
    }
  }
  return { clocks, patients };
}

describe("heartbeats of many connections", () => {
  test("fall as they would if each had a timer of its own", (t) => {
    let count = 0;
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80, size: "max" }), (steps) => {
        const together = live(steps, true);
        const alone = live(steps, false);
        assert.deepEqual(
          together.patients.map(({ events }) => events),
          alone.patients.map(({ events }) => events),
        );
        count += alone.patients.flatMap(({ events }) => events).length;
      }),
      seeded(t, 300),
    );
    assert.ok(count > 1000, `${count} events compared`);
  });

  test("take one timer, and none when the last connection has left", (t) => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80, size: "max" }), (steps) => {
        const { clocks, patients } = live(steps, true);
        const [clock] = clocks;
        const members = patients.filter(({ heartbeatPlace }) => heartbeatPlace >= 0);
        assert.equal(clock.timerCount, members.length === 0 ? 0 : 1);
        for (const patient of members) heartbeatsOf(clock).remove(patient);
        assert.equal(clock.timerCount, 0);
      }),
      seeded(t, 300),
    );
  });

  test("go on when told to wait no time at all", () => {
    const clock = new VirtualClock();
    const patient = new Patient(clock, 0, 2);
    heartbeatsOf(clock).add(patient);
    clock.advance(0);
    assert.deepEqual(patient.events, ["ping at 0"]);
    patient.isReading = false;
    clock.advance(4);
    patient.isReading = true;
    clock.advance(1);
    const pings = [0, 2, 3, 4, 5].map((time) => `ping at ${time}`);
    assert.deepEqual(patient.events, pings);
    heartbeatsOf(clock).remove(patient);
  });

  test("leave a connection alone that is not in the queue", () => {
    const { host, connection } = connectToPeer("server", { heartbeat: false });
    heartbeatsOf(host.clock).remove(connection.link);
    assert.equal(host.clock.timerCount, 0);
  });
});
