import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { connectPair, connectToPeer } from "../../support/memory-connection.js";

describe("closing deadline", () => {
  test("ends the connection when the peer does not answer a Close", async () => {
    const { host, connection, peer } = connectToPeer("client", { closeTimeoutMs: 5000 });
    void connection.close(1001);
    await host.advance(4999);
    assert.equal(connection.readyState, 2);
    await host.advance(1);
    assert.equal(connection.readyState, 3);
    assert.deepEqual([peer.take(), peer.isClosed], [["close 1001"], true]);
    const info = await connection.closed;
    assert.deepEqual([info.code, info.wasClean, info.sent?.code], [1006, false, 1001]);
  });

  test("ends the connection when the peer does not end TCP, which is clean all the same", async () => {
    // RFC 6455 §7.1.1 has the server end TCP first, and lets the client do so when that takes too long.
    for (const [role, timeoutMs] of [
      ["client", 2000],
      ["server", 10_000],
    ] as const) {
      const { host, connection, peer } = connectToPeer(role);
      peer.close(1000);
      await host.advance(timeoutMs - 1);
      assert.equal(connection.readyState, 2, role);
      await host.advance(1);
      assert.equal(connection.readyState, 3, role);
      const info = await connection.closed;
      assert.deepEqual([info.code, info.wasClean], [1000, true]);
    }
  });

  test("ends the connection after a fault of the peer's, when it does not end TCP", async () => {
    const { host, connection, peer } = connectToPeer("server");
    peer.send({ opcode: 3 });
    await host.advance(9999);
    assert.equal(connection.readyState, 2);
    await host.advance(1);
    assert.equal(connection.readyState, 3);
  });

  test("of a client is whole while more than its Close waits for the peer, and never longer", async () => {
    for (const [closeTimeoutMs, isSending, timeoutMs] of [
      [10_000, true, 10_000],
      [500, true, 500],
      [500, false, 500],
    ] as const) {
      const { host, connection, peer } = connectToPeer("client", { closeTimeoutMs });
      if (isSending) {
        peer.transport.pause();
        connection.send("not taken yet".repeat(20));
        await host.settle();
      }
      peer.close(1000);
      await host.advance(timeoutMs - 1);
      assert.equal(connection.readyState, 2);
      await host.advance(1);
      assert.equal(connection.readyState, 3);
    }
  });

  test("ends the connection when a half-closed peer never takes what waits for it", async () => {
    const { host, connection, peer } = connectToPeer("server");
    peer.transport.pause();
    connection.send("never taken");
    await host.settle();
    peer.transport.end();
    await host.advance(9999);
    assert.equal(connection.readyState, 2);
    await host.advance(1);
    assert.equal(connection.readyState, 3);
  });

  test("runs from the moment close was called, also behind a stream that does not end", async () => {
    const { host, connection } = connectToPeer("server");
    void connection.sendStream(
      (async function* () {
        yield "x";
        await new Promise(() => {});
      })(),
    );
    await host.settle();
    const closed = connection.close();
    await host.advance(9999);
    assert.equal(connection.readyState, 2);
    await host.advance(1);
    assert.equal((await closed).code, 1006);
  });

  test("is not moved by a second close", async () => {
    const { host, connection } = connectToPeer("client");
    void connection.close();
    await host.advance(6000);
    void connection.close();
    await host.advance(3999);
    assert.equal(connection.readyState, 2);
    await host.advance(1);
    assert.equal(connection.readyState, 3);
  });

  test("of 0 ms waits for nobody", async () => {
    const { host, connection } = connectToPeer("client", { closeTimeoutMs: 0 });
    void connection.close();
    await host.advance(0);
    assert.equal(connection.readyState, 3);
  });
});

