import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import type { ListenerSink, Transport, TransportError } from "#src/transport/index.js";
import type { RingLoop } from "#src/uring/ring-loop.js";
import { UringListener } from "#src/uring/uring-listener.js";
import {
  ECANCELED,
  EINVAL,
  EMFILE,
  ENFILE,
  F_MORE,
  FakeKernel,
  OP_ACCEPT,
  OP_POLL_ADD,
} from "../../support/fake-kernel.js";
import { turns } from "../transport/recording-sink.js";
import { assertSlotsFree, openLoop } from "./fake-connection.js";

const SOCK_CLOEXEC = 0x8_0000;
const SHUT_RDWR = 2;
const POLLIN = 1;

class Guests implements ListenerSink {
  readonly transports: Transport[] = [];
  readonly errors: TransportError[] = [];
  onEvent: () => void = () => {};

  accepted(transport: Transport): void {
    this.transports.push(transport);
    this.onEvent();
  }

  failed(error: TransportError): void {
    this.errors.push(error);
    this.onEvent();
  }
}

interface Listening {
  readonly kernel: FakeKernel;
  readonly loop: RingLoop;
  readonly guests: Guests;
  readonly listener: UringListener;
}

/** A listener over a played kernel, which accepts already. */
async function listening(t: TestContext): Promise<Listening> {
  const kernel = new FakeKernel();
  const loop = openLoop(kernel);
  const guests = new Guests();
  const listener = new UringListener(loop, guests);
  const bound = await listener.listen({ port: 0, host: "127.0.0.1" });
  assert.deepEqual(bound, { address: "127.0.0.1", port: 4242, isIPv6: false });
  await turns(2);
  assert.ok(kernel.isUnderWay(OP_ACCEPT));
  t.after(() => assertGone({ kernel, loop, guests, listener }));
  return { kernel, loop, guests, listener };
}

/** Closes everything, and fails if anything is left. */
async function assertGone({ kernel, loop, guests, listener }: Listening): Promise<void> {
  listener.close();
  for (const transport of guests.transports) transport.destroy();
  await turns(4);
  assert.deepEqual(kernel.faults, []);
  assert.deepEqual(kernel.ring.underWay, []);
  // What is left is the ring and the eventfd.
  assert.equal(kernel.openDescriptors.size, 2);
  assert.equal(kernel.isKeepingAlive, false);
  assertSlotsFree(loop.ring, guests.transports.length + 1);
}

