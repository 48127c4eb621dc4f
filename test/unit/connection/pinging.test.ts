import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ClosedError } from "#src/connection/index.js";
import { StateError } from "#src/protocol/index.js";
import { TransportError } from "#src/transport/index.js";
import { connectPair, connectToPeer } from "../../support/memory-connection.js";

describe("pinging", () => {
  test("resolves with the round trip in milliseconds", async () => {
    const { host, connection, peer } = connectToPeer("client");
    const roundTrip = connection.ping("are you there");
    await host.settle();
    assert.deepEqual(peer.take(), ["ping are you there"]);
    host.clock.advance(250);
    peer.send({ opcode: 10, payload: Buffer.from("are you there") });
    await host.settle();
    assert.equal(await roundTrip, 250);
  });

  test("goes both ways without anybody listening", async () => {
    const { host, client, server } = connectPair();
    const pings = [client.ping(), server.ping(), client.ping(), server.ping("x")];
    await host.settle();
    assert.deepEqual(await Promise.all(pings), [0, 0, 0, 0]);
  });

  test("gives each ping without data a payload of its own", async () => {
    const { host, connection, peer } = connectToPeer("server");
    void connection.ping();
    void connection.ping();
    await host.settle();
    const [first, second] = peer.takeFrames();
    assert.equal(first.payload.length, 4);
    assert.notDeepEqual(first.payload, second.payload);
  });

  test("takes a pong as the answer to its ping and to every earlier one, as RFC 6455 §5.5.3 allows", async () => {
    const { host, connection, peer } = connectToPeer("client");
    const settled: string[] = [];
    for (const name of ["a", "b", "c"]) void connection.ping(name).then(() => settled.push(name));
    await host.settle();
    peer.send({ opcode: 10, payload: Buffer.from("b") });
    await host.settle();
    assert.deepEqual(settled, ["a", "b"]);
    peer.send({ opcode: 10, payload: Buffer.from("a") });
    peer.send({ opcode: 10, payload: Buffer.from("unknown") });
    await host.settle();
    assert.deepEqual(settled, ["a", "b"]);
    peer.send({ opcode: 10, payload: Buffer.from("c") });
    await host.settle();
    assert.deepEqual(settled, ["a", "b", "c"]);
  });

  test("remembers what was sent, whatever happens to the caller's memory", async () => {
    const { host, connection, peer } = connectToPeer("client");
    const data = Buffer.from("mine");
    const roundTrip = connection.ping(data);
    data.fill(0);
    peer.send({ opcode: 10, payload: Buffer.from("mine") });
    await host.settle();
    assert.equal(await roundTrip, 0);
  });

  test("rejects with ClosedError when the connection ends first, or has ended", async () => {
    const { host, client, server } = connectPair();
    server.pause();
    const waiting = client.ping();
    await host.settle();
    client.terminate();
    const refused = client.ping();
    await host.settle();
    for (const ping of [waiting, refused, client.ping()]) {
      await assert.rejects(ping, (error) => error instanceof ClosedError && error.closeCode === 1006);
    }
  });

  test("rejects without anybody having to catch it", async () => {
    const { host, client } = connectPair();
    void client.ping();
    client.terminate();
    void client.ping();
    await host.settle();
  });

  test("refuses more than 125 bytes, and what is no data", () => {
    const { connection } = connectToPeer("client");
    for (const call of [() => connection.ping("x".repeat(126)), () => connection.pong(new Uint8Array(126))]) {
      assert.throws(
        call,
        (error) => error instanceof StateError && error.code === "CONTROL_PAYLOAD_TOO_LONG",
      );
    }
    assert.throws(
      () => connection.ping(7 as never),
      (error) => error instanceof StateError && error.code === "INVALID_ARGUMENT",
    );
  });

  test("sends pongs that nobody asked for", async () => {
    const { host, connection, peer } = connectToPeer("server");
    connection.pong("alive");
    connection.pong();
    await host.settle();
    assert.deepEqual(peer.take(), ["pong alive", "pong"]);
    connection.terminate();
    connection.pong("nobody hears this");
    await host.settle();
    assert.deepEqual(peer.take(), []);
  });

  test("answers pings with their payload while the network takes what is sent", async () => {
    const { host, peer } = connectToPeer("server");
    for (const name of ["a", "b", "c"]) {
      peer.send({ opcode: 9, payload: Buffer.from(name) });
      await host.settle();
    }
    assert.deepEqual(peer.take(), ["pong a", "pong b", "pong c"]);
  });

  test("answers only the newest ping while earlier bytes wait for the network", async () => {
    const { host, connection, peer } = connectToPeer("server");
    peer.transport.pause();
    connection.send("fills the pipe");
    await host.settle();
    for (let i = 0; i < 1000; i++) peer.send({ opcode: 9, payload: Buffer.from(`ping ${i}`) });
    await host.settle();
    assert.equal(connection.bufferedAmount, "fills the pipe".length + 2);
    peer.transport.resume();
    await host.settle();
    assert.deepEqual(peer.take(), ["text fills the pipe", "pong ping 999"]);
    peer.send({ opcode: 9, payload: Buffer.from("again") });
    await host.settle();
    assert.deepEqual(peer.take(), ["pong again"]);
  });

  test("refuses another when 256 wait for their pong", async () => {
    const { host, connection, peer } = connectToPeer("server", { maxBufferedBytes: Infinity });
    const pings = Array.from({ length: 256 }, () => connection.ping());
    await assert.rejects(connection.ping(), {
      name: "LimitError",
      code: "BUFFER_FULL",
      message: "256 pings of this connection wait for their pong, the most that may",
    });
    await host.settle();
    const sent = peer.takeFrames();
    assert.equal(sent.length, 256);
    peer.send({ opcode: 10, payload: sent[255].payload });
    await host.settle();
    await Promise.all(pings);
    void connection.ping();
  });

  test("answers dropped for a ping as a message when 256 wait for their pong", async () => {
    const { host, connection, peer } = connectToPeer("client");
    const ping = { type: "ping", data: Uint8Array.of(7) } as const;
    for (let i = 0; i < 256; i++) assert.equal(connection.send(ping), "sent");
    assert.equal(connection.send(ping), "dropped");
    assert.equal(connection.traffic.messagesDropped, 1);
    await host.settle();
    assert.equal(peer.take().length, 256);
    assert.equal(connection.readyState, 1);
  });

  test("says why when the transport failed while what came before it is still being read", async () => {
    const { host, client, server } = connectPair();
    server.pause();
    server.link.receive(Uint8Array.of(0x89, 0x80, 0, 0, 0, 0), 0, 6);
    const waiting = server.ping();
    const failure = new TransportError("CONNECTION_RESET", "reset");
    server.link.closed(failure);
    await host.settle();
    assert.equal(server.readyState, 2);
    for (const ping of [waiting, server.ping()]) {
      await assert.rejects(ping, (error) => error instanceof ClosedError && error.cause === failure);
    }
    client.terminate();
    server.terminate();
    await host.settle();
  });

  test("rejects at once when the peer has ended TCP without a Close", async () => {
    const { host, connection, peer } = connectToPeer("client");
    peer.transport.pause();
    connection.send("keeps the transport open");
    const waiting = connection.ping();
    await host.settle();
    peer.transport.end();
    await host.settle();
    assert.equal(connection.readyState, 2);
    await assert.rejects(waiting, ClosedError);
    connection.terminate();
  });
});