describe("heartbeat", () => {
  test("pings into silence, and ends a connection whose peer says nothing for 20 seconds more", async () => {
    const { host, connection, peer } = connectToPeer("server");
    const errors: unknown[] = [];
    connection.listen({ error: (_ws, error) => void errors.push((error as { code?: string }).code) });
    await host.advance(29_999);
    assert.deepEqual(peer.take(), []);
    await host.advance(1);
    assert.deepEqual(peer.take(), ["ping heartbeat"]);
    await host.advance(19_999);
    assert.equal(connection.readyState, 1);
    await host.advance(1);
    assert.equal(connection.readyState, 3);
    assert.equal((await connection.closed).code, 1006);
    assert.deepEqual(errors, ["HEARTBEAT_MISSED"]);
    assert.equal(peer.isClosed, true);
  });

  test("takes bytes of any kind as a sign of life, even part of a frame", async () => {
    const { host, connection, peer } = connectToPeer("server");
    const byte = peer.encode({ opcode: 1, payload: new Uint8Array(100) });
    for (let i = 0; i < 10; i++) {
      await host.advance(29_000);
      peer.transport.write(byte.subarray(i, i + 1));
      await host.settle();
    }
    assert.deepEqual(peer.take(), []);
    await host.advance(30_000);
    assert.deepEqual(peer.take(), ["ping heartbeat"]);
    await host.advance(19_000);
    peer.transport.write(byte.subarray(10, 11));
    await host.advance(29_999);
    assert.deepEqual(peer.take(), []);
    assert.equal(connection.readyState, 1);
  });

  test("keeps two silent ends alive forever", async () => {
    const { host, client, server } = connectPair();
    for (let i = 0; i < 100; i++) await host.advance(60_000);
    assert.deepEqual([client.readyState, server.readyState], [1, 1]);
  });

  test("does not take silence against a peer that is not being read", async () => {
    const { host, connection, peer } = connectToPeer("server");
    connection.pause();
    await host.advance(300_000);
    assert.equal(connection.readyState, 1);
    assert.deepEqual(peer.take(), Array(10).fill("ping heartbeat"), "TCP finds out whether there is a peer");
    connection.resume();
    await host.settle();
    await host.advance(29_999);
    assert.deepEqual(peer.take(), []);
    await host.advance(1);
    assert.deepEqual(peer.take(), ["ping heartbeat"]);
  });

  test("sends no more pings to a peer that is not being read and takes nothing", async () => {
    const { host, connection, peer } = connectToPeer("server");
    peer.transport.pause();
    connection.pause();
    await host.advance(109_999);
    assert.equal(connection.readyState, 1);
    assert.ok(connection.bufferedAmount <= 11, `${connection.bufferedAmount} bytes wait`);
  });

  test("gives a peer whose answer was not read the time to be heard", async () => {
    const { host, connection, peer } = connectToPeer("server");
    await host.advance(30_000);
    assert.deepEqual(peer.take(), ["ping heartbeat"]);
    connection.pause();
    peer.send({ opcode: 10 });
    await host.advance(19_999);
    // Resumed, but what the peer sent has not been read yet when the timer rings.
    connection.resume();
    host.clock.advance(1);
    await host.settle();
    assert.equal(connection.readyState, 1);
    await host.advance(1000);
    assert.equal(connection.readyState, 1);
  });

  test("ends a connection whose peer takes nothing while a handler waits for it to", async () => {
    const { host, connection, peer } = connectToPeer("server");
    const events: string[] = [];
    connection.listen({
      async message(ws) {
        ws.send(new Uint8Array(100_000));
        await ws.drained();
        events.push(`handler done in state ${ws.readyState}`);
      },
      error: (_ws, error) => void events.push(error.message),
    });
    peer.transport.pause();
    peer.text("go");
    await host.settle();
    await host.advance(79_999);
    assert.deepEqual(events, []);
    await host.advance(1);
    assert.deepEqual(events, [
      "the peer has taken nothing of what was sent for 50000 ms",
      "handler done in state 3",
    ]);
    assert.equal((await connection.closed).code, 1006);
  });

  test("delivers what had been received from a peer that is given up", async () => {
    const { host, connection, peer } = connectToPeer("server");
    const events: unknown[] = [];
    connection.listen({
      message: (ws, data) => {
        events.push(data);
        ws.pause();
      },
      error: (_ws, error) => void events.push((error as { code?: string }).code),
      close: (_ws, code) => void events.push(code),
    });
    peer.transport.pause();
    connection.send("never taken");
    const frames = ["a", "b", "c"].map((text) => peer.encode({ opcode: 1, payload: Buffer.from(text) }));
    peer.transport.write(Buffer.concat(frames));
    await host.settle();
    await host.advance(80_000);
    assert.deepEqual([events, connection.readyState], [["a"], 2]);
    for (let i = 0; i < 3; i++) {
      connection.resume();
      await host.settle();
    }
    assert.deepEqual(events, ["a", "b", "c", "HEARTBEAT_MISSED", 1006]);
  });

  test("leaves a peer alone that takes what is sent, however slowly, while nobody reads", async () => {
    const { host, connection, peer } = connectToPeer("server");
    let taken = 0;
    Object.defineProperty(connection.link.transport, "progress", { get: () => taken });
    peer.transport.pause();
    connection.pause();
    connection.send(new Uint8Array(100_000));
    for (let i = 0; i < 20; i++) {
      await host.advance(29_999);
      taken++;
    }
    assert.equal(connection.readyState, 1);
    peer.transport.resume();
    await host.settle();
    peer.take();
    await host.advance(60_000);
    assert.deepEqual(peer.take(), ["ping heartbeat", "ping heartbeat"]);
    assert.equal(connection.readyState, 1);
  });

  test("stops when the connection is closing, and with false never begins", async () => {
    const closing = connectToPeer("server", { closeTimeoutMs: 100_000 });
    void closing.connection.close();
    await closing.host.advance(99_999);
    assert.deepEqual(closing.peer.take(), ["close 1000"]);
    const off = connectToPeer("server", { heartbeat: false });
    await off.host.advance(10_000_000);
    assert.deepEqual(off.peer.take(), []);
    assert.equal(off.host.clock.timerCount, 0);
  });

  test("keeps the times it was given", async () => {
    const { host, connection, peer } = connectToPeer("client", {
      heartbeat: { intervalMs: 100, timeoutMs: 50 },
    });
    await host.advance(100);
    assert.deepEqual(peer.take(), ["ping heartbeat"]);
    await host.advance(50);
    assert.equal(connection.readyState, 3);
  });

  test("does not mix with the application's own pings", async () => {
    const { host, connection, peer } = connectToPeer("client");
    const roundTrip = connection.ping();
    const empty = connection.ping("");
    await host.advance(30_000);
    const [own, , beat] = peer.takeFrames();
    assert.deepEqual([own.payload.length, String(Buffer.from(beat.payload))], [4, "heartbeat"]);
    peer.send({ opcode: 10, payload: beat.payload });
    await host.settle();
    let isSettled = false;
    void roundTrip.then(() => {
      isSettled = true;
    });
    await host.settle();
    assert.equal(isSettled, false);
    peer.send({ opcode: 10, payload: own.payload });
    peer.send({ opcode: 10 });
    await host.settle();
    assert.deepEqual(await Promise.all([roundTrip, empty]), [30_000, 30_000]);
  });
});
