import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { WebSocketConnection } from "#src/connection/index.js";
import { LimitError, ProtocolError } from "#src/protocol/index.js";
import { TransportError } from "#src/transport/index.js";
import { connectPair, connectToPeer } from "../../support/memory-connection.js";
import { recorder } from "./handler-recorder.js";

describe("a handler that fails", () => {
  const thrown = new Error("secret detail");
  const names = ["message", "ping", "pong"] as const;
  for (const name of names) {
    for (const isAsync of [false, true]) {
      test(`${name}, ${isAsync ? "by its promise" : "by throwing"}: error handler, Close 1011 without detail`, async () => {
        const { host, connection, peer, traffic } = connectToPeer("server");
        const { calls, handlers } = recorder();
        const fail = (): unknown => {
          calls.push([name]);
          if (isAsync) return Promise.reject(thrown);
          throw thrown;
        };
        connection.listen({ ...handlers, [name]: fail });
        const frames = { message: 1, ping: 9, pong: 10 };
        peer.send({ opcode: frames[name], payload: Buffer.from("x") });
        peer.text("not delivered");
        peer.text("nor this");
        await host.settle();
        const sent = peer.take().filter((frame) => !frame.startsWith("pong"));
        assert.deepEqual(sent, ["close 1011"]);
        peer.close(1011);
        await host.advance(20_000);
        const messages = name === "message" || !isAsync ? [] : calls.filter(([call]) => call === "message");
        assert.deepEqual(
          calls.filter((call) => !messages.includes(call)),
          [[name], ["error", thrown], ["close", 1011, ""]],
        );
        assert.equal(traffic.handlerErrors, 1);
        assert.equal(traffic.peerErrors, 0);
      });
    }
  }

  test("is not called again with messages that were waiting for it", async () => {
    const { host, client, server } = connectPair();
    for (let i = 0; i < 10; i++) client.send(`${i}`);
    await host.settle();
    let calls = 0;
    server.listen({
      message() {
        calls++;
        throw new Error("each time");
      },
    });
    await host.settle();
    assert.equal(calls, 1);
    assert.equal((await client.closed).code, 1011);
  });

  test("in drain and in close is reported, and hurts nobody", async () => {
    const { host, connection, peer, traffic } = connectToPeer("server", { highWaterMarkBytes: 10 });
    const errors: unknown[] = [];
    connection.listen({
      drain() {
        throw new Error("in drain");
      },
      close() {
        return Promise.reject(new Error("in close"));
      },
      error: (_ws, error) => void errors.push(error.message),
    });
    assert.equal(connection.send("more than ten bytes"), "buffered");
    await host.settle();
    peer.close(1011);
    peer.transport.end();
    await host.settle();
    assert.deepEqual(errors, ["in drain", "in close"]);
    assert.equal(traffic.handlerErrors, 2);
  });

  test("in the error handler itself is nobody's problem", async () => {
    for (const fail of [
      () => Promise.reject(new Error("worse")),
      () => {
        throw new Error("worse");
      },
    ]) {
      const { host, connection, peer } = connectToPeer("server");
      connection.listen({
        message() {
          throw new Error("bad");
        },
        error: fail,
      });
      peer.text("x");
      await host.settle();
      assert.deepEqual(peer.take(), ["close 1011"]);
    }
  });

  test("may throw anything", async () => {
    for (const value of [undefined, null, "text", 7, Object.create(null)]) {
      const { host, connection, peer } = connectToPeer("server");
      const errors: Error[] = [];
      connection.listen({
        message() {
          throw value;
        },
        error: (_ws, error) => void errors.push(error),
      });
      peer.text("x");
      await host.settle();
      assert.deepEqual(peer.take(), ["close 1011"]);
      assert.equal(errors.length, 1);
      assert.ok(errors[0] instanceof Error);
      assert.equal(errors[0].cause, value);
    }
  });

  test("does nothing to other connections", async () => {
    const one = connectPair();
    const other = connectPair();
    for (const { server } of [one, other]) {
      server.listen({
        message(ws, data) {
          if (data === "fail") throw new Error("mine");
          ws.send(data);
        },
      });
    }
    one.client.send("fail");
    other.client.send("echo");
    await one.host.settle();
    await other.host.settle();
    assert.equal((await one.client.closed).code, 1011);
    assert.equal((await other.client[Symbol.asyncIterator]().next()).value, "echo");
  });
});

