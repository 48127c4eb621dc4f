import assert from "node:assert/strict";
import type { LookupAddress } from "node:dns";
import { getEventListeners } from "node:events";
import type { LookupFunction } from "node:net";
import { describe, type TestContext, test } from "node:test";
import type { DialAddress, Transport } from "#src/transport/index.js";
import { UringDialer } from "#src/uring/index.js";
import { ECONNREFUSED, EMFILE, FakeKernel, OP_ASYNC_CANCEL, OP_CONNECT } from "../../support/fake-kernel.js";
import type { Submission } from "../../support/fake-submission.js";
import { turns } from "../transport/recording-sink.js";
import { assertSlotsFree, openLoop } from "./fake-connection.js";

/** Answers every name with these addresses. */
function lookupOf(...addresses: string[]): LookupFunction {
  const found = addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
  return ((_host: string, _options: object, done: (error: null, found: LookupAddress[]) => void) =>
    done(null, found)) as LookupFunction;
}

class Dialling {
  readonly kernel = new FakeKernel();
  readonly loop = openLoop(this.kernel);
  readonly abort = new AbortController();
  readonly #outcome: Promise<Transport | Error>;

  constructor(t: TestContext, address: DialAddress) {
    t.mock.timers.reset();
    t.mock.timers.enable({ apis: ["setTimeout"] });
    this.#outcome = new UringDialer(this.loop).dial(address, this.abort.signal).catch((error) => error);
  }

  static host(t: TestContext, ...addresses: string[]): Dialling {
    return new Dialling(t, { host: "example.test", port: 80, lookup: lookupOf(...addresses) });
  }

  get connects(): Submission[] {
    return this.kernel.ring.underWay.filter(({ opcode }) => opcode === OP_CONNECT);
  }

  /** The last byte of each address that is being tried. */
  get tried(): number[] {
    return this.connects.map((connect) => this.addressOf(connect)[connect.offset === 16 ? 7 : 23]);
  }

  addressOf({ address, offset }: Submission): Uint8Array {
    return this.kernel.memory.at(address, offset);
  }

  async transport(): Promise<Transport> {
    const settled = await this.#outcome;
    assert.ok(!(settled instanceof Error), String(settled));
    return settled;
  }

  async error(): Promise<Error & { code?: string; errno?: string }> {
    const settled = await this.#outcome;
    assert.ok(settled instanceof Error);
    return settled;
  }

  /** Fails if anything is left. */
  async assertGone(slots: number): Promise<void> {
    await turns(4);
    assert.deepEqual(this.kernel.faults, []);
    assert.deepEqual(this.kernel.ring.underWay, []);
    assert.equal(this.kernel.openDescriptors.size, 2, "the ring and the eventfd");
    assert.equal(this.kernel.isKeepingAlive, false);
    assert.deepEqual(getEventListeners(this.abort.signal, "abort"), []);
    assertSlotsFree(this.loop.ring, slots);
  }
}

