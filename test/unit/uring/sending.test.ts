import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { EAGAIN, ECONNRESET, EPIPE } from "../../support/fake-kernel.js";
import { countedBytes, latin1, turns } from "../transport/recording-sink.js";
import { CountedLease, FakeConnection } from "./fake-connection.js";

const SHUT_WR = 1;

const MSG_DONTWAIT = 0x40;
const MSG_WAITALL = 0x100;
const MSG_NOSIGNAL = 0x4000;

/** So much is handed to the kernel with a call of its own. */
const LARGE = 100_000;

describe("a ring transport that sends", () => {
  test("asks first for what the kernel takes at once, and is not congested meanwhile", async (t) => {
    const connection = await FakeConnection.receiving(t);
    const { transport, sink } = connection;
    const lease = new CountedLease(Buffer.from("hello"));
    assert.equal(transport.write(lease.bytes, lease), false);
    assert.equal(transport.pendingBytes, 5);
    assert.equal(transport.isCongested, false);
    await turns(2);
    assert.equal(connection.send.operationFlags, MSG_NOSIGNAL | MSG_DONTWAIT);
    assert.equal(lease.releases, 0);
    assert.equal(connection.sent(5), "hello");
    await turns(2);
    assert.equal(lease.releases, 1);
    assert.equal(transport.pendingBytes, 0);
    assert.deepEqual(sink.calls, ["drained"]);
  });

  test("sends the rest of a short send from memory of its own", async (t) => {
    const connection = await FakeConnection.receiving(t);
    const { transport, sink } = connection;
    const lease = new CountedLease(Buffer.from("hello, world"));
    transport.write(lease.bytes, lease);
    await turns(2);
    connection.sent(5);
    await turns(2);
    assert.equal(lease.releases, 1, "a slow peer keeps no shared memory");
    assert.equal(transport.isCongested, true);
    assert.equal(transport.pendingBytes, 7);
    assert.deepEqual(sink.calls, []);
    assert.equal(connection.send.operationFlags, MSG_NOSIGNAL | MSG_WAITALL);
    assert.equal(connection.sent(3), ", world");
    await turns(2);
    assert.equal(connection.sent(4), "orld");
    await turns(2);
    assert.equal(lease.releases, 1);
    assert.equal(transport.isCongested, false);
    assert.deepEqual(sink.calls, ["drained"]);
  });

  test("waits for the kernel with everything that is behind a short send, until all of it has gone", async (t) => {
    const connection = await FakeConnection.receiving(t);
    const { transport } = connection;
    for (const text of ["one", "two", "three"]) transport.write(Buffer.from(text));
    const flags: number[] = [];
    for (const result of [2, 1, 3, 5]) {
      await turns(2);
      flags.push(connection.send.operationFlags & ~MSG_NOSIGNAL);
      connection.sent(result);
    }
    await turns(2);
    transport.write(Buffer.from("four"));
    await turns(2);
    flags.push(connection.send.operationFlags & ~MSG_NOSIGNAL);
    assert.deepEqual(flags, [MSG_DONTWAIT, MSG_WAITALL, MSG_WAITALL, MSG_WAITALL, MSG_DONTWAIT]);
  });

  test("copies the rest of a Buffer too, whose slice would be the same memory", async (t) => {
    const connection = await FakeConnection.receiving(t);
    for (const written of [Buffer.from("hello, world"), new Uint8Array(Buffer.from("hello, world"))]) {
      const lease = new CountedLease(written);
      connection.transport.write(written, lease);
      await turns(2);
      connection.sent(7);
      await turns(2);
      assert.equal(connection.sent(5), "world");
      await turns(2);
    }
  });

  test("waits when the kernel takes nothing at once, and sends everything then", async (t) => {
    const connection = await FakeConnection.receiving(t);
    const { transport, sink } = connection;
    const lease = new CountedLease(Buffer.from("hello"));
    transport.write(lease.bytes, lease);
    await turns(2);
    connection.sent(-EAGAIN);
    await turns(2);
    assert.equal(lease.releases, 1);
    assert.equal(transport.isCongested, true);
    assert.equal(transport.pendingBytes, 5);
    assert.equal(connection.send.operationFlags, MSG_NOSIGNAL | MSG_WAITALL);
    assert.equal(connection.sent(5), "hello");
    await turns(2);
    assert.deepEqual(sink.calls, ["drained"]);
  });

  test("sends what is written behind other bytes in order, each when the one before has gone", async (t) => {
    const connection = await FakeConnection.receiving(t);
    const { transport, sink } = connection;
    const leases = ["one, ", "two, ", "three"].map((text) => new CountedLease(Buffer.from(text)));
    for (const lease of leases) assert.equal(transport.write(lease.bytes, lease), false);
    assert.equal(transport.write(countedBytes(LARGE)), false, "even a large one waits for its turn");
    assert.equal(transport.pendingBytes, 15 + LARGE);
    await turns(2);
    let text = "";
    for (const [i, lease] of leases.entries()) {
      const others = leases.slice(i + 1);
      text += connection.sent(lease.bytes.length);
      await turns(2);
      assert.equal(lease.releases, 1);
      assert.ok(others.every(({ releases }) => releases === 0));
    }
    assert.equal(text, "one, two, three");
    assert.deepEqual(sink.calls, []);
    assert.ok((await connection.sentAll()) === latin1(countedBytes(LARGE)));
    assert.deepEqual(sink.calls, ["drained"]);
  });

  test("keeps the order when something is written while a lease is released, or `drained` is told", async (t) => {
    const connection = await FakeConnection.receiving(t);
    const { transport, sink } = connection;
    const bytes = Buffer.from("first, ");
    let isWritten = false;
    transport.write(bytes, { release: () => void transport.write(Buffer.from("third, ")) });
    transport.write(Buffer.from("second, "));
    sink.onEvent = (call) => {
      if (call === "drained" && !isWritten) transport.write(Buffer.from("fourth"));
      isWritten = true;
    };
    await turns(2);
    assert.equal(await connection.sentAll(), "first, second, third, fourth");
    assert.equal(sink.count("drained"), 2);
    assert.equal(transport.pendingBytes, 0);
  });

  test("hands a large write to the kernel at once", async (t) => {
    const connection = await FakeConnection.receiving(t);
    const { kernel, transport, sink } = connection;
    const lease = new CountedLease(countedBytes(LARGE));
    assert.equal(transport.write(lease.bytes, lease), true);
    assert.equal(transport.pendingBytes, 0);
    assert.ok(latin1(kernel.sentDirectly[0]) === latin1(countedBytes(LARGE)));
    await turns(2);
    assert.equal(connection.isSending, false);
    assert.equal(lease.releases, 0, "memory that was taken at once is the caller's again");
    assert.deepEqual(sink.calls, []);
  });

  test("keeps what the kernel leaves of a large write, and lets lent memory be used again", async (t) => {
    for (const [asBuffer, isLent] of [
      [false, true],
      [true, true],
      [false, false],
    ]) {
      for (const answer of [60_000, 0, -EAGAIN]) {
        const connection = await FakeConnection.receiving(t);
        const { kernel, transport, sink } = connection;
        kernel.sendAnswers.push(answer);
        const bytes = asBuffer ? Buffer.from(countedBytes(LARGE)) : countedBytes(LARGE);
        const lease = { release: () => assert.fail("the answer has said so") };
        assert.equal(transport.write(bytes, isLent ? lease : undefined), isLent);
        if (isLent) bytes.fill(0xee);
        const left = LARGE - Math.max(0, answer);
        assert.equal(transport.pendingBytes, left);
        assert.equal(transport.isCongested, true);
        await turns(2);
        assert.equal(connection.send.operationFlags, MSG_NOSIGNAL | MSG_WAITALL);
        const rest = await connection.sentAll();
        const whole = (kernel.sentDirectly[0] === undefined ? "" : latin1(kernel.sentDirectly[0])) + rest;
        assert.ok(whole === latin1(countedBytes(LARGE)), `of a kernel that answers ${answer}`);
        assert.equal(transport.isCongested, false);
        assert.deepEqual(sink.calls, ["drained"]);
      }
    }
  });

  test("fails by the second answer when a large write fails", async (t) => {
    const connection = await FakeConnection.receiving(t);
    const { kernel, transport, sink } = connection;
    kernel.sendAnswers.push(-ECONNRESET);
    assert.equal(transport.write(new Uint8Array(LARGE)), false);
    await turns(2);
    assert.deepEqual(sink.calls, [], "nothing is told inside a call, or before it is known");
    connection.sent(-EPIPE);
    await sink.called("closed");
    assert.equal(sink.closedError?.code, "CONNECTION_RESET");
    assert.equal(sink.closedError?.errno, "EPIPE");
    assert.equal(sink.closedError?.syscall, "write");
    assert.equal(transport.pendingBytes, 0);
  });

  test("is closed when the peer is gone in the middle of a send, with everything released", async (t) => {
    for (const errno of [EPIPE, ECONNRESET]) {
      const connection = await FakeConnection.receiving(t);
      const { transport, sink } = connection;
      const leases = ["one", "two", "three"].map((text) => new CountedLease(Buffer.from(text)));
      for (const lease of leases) transport.write(lease.bytes, lease);
      await turns(2);
      connection.sent(1);
      await turns(2);
      assert.equal(leases[0].releases, 1);
      sink.onEvent = (call) => {
        if (call === "closed") assert.ok(leases.every(({ releases }) => releases === 1));
      };
      connection.sent(-errno);
      await sink.called("closed");
      assert.deepEqual(sink.calls, ["closed"]);
      assert.equal(sink.closedError?.code, "CONNECTION_RESET");
      assert.equal(transport.pendingBytes, 0);
      assert.equal(transport.isCongested, false);
      assert.equal(transport.write(Buffer.from("late")), true);
      assert.ok(leases.every(({ releases }) => releases === 1));
    }
  });

  test("sends its end behind everything written, once", async (t) => {
    const connection = await FakeConnection.receiving(t);
    const { kernel, transport, sink } = connection;
    transport.write(Buffer.from("one, "));
    transport.write(Buffer.from("two"));
    transport.end();
    transport.end();
    sink.onEvent = (call) => {
      if (call === "drained") transport.end();
    };
    await turns(2);
    assert.deepEqual(kernel.shutDowns, []);
    connection.sent(5);
    await turns(2);
    assert.deepEqual(kernel.shutDowns, []);
    connection.sent(3);
    await turns(2);
    assert.deepEqual(kernel.shutDowns, [connection.fd]);
    assert.deepEqual(kernel.shutdownWays, [SHUT_WR], "what the peer sends is still received");
    assert.deepEqual(sink.calls, ["drained"]);
  });

  test("ends once when it is told to from inside `drained`", async (t) => {
    const connection = await FakeConnection.receiving(t);
    connection.sink.onEvent = (call) => {
      if (call === "drained") connection.transport.end();
    };
    connection.transport.write(Buffer.from("all"));
    await turns(2);
    connection.sent(3);
    await turns(2);
    assert.deepEqual(connection.kernel.shutDowns, [connection.fd]);
  });

  test("submits nothing more when whoever gets memory back destroys it", async (t) => {
    for (const taken of [4, 7]) {
      const connection = await FakeConnection.receiving(t);
      const { transport, sink } = connection;
      const released: string[] = [];
      transport.write(Buffer.from("lent to"), {
        release() {
          released.push("first");
          transport.destroy();
        },
      });
      transport.write(Buffer.from("waits"), { release: () => released.push("second") });
      await turns(2);
      connection.sent(taken);
      await sink.called("closed");
      assert.deepEqual(released, ["first", "second"]);
      assert.equal(connection.isSending, false);
    }
  });
});