describe("the error handler", () => {
  async function errorsOf(end: (played: ReturnType<typeof connectToPeer>) => void): Promise<Error[]> {
    const played = connectToPeer("server", { maxMessageBytes: 10 });
    const errors: Error[] = [];
    played.connection.listen({ error: (_ws: WebSocketConnection, error) => void errors.push(error) });
    end(played);
    await played.host.advance(20_000);
    return errors;
  }

  test("hears what the peer did wrong", async () => {
    const [broken] = await errorsOf(({ peer }) => peer.send({ opcode: 3 }));
    assert.ok(broken instanceof ProtocolError && broken.code === "UNKNOWN_OPCODE");
    const [large] = await errorsOf(({ peer }) => peer.text("more than ten"));
    assert.ok(large instanceof LimitError && large.code === "MESSAGE_TOO_LARGE");
  });

  test("finds its connection closing: what it sends goes nowhere, and is no error again", async () => {
    const results: unknown[] = [];
    const errors: Error[] = [];
    const error = (ws: WebSocketConnection, failure: Error): void => {
      errors.push(failure);
      results.push(ws.readyState, ws.send(`because ${failure.message}`));
    };
    const faulty = connectToPeer("server");
    faulty.connection.listen({
      error,
      message: () => {
        throw new Error("a secret");
      },
    });
    faulty.peer.text("go");
    await faulty.host.settle();
    assert.deepEqual(faulty.peer.take(), ["close 1011"]);
    const slow = connectToPeer("server", { maxBufferedBytes: 1000 });
    slow.connection.listen({ error });
    slow.peer.transport.pause();
    slow.connection.send("x".repeat(2000));
    await slow.host.settle();
    assert.equal(slow.connection.send("one too many"), "dropped");
    assert.deepEqual(
      errors.map((failure) => (failure as { code?: string }).code),
      [undefined, "BUFFER_FULL"],
    );
    assert.deepEqual(results, [2, "dropped", 2, "dropped"]);
  });

  test("hears what the network did", async () => {
    const error = new TransportError("CONNECTION_RESET", "reset");
    assert.deepEqual(await errorsOf(({ connection }) => connection.link.terminate(error)), [error]);
  });

  test("hears nothing of a connection that ends in order, or that was ended without a Close", async () => {
    assert.deepEqual(await errorsOf(({ peer }) => peer.close(1000)), []);
    assert.deepEqual(await errorsOf(({ peer }) => peer.transport.end()), []);
    assert.deepEqual(await errorsOf(({ connection }) => connection.terminate()), []);
  });

  test("hears of a Blob that could not be read, and the connection goes on", async () => {
    const { host, connection, peer } = connectToPeer("server");
    const errors: unknown[] = [];
    connection.listen({ error: (_ws, error) => void errors.push(error.message) });
    const blob = new Blob(["x"]);
    blob.arrayBuffer = () => Promise.reject(new Error("gone"));
    connection.send(blob);
    connection.send("next");
    await host.settle();
    assert.deepEqual(errors, ["gone"]);
    assert.deepEqual(peer.take(), ["text next"]);
  });

  test("hears nothing of Blobs that were waiting when the connection ended", async () => {
    const errors = await errorsOf(({ connection }) => {
      connection.send(new Blob(["one"]));
      connection.send(new Blob(["two"]));
      connection.terminate();
    });
    assert.deepEqual(errors, []);
  });
});
