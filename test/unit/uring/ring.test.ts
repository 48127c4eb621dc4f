import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { EAGAIN, EBUSY, EINTR } from "../../support/fake-kernel.js";
import { numbers, openRing, takenKinds } from "./played-ring.js";

describe("a ring's submissions", () => {
  test("leave with one enter, in order", () => {
    const { kernel, ring, slot } = openRing();
    for (const kind of numbers(4)) ring.accept(7, 0, slot, kind);
    assert.equal(kernel.ring.enters, 0);
    assert.equal(ring.unsubmitted, 4);
    assert.equal(ring.enter(), 0);
    assert.equal(kernel.ring.enters, 1);
    assert.deepEqual(takenKinds(kernel), [0, 1, 2, 3]);
  });

  test("enter the kernel by themselves when the queue is full", () => {
    const { kernel, ring, slot } = openRing();
    for (const kind of numbers(6)) ring.accept(7, 0, slot, kind);
    assert.deepEqual(takenKinds(kernel), [0, 1, 2, 3]);
    assert.equal(ring.unsubmitted, 2);
    ring.enter();
    assert.deepEqual(takenKinds(kernel), numbers(6));
  });

  test("wait in order outside of the queue while the kernel takes nothing", () => {
    const { kernel, ring, slot } = openRing();
    kernel.refusals.ringEnter = -EBUSY;
    for (const kind of numbers(11)) ring.accept(7, 0, slot, kind);
    assert.equal(ring.enter(), -EBUSY);
    assert.equal(ring.unsubmitted, 11);
    delete kernel.refusals.ringEnter;
    assert.equal(ring.enter(), 0);
    assert.equal(ring.unsubmitted, 0);
    assert.deepEqual(takenKinds(kernel), numbers(11));
  });

  test("keep their order when room comes back while others wait outside", () => {
    const { kernel, ring, slot } = openRing();
    kernel.ring.enterAnswers.push(-EAGAIN, 2, -EAGAIN, 1, 3);
    for (const kind of numbers(5)) ring.accept(7, 0, slot, kind);
    for (const kind of numbers(5, 5)) ring.accept(7, 0, slot, kind);
    while (ring.unsubmitted > 0) ring.enter();
    assert.deepEqual(takenKinds(kernel), numbers(10));
  });

  test("are offered again when the kernel takes only part of them", () => {
    const { kernel, ring, slot } = openRing();
    for (const kind of numbers(4)) ring.accept(7, 0, slot, kind);
    kernel.ring.enterAnswers.push(1, 2);
    assert.equal(ring.enter(), 0);
    assert.equal(kernel.ring.enters, 3);
    assert.deepEqual(takenKinds(kernel), [0, 1, 2, 3]);
  });

  test("are tried again at once after a signal, and later when the kernel is busy", () => {
    const { kernel, ring, slot } = openRing();
    ring.accept(7, 0, slot, 1);
    kernel.ring.enterAnswers.push(-EINTR, -EINTR, -EAGAIN);
    assert.equal(ring.enter(), -EAGAIN);
    assert.equal(kernel.ring.enters, 3);
    assert.equal(ring.unsubmitted, 1);
    assert.equal(ring.enter(), 0);
    assert.deepEqual(takenKinds(kernel), [1]);
  });

  test("go round the queue, and its indexes round 32 bits", () => {
    for (const firstIndex of [0xffff_fffd, 0x7fff_fffd]) {
      const { kernel, ring, owner, slot } = openRing({ firstIndex });
      for (const kind of numbers(30)) {
        ring.accept(7, 0, slot, kind);
        if (kind % 3 === 0) ring.enter();
      }
      ring.enter();
      assert.deepEqual(takenKinds(kernel), numbers(30));
      for (const submission of [...kernel.ring.underWay]) {
        kernel.complete(submission, submission.kind * 10);
        ring.enter();
        assert.equal(ring.hasWork, true);
        assert.equal(ring.reap(), 1);
        assert.equal(ring.hasWork, false);
      }
      assert.deepEqual(
        owner.told,
        numbers(30).map((kind) => [kind, kind * 10, 0]),
      );
    }
  });

  test("find their place however small the queue, with a kernel that takes what it likes", () => {
    for (const answers of [[1], [2, -EINTR, 1], [-EAGAIN, 3], [-EBUSY, -EAGAIN, 1, 4]]) {
      const { kernel, ring, slot } = openRing({ entries: 2, firstIndex: 0xffff_ffff });
      for (const kind of numbers(40)) {
        kernel.ring.enterAnswers.push(...answers);
        ring.accept(7, 0, slot, kind);
        if (kind % 7 === 0) ring.enter();
      }
      while (ring.unsubmitted > 0) ring.enter();
      assert.deepEqual(takenKinds(kernel), numbers(40));
    }
  });
});