describe("a ring dialer", () => {
  test("connects to an address, and its transport has the descriptor", async (t) => {
    const dialling = new Dialling(t, { host: "192.0.2.7", port: 8080 });
    await turns(2);
    const [connect] = dialling.connects;
    assert.equal(
      Buffer.from(dialling.addressOf(connect)).toString("hex"),
      "02001f90c00002070000000000000000",
    );
    assert.equal(dialling.kernel.isKeepingAlive, true);
    // linux/tcp.h and asm/socket.h: TCP_NODELAY, SO_KEEPALIVE, and TCP_KEEPIDLE in seconds.
    assert.deepEqual(dialling.kernel.numberOptions.slice(0, 2), [
      [6, 1, 1],
      [1, 9, 1],
    ]);
    assert.deepEqual(dialling.kernel.numberOptions[2].slice(0, 2), [6, 4]);
    dialling.kernel.complete(connect, 0);
    const transport = await dialling.transport();
    assert.equal(transport.kind, "uring");
    assert.ok(dialling.kernel.openDescriptors.has(connect.fd));
    transport.destroy();
    await dialling.assertGone(1);
  });

  test("connects to a unix socket", async (t) => {
    const dialling = new Dialling(t, { path: "/run/a" });
    await turns(2);
    const [connect] = dialling.connects;
    assert.equal(Buffer.from(dialling.addressOf(connect)).toString("latin1"), "\x01\0/run/a\0");
    dialling.kernel.complete(connect, 0);
    (await dialling.transport()).destroy();
    await dialling.assertGone(1);
  });

  test("refuses a path that is too long for the kernel", async (t) => {
    const path = `/${"x".repeat(200)}`;
    const dialling = new Dialling(t, { path });
    const { errno, message } = await dialling.error();
    assert.deepEqual([errno, message], ["ENAMETOOLONG", `connect ENAMETOOLONG ${path}`]);
    await dialling.assertGone(0);
  });

  test("tries the next address at once when one fails, and answers the first failure when all have", async (t) => {
    const dialling = Dialling.host(t, "192.0.2.1", "192.0.2.2", "192.0.2.3");
    for (const [last, errno] of [
      [1, ECONNREFUSED],
      [2, 113],
      [3, 110],
    ]) {
      await turns(2);
      assert.deepEqual(dialling.tried, [last]);
      dialling.kernel.complete(dialling.connects[0], -errno);
    }
    const error = await dialling.error();
    assert.equal(error.code, "CONNECTION_REFUSED");
    assert.equal(error.errno, "ECONNREFUSED");
    assert.equal(error.message, "connect ECONNREFUSED 192.0.2.1:80");
    await dialling.assertGone(1);
  });

  test("gives each address a quarter of a second before the next is tried beside it, families in turn", async (t) => {
    const dialling = Dialling.host(t, "2001:db8::1", "2001:db8::2", "192.0.2.3", "192.0.2.4");
    const expected = [1, 3, 2, 4];
    for (const count of [1, 2, 3, 4]) {
      await turns(2);
      assert.deepEqual(dialling.tried, expected.slice(0, count));
      t.mock.timers.tick(249);
      await turns(2);
      assert.equal(dialling.connects.length, count);
      t.mock.timers.tick(1);
    }
    // The third is first, and the others are given up.
    dialling.kernel.complete(dialling.connects[2], 0);
    (await dialling.transport()).destroy();
    await dialling.assertGone(4);
  });

  test("closes whatever comes too late, in whichever order the kernel answers", async (t) => {
    for (const order of ["target first", "cancel first", "by the test"] as const) {
      const dialling = Dialling.host(t, "192.0.2.1", "192.0.2.2", "192.0.2.3");
      const { kernel } = dialling;
      kernel.cancelling = order;
      for (let i = 0; i < 3; i++) {
        await turns(2);
        t.mock.timers.tick(250);
      }
      const [first, second, third] = dialling.connects;
      kernel.complete(second, 0);
      // This one was connected before it could be cancelled.
      kernel.complete(third, 0);
      const transport = await dialling.transport();
      await turns(3);
      if (order === "by the test") {
        assert.ok(kernel.openDescriptors.has(first.fd));
        kernel.complete(first, 0);
        for (const cancel of kernel.ring.underWay.filter(({ opcode }) => opcode === OP_ASYNC_CANCEL))
          kernel.complete(cancel, -2);
        await turns(3);
      }
      assert.equal(kernel.openDescriptors.has(first.fd), false);
      assert.equal(kernel.openDescriptors.has(third.fd), false);
      transport.destroy();
      await dialling.assertGone(3);
    }
  });

  test("gives up at the deadline, with its reason, whatever is under way", async (t) => {
    const reason = new Error("the deadline");
    for (const attempts of [1, 2]) {
      const dialling = Dialling.host(t, "192.0.2.1", "192.0.2.2", "192.0.2.3");
      for (let i = 0; i < attempts; i++) {
        await turns(2);
        if (i > 0) t.mock.timers.tick(250);
      }
      await turns(2);
      dialling.abort.abort(reason);
      assert.equal(await dialling.error(), reason);
      t.mock.timers.tick(1000);
      await dialling.assertGone(attempts);
    }
  });

  test("gives up at a deadline that has passed, or passes while the name is looked up", async (t) => {
    const reason = new Error("the deadline");
    const answers: (() => void)[] = [];
    const lookup = ((_host: string, _options: object, done: (error: null, found: LookupAddress[]) => void) =>
      answers.push(() => done(null, [{ address: "192.0.2.1", family: 4 }]))) as unknown as LookupFunction;
    const dialling = new Dialling(t, { host: "example.test", port: 80, lookup });
    await turns(1);
    dialling.abort.abort(reason);
    assert.equal(await dialling.error(), reason);
    for (const answer of answers) answer();
    await dialling.assertGone(0);
    const passed = new UringDialer(dialling.loop).dial(
      { host: "192.0.2.1", port: 80 },
      dialling.abort.signal,
    );
    await assert.rejects(passed, reason);
    await dialling.assertGone(0);
  });

  test("says so when there is no descriptor for a socket, and tries the next address", async (t) => {
    const dialling = Dialling.host(t, "192.0.2.1", "192.0.2.2");
    dialling.kernel.refusals.socketOpen = -EMFILE;
    assert.equal((await dialling.error()).errno, "EMFILE");
    await dialling.assertGone(2);
  });

  test("tries nothing more at a deadline that passes just when there is no descriptor", async (t) => {
    const dialling = Dialling.host(t, "192.0.2.1", "192.0.2.2");
    const { kernel } = dialling;
    const reason = new Error("the deadline");
    kernel.refusals.socketOpen = -EMFILE;
    // What has been refused is told in the next tick; the deadline passes before that.
    kernel.onSocket = () =>
      queueMicrotask(() => {
        dialling.abort.abort(reason);
        delete kernel.refusals.socketOpen;
      });
    assert.equal(await dialling.error(), reason);
    await turns(2);
    assert.deepEqual(dialling.connects, []);
    await dialling.assertGone(1);
  });

  test("rejects when a name has no address, or cannot be looked up, or is looked up to something else", async (t) => {
    const failing = ((_host: string, _options: object, done: (error: Error) => void) =>
      done(Object.assign(new Error("not found"), { code: "ENOTFOUND" }))) as unknown as LookupFunction;
    for (const [lookup, code] of [
      [lookupOf(), "HOST_NOT_FOUND"],
      [failing, "HOST_NOT_FOUND"],
      [lookupOf("localhost"), "HOST_NOT_FOUND"],
      [lookupOf("192.0.2.1", ""), "HOST_NOT_FOUND"],
    ] as const) {
      const dialling = new Dialling(t, { host: "example.test", port: 80, lookup });
      await turns(3);
      assert.deepEqual(dialling.connects, []);
      assert.equal((await dialling.error()).code, code);
      await dialling.assertGone(0);
    }
  });

  test("takes a lookup that answers one address only, and says nothing of an error", async (t) => {
    const lookup = ((
      _host: string,
      _options: object,
      done: (error: undefined, address: string, family: number) => void,
    ) => done(undefined, "192.0.2.9", 4)) as unknown as LookupFunction;
    const dialling = new Dialling(t, { host: "example.test", port: 80, lookup });
    await turns(2);
    assert.deepEqual(dialling.tried, [9]);
    dialling.kernel.complete(dialling.connects[0], 0);
    (await dialling.transport()).destroy();
    await dialling.assertGone(1);
  });
});