describe("a ring listener", () => {
  test("accepts many with one submission", async (t) => {
    const { kernel, guests, listener } = await listening(t);
    const accept = kernel.underWay(OP_ACCEPT);
    assert.equal(accept.operationFlags, SOCK_CLOEXEC, "programs that this one starts inherit nothing");
    for (let i = 0; i < 5; i++) kernel.complete(accept, kernel.descriptor(), F_MORE);
    await turns(2);
    assert.equal(guests.transports.length, 5);
    assert.equal(kernel.ring.taken.length, 1);
    assert.equal(guests.transports[0].remoteAddress, "127.0.0.1");
    assert.equal(listener.isListening, true);
  });

  test("asks again when the kernel ends the accept with a connection", async (t) => {
    const { kernel, guests } = await listening(t);
    kernel.complete(kernel.underWay(OP_ACCEPT), kernel.descriptor());
    await turns(2);
    assert.equal(guests.transports.length, 1);
    assert.ok(kernel.isUnderWay(OP_ACCEPT));
  });

  test("asks again when whoever is handed the last connection, or told of a failure, throws", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const { kernel, guests } = await listening(t);
    const failure = new Error("not this one");
    guests.onEvent = () => {
      throw failure;
    };
    for (const isFailing of [false, true]) {
      kernel.complete(kernel.underWay(OP_ACCEPT), isFailing ? -EMFILE : kernel.descriptor());
      assert.throws(() => kernel.wakeNow(), failure);
      t.mock.timers.tick(100);
      await turns(2);
      assert.ok(kernel.isUnderWay(OP_ACCEPT));
    }
    guests.onEvent = () => {};
    kernel.complete(kernel.underWay(OP_ACCEPT), kernel.descriptor(), F_MORE);
    await turns(2);
    assert.equal(guests.transports.length, 2);
  });

  test("does not ask again when whoever throws has closed it", async (t) => {
    const { kernel, guests, listener } = await listening(t);
    const failure = new Error("no more of these");
    guests.onEvent = () => {
      listener.close();
      throw failure;
    };
    kernel.complete(kernel.underWay(OP_ACCEPT), kernel.descriptor());
    assert.throws(() => kernel.wakeNow(), failure);
    await turns(2);
    assert.equal(kernel.isUnderWay(OP_ACCEPT), false);
  });

  test("tells when there are no descriptors left, and goes on when there are", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const { kernel, guests } = await listening(t);
    for (const [i, errno] of [EMFILE, ENFILE, EMFILE].entries()) {
      kernel.complete(kernel.underWay(OP_ACCEPT), -errno);
      await turns(2);
      assert.equal(guests.errors.length, i + 1);
      assert.equal(guests.errors[i].errno, errno === EMFILE ? "EMFILE" : "ENFILE");
      assert.equal(guests.errors[i].syscall, "accept");
      assert.equal(kernel.isUnderWay(OP_ACCEPT), false, "trying again at once would only spin");
      t.mock.timers.tick(99);
      await turns(2);
      assert.equal(kernel.isUnderWay(OP_ACCEPT), false);
      t.mock.timers.tick(1);
      await turns(2);
    }
    kernel.complete(kernel.underWay(OP_ACCEPT), kernel.descriptor(), F_MORE);
    await turns(2);
    assert.equal(guests.transports.length, 1);
  });

  test("does not try again when it is closed meanwhile, even by whoever is told", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    for (const isClosedInside of [false, true]) {
      const { kernel, guests, listener } = await listening(t);
      if (isClosedInside) guests.onEvent = () => listener.close();
      kernel.complete(kernel.underWay(OP_ACCEPT), -EMFILE);
      await turns(2);
      listener.close();
      assert.equal(listener.isListening, false);
      t.mock.timers.tick(1000);
      await turns(2);
      assert.equal(kernel.isUnderWay(OP_ACCEPT), false);
    }
  });

  test("closes its descriptor when the last completion has come, whatever that is", async (t) => {
    for (const order of ["target first", "cancel first", "by the test"] as const) {
      const { kernel, guests, listener } = await listening(t);
      kernel.cancelling = order;
      const accept = kernel.underWay(OP_ACCEPT);
      const open = kernel.openDescriptors.size;
      listener.close();
      listener.close();
      assert.deepEqual(kernel.shutDowns, [accept.fd], "who comes now is refused");
      assert.deepEqual(kernel.shutdownWays, [SHUT_RDWR]);
      assert.ok(kernel.openDescriptors.has(accept.fd));
      await turns(2);
      if (order === "by the test") {
        // A listening socket that was shut down tells its accepts so.
        kernel.complete(accept, -EINVAL);
        await turns(2);
        assert.ok(kernel.openDescriptors.has(accept.fd), "the cancel is under way");
        kernel.complete(kernel.ring.underWay[0], -2);
        await turns(2);
      }
      assert.equal(kernel.openDescriptors.size, open - 1);
      assert.deepEqual(guests.errors, []);
    }
  });

  test("closes connections that are accepted after its end", async (t) => {
    const { kernel, guests, listener } = await listening(t);
    kernel.cancelling = "by the test";
    const accept = kernel.underWay(OP_ACCEPT);
    listener.close();
    const late = [kernel.descriptor(), kernel.descriptor()];
    for (const fd of late) kernel.complete(accept, fd, F_MORE);
    await turns(2);
    assert.ok(late.every((fd) => !kernel.openDescriptors.has(fd)));
    assert.deepEqual(guests.transports, []);
    kernel.complete(accept, -ECANCELED);
    kernel.complete(kernel.ring.underWay[0], 1);
    await turns(2);
    assert.equal(kernel.openDescriptors.has(accept.fd), false);
  });

  test("hands out what was accepted while it leaves, and shuts nothing down that others have", async (t) => {
    const { kernel, guests, listener } = await listening(t);
    kernel.cancelling = "by the test";
    const accept = kernel.underWay(OP_ACCEPT);
    assert.equal(listener.descriptor, accept.fd);
    let hasLeft = false;
    const leaving = listener.leave().then(() => {
      hasLeft = true;
    });
    for (let i = 0; i < 2; i++) kernel.complete(accept, kernel.descriptor(), F_MORE);
    await turns(2);
    assert.equal(guests.transports.length, 2);
    assert.equal(hasLeft, false);
    kernel.complete(accept, -ECANCELED);
    // The look at the queue that follows finds nobody.
    kernel.cancelling = "target first";
    kernel.complete(kernel.ring.underWay[0], 1);
    await leaving;
    assert.deepEqual(kernel.shutDowns, []);
    assert.equal(kernel.openDescriptors.has(accept.fd), false);
  });

  test("takes whom it was woken for while it left, for nobody else was woken", async (t) => {
    const { kernel, guests, listener } = await listening(t);
    kernel.cancelling = "by the test";
    /** Ends what is under way: first what the cancel is for, then the cancel itself. */
    const settle = async (opcode: number, result: number): Promise<void> => {
      kernel.complete(kernel.underWay(opcode), result);
      kernel.complete(kernel.ring.underWay[0], 0);
      await turns(2);
    };
    const leaving = listener.leave();
    await turns(2);
    await settle(OP_ACCEPT, -ECANCELED);
    await settle(OP_POLL_ADD, POLLIN);
    assert.equal(guests.transports.length, 0);
    await settle(OP_ACCEPT, kernel.descriptor());
    assert.equal(guests.transports.length, 1);
    await settle(OP_POLL_ADD, -ECANCELED);
    await leaving;
    assert.deepEqual(guests.errors, []);
  });

  test("can be closed by whoever is handed a connection, and others that come with it are closed", async (t) => {
    const { kernel, guests, listener } = await listening(t);
    guests.onEvent = () => listener.close();
    const accept = kernel.underWay(OP_ACCEPT);
    const fds = [kernel.descriptor(), kernel.descriptor()];
    for (const fd of fds) kernel.complete(accept, fd, F_MORE);
    await turns(3);
    assert.equal(guests.transports.length, 1);
    assert.equal(kernel.openDescriptors.has(fds[1]), false);
  });

  test("listens again after its end", async (t) => {
    const { kernel, guests, listener } = await listening(t);
    listener.close();
    await listener.listen({ port: 0, host: "127.0.0.1" });
    await turns(2);
    kernel.complete(kernel.underWay(OP_ACCEPT), kernel.descriptor(), F_MORE);
    await turns(2);
    assert.equal(guests.transports.length, 1);
  });

  test("counts as listening from when it is asked to, and does not listen when it was closed meanwhile", async () => {
    const kernel = new FakeKernel();
    const loop = openLoop(kernel);
    const guests = new Guests();
    const listener = new UringListener(loop, guests);
    const isDone = listener.listen({ port: 0, host: "localhost" });
    assert.equal(listener.isListening, true);
    listener.close();
    assert.equal(listener.isListening, false);
    await isDone;
    assert.equal(listener.isListening, false);
    await turns(2);
    assert.deepEqual(kernel.ring.underWay, []);
    await assertGone({ kernel, loop, guests, listener });
  });

  test("removes the file of a unix socket, if it may, and looks for none where the name is abstract", async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "sluice-"));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, "socket");
    writeFileSync(file, "");
    for (const path of [file, file, "\0sluice", folder]) {
      const kernel = new FakeKernel();
      const loop = openLoop(kernel);
      const guests = new Guests();
      const listener = new UringListener(loop, guests);
      assert.deepEqual(await listener.listen({ path }), { path });
      await assertGone({ kernel, loop, guests, listener });
      assert.equal(existsSync(file), false);
    }
  });

  test("says which call failed, and leaves no descriptor behind", async () => {
    for (const call of ["socketOpen", "socketSetOption", "socketBind", "socketListen"] as const) {
      const kernel = new FakeKernel();
      const loop = openLoop(kernel);
      const listener = new UringListener(loop, new Guests());
      kernel.refusals[call] = -98;
      await assert.rejects(listener.listen({ port: 80, host: "127.0.0.1" }), {
        name: "TransportError",
        code: "ADDRESS_IN_USE",
        errno: "EADDRINUSE",
        syscall: "listen",
        message: "listen EADDRINUSE: address already in use 127.0.0.1:80",
      });
      assert.equal(listener.isListening, false);
      assert.equal(kernel.openDescriptors.size, 2);
      assert.equal(kernel.isKeepingAlive, false);
    }
  });

  test("falls back to IPv4 for all addresses where there is no IPv6, and only then", async () => {
    for (const [errno, opened] of [
      [97, 2],
      [99, 2],
      [98, 1],
    ]) {
      const kernel = new FakeKernel();
      const listener = new UringListener(openLoop(kernel), new Guests());
      kernel.bindAnswers.push(-errno);
      await listener.listen({ port: 0 }).then(
        () => listener.close(),
        (error) => assert.equal(error.code, "ADDRESS_IN_USE"),
      );
      assert.deepEqual(
        kernel.bound.map(([family]) => family),
        [10, 2].slice(0, opened),
      );
      await turns(3);
      assert.equal(kernel.openDescriptors.size, 2);
    }
  });
});
