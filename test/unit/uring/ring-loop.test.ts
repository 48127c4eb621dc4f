import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { RingLoop } from "#src/uring/ring-loop.js";
import {
  EAGAIN,
  EBUSY,
  EINVAL,
  EMFILE,
  ENOMEM,
  ENOSYS,
  EPERM,
  F_MORE,
  FakeKernel,
  OP_ACCEPT,
} from "../../support/fake-kernel.js";
import { turns } from "../transport/recording-sink.js";
import { openLoop } from "./fake-connection.js";
import { Owner } from "./played-ring.js";

interface Playing {
  readonly kernel: FakeKernel;
  readonly loop: RingLoop;
  readonly owner: Owner;
  /** Submits an operation. */
  submit(kind: number): void;
}

function play(kernel = new FakeKernel(), now?: () => number): Playing {
  const loop = openLoop(kernel, now);
  const owner = new Owner();
  const slot = loop.ring.claimSlot(owner);
  const submit = (kind: number): void => {
    loop.ring.accept(7, 0, slot, kind);
    loop.submitSoon();
  };
  return { kernel, loop, owner, submit };
}

describe("a ring loop", () => {
  test("hands over with one enter what a turn submits", async () => {
    const { kernel, submit } = play();
    for (let kind = 0; kind < 50; kind++) submit(kind);
    assert.equal(kernel.ring.enters, 0);
    await turns(1);
    assert.equal(kernel.ring.taken.length, 50);
    assert.equal(kernel.ring.enters, 1);
  });

  test("enters the kernel for nothing while nothing happens", async () => {
    const { kernel, owner, submit } = play();
    submit(1);
    await turns(1);
    kernel.complete(kernel.underWay(OP_ACCEPT), 5, F_MORE);
    await turns(2);
    assert.equal(owner.told.length, 1);
    const { enters } = kernel.ring;
    await turns(50);
    assert.equal(kernel.ring.enters, enters);
    assert.ok(kernel.ring.isSignalling);
  });

  test("hands over what is submitted from inside a completion in the same round", async () => {
    const { kernel, owner, submit } = play();
    owner.onTold = (kind) => {
      if (kind < 4) submit(kind + 1);
    };
    kernel.ring.onTaken = (submission) => kernel.complete(submission, 0);
    submit(0);
    await new Promise((resolve) => process.nextTick(() => process.nextTick(resolve)));
    assert.deepEqual(
      owner.told.map(([kind]) => kind),
      [0, 1, 2, 3, 4],
    );
  });

  test("gives everybody else a turn, however much there is to do", async () => {
    const { kernel, owner, submit } = play();
    let isOver = false;
    owner.onTold = () => {
      if (!isOver) submit(1);
    };
    kernel.ring.onTaken = (submission) => kernel.complete(submission, 0);
    submit(1);
    let most = 0;
    for (let round = 0; round < 50; round++) {
      const before = kernel.ring.enters;
      await turns(1);
      const entered = kernel.ring.enters - before;
      assert.ok(entered > 0, "it goes on");
      most = Math.max(most, entered);
    }
    assert.ok(most <= 17, `${most} enters in one turn`);
    isOver = true;
    await turns(3);
    const { enters } = kernel.ring;
    await turns(10);
    assert.equal(kernel.ring.enters, enters);
  });

  test("gives everybody else a turn when what has come takes long, and forgets nothing of it", async () => {
    let time = 0;
    const { kernel, owner, submit } = play(new FakeKernel({ entries: 128, completions: 256 }), () => time);
    owner.onTold = () => void time++;
    for (let i = 0; i < 100; i++) submit(i);
    await turns(1);
    for (const submission of [...kernel.ring.underWay]) kernel.complete(submission, 100_000);
    const told: number[] = [];
    while (owner.told.length < 100) {
      const before = owner.told.length;
      await turns(1);
      told.push(owner.told.length - before);
    }
    assert.ok(Math.max(...told) <= 5, `${told} milliseconds in a turn`);
    assert.deepEqual(
      owner.told.map(([kind]) => kind),
      Array.from({ length: 100 }, (_, i) => i),
    );
  });

  test("takes one turn in each of the event loop's, whoever submits and wakes it meanwhile", async () => {
    let time = 0;
    const { kernel, owner, submit } = play(new FakeKernel({ entries: 1024, completions: 2048 }), () => time);
    owner.onTold = () => void time++;
    for (let i = 0; i < 500; i++) submit(i);
    await turns(1);
    for (const submission of [...kernel.ring.underWay]) kernel.complete(submission, 100_000);
    for (let round = 0; round < 20; round++) {
      const before = owner.told.length;
      // Others of this turn submit something, and one of them wakes the ring besides.
      for (let i = 0; i < 5; i++) {
        await Promise.resolve();
        submit(1000 + round * 5 + i);
        kernel.wake();
      }
      await turns(1);
      const told = owner.told.length - before;
      assert.ok(told <= 5, `${told} milliseconds in turn ${round}`);
      assert.equal(kernel.ring.taken.at(-1)?.kind, 1000 + round * 5 + 4, "what is submitted has left");
    }
  });

  test("hands over what is submitted before the rest is dealt with", async () => {
    let time = 0;
    const { kernel, owner, submit } = play(new FakeKernel({ entries: 128, completions: 256 }), () => time);
    for (let i = 0; i < 20; i++) submit(i);
    await turns(1);
    owner.onTold = (kind) => {
      time += 10;
      if (kind === 0) submit(99);
    };
    for (const submission of [...kernel.ring.underWay]) kernel.complete(submission, 100_000);
    await turns(3);
    assert.ok(owner.told.length < 20);
    assert.equal(kernel.ring.taken.at(-1)?.kind, 99);
    while (owner.told.length < 20) await turns(1);
  });

  test("notices what completes while nobody is signalled", async () => {
    class Late extends FakeKernel {
      isLate = false;

      override ringEnter(fd: number, submissions: number, completions: number, flags: number): number {
        const result = super.ringEnter(fd, submissions, completions, flags);
        // The kernel has just looked, and whoever entered it has not yet said that it wants to be woken.
        if (this.isLate) this.complete(this.underWay(OP_ACCEPT), 9, F_MORE);
        this.isLate = false;
        return result;
      }
    }
    const kernel = new Late();
    const { owner, submit } = play(kernel);
    submit(1);
    kernel.isLate = true;
    await turns(3);
    assert.deepEqual(owner.told, [[1, 9, F_MORE]]);
  });

  test("tries again when the kernel is busy, without keeping anybody from a turn", async () => {
    const { kernel, owner, submit } = play();
    kernel.ring.enterAnswers.push(...Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? -EBUSY : -EAGAIN)));
    submit(1);
    submit(2);
    let count = 0;
    while (kernel.ring.taken.length < 2) {
      await turns(1);
      count++;
    }
    assert.ok(count >= 2, "forty refusals take several turns");
    for (const submission of [...kernel.ring.underWay]) kernel.complete(submission, 0);
    await turns(2);
    assert.equal(owner.told.length, 2);
  });

  test("does not spin when the kernel refuses again and again", async () => {
    const { kernel, submit } = play();
    kernel.ring.enterAnswers.push(...new Array(1000).fill(-EBUSY));
    submit(1);
    await turns(100);
    const asked = 1000 - kernel.ring.enterAnswers.length;
    assert.ok(asked > 1 && asked < 60, `asked ${asked} times in a hundred turns`);
    kernel.ring.enterAnswers.length = 0;
    while (kernel.ring.taken.length < 1) await turns(1);
  });

  test("goes on with the others when one of them throws", async () => {
    const { kernel, loop, owner, submit } = play();
    const neighbour = new Owner();
    const slot = loop.ring.claimSlot(neighbour);
    submit(1);
    loop.ring.accept(8, 0, slot, 2);
    await turns(1);
    const [first, second] = kernel.ring.underWay;
    owner.onTold = () => {
      submit(3);
      throw new Error("the owner's fault");
    };
    loop.ring.isSignalling = false;
    kernel.complete(first, 0);
    kernel.complete(second, 0);
    assert.throws(() => kernel.wakeNow(), /the owner's fault/);
    await turns(2);
    assert.equal(neighbour.told.length, 1);
    assert.equal(kernel.ring.taken.length, 3, "what the one who threw had submitted");
  });

  test("says where bytes lie, in the thread's shared memory and elsewhere", () => {
    const { kernel, loop } = play();
    const shared = loop.buffers.bytes;
    const part = shared.subarray(5, 10);
    assert.equal(loop.addressOf(part), kernel.addressOf(part));
    const own = new Uint8Array(10);
    assert.equal(loop.addressOf(own), kernel.addressOf(own));
    assert.equal(loop.addressOf(own.subarray(3)), kernel.addressOf(own) + 3);
  });

  test("has its ring of buffers at the beginning of a page, wherever memory begins", () => {
    for (const misalignment of [0, 16, 4080]) {
      const kernel = new FakeKernel();
      kernel.memory.misalignment = misalignment;
      // The kernel that is played refuses any other place, as a real one does.
      openLoop(kernel);
    }
  });
});

