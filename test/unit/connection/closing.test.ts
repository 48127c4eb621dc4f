import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { CloseInfo } from "#src/connection/index.js";
import { StateError } from "#src/protocol/index.js";
import { TransportError } from "#src/transport/index.js";
import { connectPair, connectToPeer } from "../../support/memory-connection.js";

describe("closing", () => {
  test("sends the code and the reason, and resolves on both ends with what passed", async () => {
    const { host, client, server } = connectPair();
    const closed = client.close(4000, "grüße");
    assert.equal(client.readyState, 2);
    await host.settle();
    const expected: CloseInfo = {
      code: 4000,
      reason: "",
      wasClean: true,
      sent: { code: 4000, reason: "grüße" },
      received: { code: 4000, reason: "" },
      closedFirstBy: "us",
    };
    assert.deepEqual(await closed, expected);
    assert.deepEqual(await server.closed, {
      code: 4000,
      reason: "grüße",
      wasClean: true,
      sent: { code: 4000, reason: "" },
      received: { code: 4000, reason: "grüße" },
      closedFirstBy: "peer",
    });
    assert.deepEqual([client.readyState, server.readyState], [3, 3]);
  });

  test("sends 1000 without a reason by default", async () => {
    const { host, connection, peer } = connectToPeer("client");
    void connection.close();
    await host.settle();
    assert.deepEqual(peer.take(), ["close 1000"]);
  });

  test("answers the peer's Close with its code, or with none when it had none", async () => {
    for (const role of ["client", "server"] as const) {
      const coded = connectToPeer(role);
      coded.peer.close(4321);
      await coded.host.settle();
      assert.deepEqual(coded.peer.take(), ["close 4321"]);
      const bare = connectToPeer(role);
      bare.peer.send({ opcode: 8 });
      await bare.host.settle();
      assert.deepEqual(bare.peer.take(), ["close"]);
      bare.peer.transport.end();
      await bare.host.settle();
      assert.equal((await bare.connection.closed).code, 1005);
    }
  });

  test("takes every code that may be sent", async () => {
    for (const code of [
      1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999,
    ]) {
      const { host, client, server } = connectPair();
      void client.close(code);
      await host.settle();
      assert.equal((await server.closed).code, code);
    }
  });

  test("refuses codes and reasons that may not be sent, and nothing has changed then", async () => {
    const { host, connection, peer } = connectToPeer("server");
    for (const code of [
      0,
      999,
      1004,
      1005,
      1006,
      1015,
      1016,
      1100,
      2000,
      2999,
      5000,
      65_536,
      -1,
      1000.5,
      Number.NaN,
    ]) {
      assert.throws(
        () => connection.close(code),
        (error) => error instanceof StateError && error.code === "INVALID_CLOSE_CODE",
        String(code),
      );
    }
    for (const reason of ["x".repeat(124), "ü".repeat(62)]) {
      assert.throws(
        () => connection.close(1000, reason),
        (error) => error instanceof StateError && error.code === "CLOSE_REASON_TOO_LONG",
      );
    }
    assert.equal(connection.readyState, 1);
    assert.equal(connection.send("still open"), "sent");
    void connection.close(1000, "ü".repeat(61));
    await host.settle();
    assert.deepEqual(
      peer.takeFrames().map(({ payload }) => payload.length),
      [10, 124],
    );
  });

  test("sends one Close however often it is asked, and every promise resolves alike", async () => {
    const { host, connection, peer } = connectToPeer("client");
    const infos = [connection.close(4000), connection.close(4001, "second"), connection.closed];
    await host.settle();
    assert.deepEqual(peer.take(), ["close 4000"]);
    peer.close(4000);
    peer.transport.end();
    await host.settle();
    const [first, ...others] = await Promise.all(infos);
    assert.equal(first.sent?.code, 4000);
    for (const info of others) assert.deepEqual(info, first);
    assert.deepEqual(await connection.close(), first);
    assert.deepEqual(peer.take(), []);
  });

  test("works when both ends close at once", async () => {
    const { host, client, server } = connectPair();
    const closed = [client.close(4001), server.close(4002)];
    await host.settle();
    const [own, theirs] = await Promise.all(closed);
    assert.deepEqual([own.code, own.sent?.code, own.wasClean], [4002, 4001, true]);
    assert.deepEqual([theirs.code, theirs.sent?.code, theirs.wasClean], [4001, 4002, true]);
  });

  test("delivers nothing that arrives from then on", async () => {
    const { host, connection, peer } = connectToPeer("server");
    const seen: unknown[] = [];
    connection.listen({
      message(ws, data) {
        seen.push(data);
        if (data === "enough") void ws.close();
      },
    });
    const frames = ["first", "enough", "in the same read"].map((text) =>
      peer.encode({ opcode: 1, payload: Buffer.from(text) }),
    );
    peer.transport.write(Buffer.concat(frames));
    await host.settle();
    peer.text("in a later read");
    await host.settle();
    assert.deepEqual(seen, ["first", "enough"]);
  });

  test("waits behind a stream that is being sent, and delivers nothing from the moment it was asked", async () => {
    const { host, connection, peer } = connectToPeer("server");
    const seen: unknown[] = [];
    connection.listen({ message: (_ws, data) => void seen.push(data) });
    let finish = (): void => {};
    const isFinished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    async function* slowly(): AsyncGenerator<string> {
      yield "slow";
      await isFinished;
    }
    void connection.sendStream(slowly());
    connection.send("accepted before");
    await host.settle();
    void connection.close(4000, "behind");
    assert.equal(connection.readyState, 2);
    assert.equal(connection.send("accepted no more"), "dropped");
    assert.throws(() => connectToPeer("server").connection.close(7), StateError);
    peer.text("not delivered");
    await host.settle();
    finish();
    await host.settle();
    assert.deepEqual(peer.take(), [
      "text … slow",
      "continuation",
      "text accepted before",
      "close 4000 behind",
    ]);
    assert.deepEqual(seen, []);
    peer.close(4000);
    peer.transport.end();
    await host.settle();
    assert.equal((await connection.closed).wasClean, true);
  });

  test("behind a stream checks its code and reason at once", async () => {
    const { host, connection } = connectToPeer("server");
    void connection.sendStream(
      (async function* () {
        yield "x";
        await new Promise(() => {});
      })(),
    );
    await host.settle();
    assert.throws(() => connection.close(1006), StateError);
    assert.throws(() => connection.close(1000, "x".repeat(124)), StateError);
    assert.equal(connection.readyState, 1);
    connection.terminate();
    await host.settle();
  });

  test("as a server ends TCP once both Close frames have passed, as a client waits for that", async () => {
    const server = connectToPeer("server");
    server.peer.close(1000);
    await server.host.settle();
    assert.deepEqual([server.peer.take(), server.peer.hasEnded], [["close 1000"], true]);
    const client = connectToPeer("client");
    client.peer.close(1000);
    await client.host.settle();
    assert.deepEqual([client.peer.take(), client.peer.hasEnded], [["close 1000"], false]);
    client.peer.transport.end();
    await client.host.settle();
    assert.deepEqual([client.peer.hasEnded, client.peer.isClosed], [true, true]);
  });

  test("after a fault of the peer's sends its code, ends TCP and says nothing of the fault", async () => {
    for (const role of ["client", "server"] as const) {
      const { host, connection, peer, traffic } = connectToPeer(role);
      peer.send({ opcode: 3 });
      peer.text("not delivered");
      await host.settle();
      assert.deepEqual([peer.take(), peer.hasEnded], [["close 1002"], true]);
      peer.transport.end();
      await host.settle();
      const info = await connection.closed;
      assert.deepEqual(
        [info.code, info.wasClean, info.sent, info.received, info.closedFirstBy],
        [1006, false, { code: 1002, reason: "" }, undefined, "us"],
      );
      assert.equal(traffic.peerErrors, 1);
    }
  });

  test("after a lost connection tells 1006, what was sent and what was received", async () => {
    const { host, client, server } = connectPair();
    server.terminate();
    await host.settle();
    for (const end of [client, server]) {
      assert.deepEqual(await end.closed, {
        code: 1006,
        reason: "",
        wasClean: false,
        sent: undefined,
        received: undefined,
        closedFirstBy: undefined,
      });
    }
    assert.deepEqual(await client.close(4000), await client.closed);
    const half = connectToPeer("client");
    void half.connection.close(4000);
    await half.host.settle();
    half.peer.transport.destroy();
    await half.host.settle();
    const info = await half.connection.closed;
    assert.deepEqual([info.code, info.sent?.code, info.closedFirstBy], [1006, 4000, "us"]);
  });

  test("with both Close frames is clean, and no error, whatever ends TCP then", async () => {
    for (const hasAnswered of [true, false]) {
      const errors: Error[] = [];
      const { host, connection, peer } = connectToPeer("client");
      connection.listen({ error: (_ws, error) => void errors.push(error) });
      void connection.close();
      await host.settle();
      if (hasAnswered) peer.close();
      await host.settle();
      connection.link.transport.destroy(new TransportError("TLS_TRUNCATED", "no close_notify came"));
      await host.settle();
      assert.equal((await connection.closed).wasClean, hasAnswered);
      assert.equal(errors.length, hasAnswered ? 0 : 1);
    }
  });

  test("leaves no timer behind", async () => {
    const { host, client } = connectPair();
    assert.ok(host.clock.timerCount > 0);
    void client.close();
    await host.settle();
    assert.equal(host.clock.timerCount, 0);
    const lost = connectPair();
    lost.client.terminate();
    await lost.host.settle();
    void lost.client.close();
    void lost.server.close();
    await lost.host.settle();
    assert.equal(lost.host.clock.timerCount, 0);
  });

  test("tells the one who owns the connection, once", async () => {
    const ended: unknown[] = [];
    const { host, connection, peer } = connectToPeer("server", {
      parts: { onEnd: (ended_) => void ended.push(ended_) },
    });
    peer.close(1000);
    peer.transport.end();
    await host.advance(20_000);
    connection.terminate();
    await host.advance(20_000);
    assert.equal(ended.length, 1);
    assert.equal(ended[0], connection.handle);
  });
});
