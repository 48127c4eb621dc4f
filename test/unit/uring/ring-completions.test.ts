import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { EAGAIN, F_BUFFER, F_MORE, OP_ACCEPT, OP_ASYNC_CANCEL } from "../../support/fake-kernel.js";
import { numbers, Owner, openRing } from "./played-ring.js";

describe("a ring's completions", () => {
  test("go to their owner, with kind, result and flags", () => {
    const { kernel, ring, owner, slot } = openRing();
    const other = new Owner();
    const otherSlot = ring.claimSlot(other);
    ring.accept(7, 0, slot, 5);
    ring.receive(8, 0, otherSlot, 6);
    ring.enter();
    kernel.complete(kernel.underWay(OP_ACCEPT), -EAGAIN);
    kernel.complete(kernel.ring.underWay[0], 4096, F_BUFFER | F_MORE | (0xffff << 16));
    assert.equal(ring.hasWork, true, "the kernel has work that only an enter brings");
    assert.equal(ring.reap(), 0);
    ring.enter();
    assert.equal(ring.reap(), 2);
    assert.deepEqual(owner.told, [[5, -EAGAIN, 0]]);
    assert.deepEqual(other.told, [[6, 4096, (F_BUFFER | F_MORE | (0xffff << 16)) >> 0]]);
    assert.equal(other.told[0][2] >>> 16, 0xffff);
  });

  test("come again and again for one submission, until one has no F_MORE", () => {
    const { kernel, ring, owner, slot } = openRing();
    ring.accept(7, 0, slot, 1);
    ring.enter();
    const accept = kernel.underWay(OP_ACCEPT);
    for (const fd of [20, 21]) kernel.complete(accept, fd, F_MORE);
    kernel.complete(accept, 22);
    ring.enter();
    assert.equal(ring.reap(), 3);
    assert.deepEqual(
      owner.told.map(([, result]) => result),
      [20, 21, 22],
    );
  });

  test("of which there are more than have room are fetched with further enters, in order", () => {
    const { kernel, ring, owner, slot } = openRing({ entries: 32 });
    for (const kind of numbers(20)) ring.accept(7, 0, slot, kind);
    ring.enter();
    for (const submission of [...kernel.ring.underWay]) kernel.complete(submission, 0);
    ring.enter();
    assert.equal(kernel.ring.waitingCompletions, 12);
    assert.equal(ring.reap(), 8);
    assert.equal(ring.hasWork, true, "completions found no room");
    ring.enter();
    assert.equal(ring.reap(), 8);
    ring.enter();
    assert.equal(ring.reap(), 4);
    assert.equal(ring.hasWork, false);
    assert.deepEqual(
      owner.told.map(([kind]) => kind),
      numbers(20),
    );
  });

  test("may submit, claim and release from inside", () => {
    const { kernel, ring, owner, slot } = openRing();
    owner.onTold = (kind) => {
      if (kind < 10) ring.accept(7, 0, slot, kind + 1);
      else ring.releaseSlot(slot);
    };
    ring.accept(7, 0, slot, 0);
    for (const _ of numbers(11)) {
      ring.enter();
      kernel.complete(kernel.underWay(OP_ACCEPT), 0);
      ring.enter();
      assert.equal(ring.reap(), 1);
    }
    assert.equal(owner.told.length, 11);
    assert.equal(ring.claimSlot(owner), slot);
  });

  test("are each told once, even when an owner throws", () => {
    const { kernel, ring, owner, slot } = openRing();
    for (const kind of [1, 2, 3]) ring.accept(7, 0, slot, kind);
    ring.enter();
    for (const submission of [...kernel.ring.underWay]) kernel.complete(submission, 0);
    ring.enter();
    owner.onTold = (kind) => {
      if (kind === 2) throw new Error("the owner's fault");
    };
    assert.throws(() => ring.reap(), /the owner's fault/);
    assert.equal(ring.reap(), 1);
    assert.deepEqual(
      owner.told.map(([kind]) => kind),
      [1, 2, 3],
    );
  });

  test("are fetched while others wait, so that what is ready at once never keeps what is not from being told", () => {
    const { kernel, ring, owner, slot } = openRing();
    for (const kind of [1, 2]) ring.accept(7, 0, slot, kind);
    ring.enter();
    const [first, second] = [...kernel.ring.underWay];
    kernel.complete(first, 0);
    ring.enter();
    assert.ok(ring.hasCompletions);
    kernel.complete(second, 0);
    ring.enter();
    assert.equal(ring.reap(), 2);
    assert.deepEqual(
      owner.told.map(([kind]) => kind),
      [1, 2],
    );
  });

  test("of an owner that has gone reach nobody", () => {
    const { kernel, ring, owner, slot } = openRing();
    ring.accept(7, 0, slot, 1);
    ring.enter();
    ring.releaseSlot(slot);
    kernel.complete(kernel.underWay(OP_ACCEPT), 0);
    ring.enter();
    assert.equal(ring.reap(), 1);
    assert.deepEqual(owner.told, []);
  });

  test("are left alone from the moment the ring is closed, even by an owner that is told", () => {
    const { kernel, ring, owner, slot } = openRing();
    for (const kind of [1, 2]) ring.accept(7, 0, slot, kind);
    ring.enter();
    for (const submission of [...kernel.ring.underWay]) kernel.complete(submission, 0);
    ring.enter();
    owner.onTold = () => ring.close();
    assert.equal(ring.reap(), 1);
    assert.equal(ring.reap(), 0);
    ring.close();
    assert.equal(owner.told.length, 1);
    assert.deepEqual(kernel.faults, []);
  });

  test("write to the eventfd only while somebody waits for it", () => {
    const { kernel, ring, slot } = openRing();
    let signals = 0;
    kernel.ring.onSignal = () => signals++;
    ring.accept(7, 0, slot, 1);
    ring.enter();
    const accept = kernel.underWay(OP_ACCEPT);
    ring.isSignalling = false;
    kernel.complete(accept, 1, F_MORE);
    assert.equal(signals, 0);
    ring.isSignalling = true;
    kernel.complete(accept, 2);
    assert.equal(signals, 1);
  });
});

describe("a ring's slots", () => {
  test("are used again, and no two owners have the same", () => {
    const { ring, slot } = openRing();
    const slots = numbers(50).map(() => ring.claimSlot(new Owner()));
    assert.equal(new Set([slot, ...slots]).size, 51);
    const freed = slots.filter((_, i) => i % 3 === 0);
    for (const free of freed) ring.releaseSlot(free);
    const claimed = freed.map(() => ring.claimSlot(new Owner()));
    assert.deepEqual(claimed.toSorted(), freed.toSorted());
    assert.equal(ring.claimSlot(new Owner()), 51);
  });

  test("name their owners to the kernel, and a cancel by them finds its target", () => {
    const { kernel, ring } = openRing();
    const owners = numbers(3).map(() => new Owner());
    const slots = owners.map((owner) => ring.claimSlot(owner));
    for (const slot of slots) ring.receive(40 + slot, 0, slot, 1);
    ring.cancel(slots[1], 1, slots[1], 2);
    ring.enter();
    kernel.cancel(kernel.underWay(OP_ASYNC_CANCEL));
    ring.enter();
    ring.reap();
    assert.deepEqual(
      owners.map(({ told }) => told),
      [
        [],
        [
          [1, -125, 0],
          [2, 0, 0],
        ],
        [],
      ],
    );
  });
});