describe("a ring that is refused", () => {
  const sentences: [errno: number, sentence: string][] = [
    [EPERM, "io_uring is forbidden here (EPERM): kernel.io_uring_disabled, or a container's seccomp profile"],
    [ENOSYS, "this kernel has no io_uring (ENOSYS)"],
    [EINVAL, "this kernel's io_uring is too old: deferred task work came with Linux 6.1 (EINVAL)"],
    [ENOMEM, "the limit of locked memory is too low for a ring (ENOMEM): see `ulimit -l`"],
    [EMFILE, "the kernel refused a ring (EMFILE)"],
    [9999, "the kernel refused a ring (errno 9999)"],
  ];

  for (const [errno, sentence] of sentences) {
    test(`with errno ${errno} says: ${sentence}`, () => {
      const kernel = new FakeKernel();
      kernel.refusals.ringSetup = -errno;
      assert.equal(RingLoop.open(kernel), sentence);
    });
  }

  const later: [call: keyof FakeKernel["refusals"], errno: number, sentence: RegExp][] = [
    [
      "ringRegisterBuffers",
      EINVAL,
      /^the kernel has no buffer rings, which came with Linux 5\.19 \(EINVAL\)$/,
    ],
    ["ringRegisterBuffers", ENOMEM, /^the kernel refused a ring's buffers \(ENOMEM\)$/],
    ["eventOpen", EMFILE, /^a ring's eventfd cannot be had, or not be watched \(EMFILE\)$/],
    ["ringRegisterEvent", EINVAL, /^a ring's eventfd cannot be had, or not be watched \(EINVAL\)$/],
    ["watchOpen", EPERM, /^a ring's eventfd cannot be had, or not be watched \(EPERM\)$/],
  ];

  for (const [call, errno, sentence] of later) {
    test(`by ${call} with errno ${errno} says so, and leaves nothing open`, () => {
      const kernel = new FakeKernel();
      kernel.refusals[call] = -errno;
      assert.match(RingLoop.open(kernel) as string, sentence);
      assert.deepEqual([...kernel.openDescriptors], []);
      assert.deepEqual(kernel.faults, []);
      assert.ok(kernel.isRingClosed);
    });
  }
});
