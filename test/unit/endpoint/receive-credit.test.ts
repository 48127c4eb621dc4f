import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type ClientEndpoint, encodeFrame, Opcode, type ServerEvent } from "sluice/protocol";
import { bytesOf, compression, concat, createClient, createServer, openPair } from "./endpoint-pair.js";

const mask = Uint8Array.of(1, 2, 3, 4);
const closed = { type: "close", code: 1006, reason: "" };

function sendMany(count: number, send: (i: number) => Uint8Array): Uint8Array {
  return concat(Array.from({ length: count }, (_, i) => send(i)));
}

/** All that is left, and the most that one call answered. */
function receiveRest(server: { hasMore: boolean; receive(): ServerEvent[] }): {
  events: ServerEvent[];
  mostAtOnce: number;
} {
  const events: ServerEvent[] = [];
  let mostAtOnce = 0;
  while (server.hasMore) {
    const answered = server.receive();
    assert.ok(answered.length > 0, "each call gets on");
    mostAtOnce = Math.max(mostAtOnce, answered.length);
    events.push(...answered);
  }
  return { events, mostAtOnce };
}

/** An offered server, and a client that speaks to one like it. */
function offered(receiveCredit: number): { client: ClientEndpoint; server: ReturnType<typeof createServer> } {
  const server = createServer({ receiveCredit });
  server.receive(createClient().request.slice());
  return { client: openPair().client, server };
}

describe("receive", () => {
  test("inflates a bounded share of what it is given, and goes on from there without bytes", () => {
    const both = { compression: compression({ thresholdBytes: 0 }) };
    const { client, server } = openPair(both, both);
    const text = "x".repeat(500_000);
    const bytes = sendMany(20, () => client.sendText(text));
    assert.ok(bytes.length < 50_000);
    const first = server.receive(bytes);
    assert.ok(first.length <= 3, `${first.length} messages of half the credit each`);
    const { events, mostAtOnce } = receiveRest(server);
    assert.ok(mostAtOnce <= 3, `${mostAtOnce} messages of half the credit each`);
    assert.deepEqual([...first, ...events], Array(20).fill({ type: "text", data: text }));
  });

  test("takes memory by its credit, however much the bytes inflate to", () => {
    const both = { compression: compression({ thresholdBytes: 0 }) };
    const { client, server } = openPair(both, both);
    const bytes = sendMany(200, () => client.sendBinary(new Uint8Array(1_000_000)));
    const before = process.memoryUsage().arrayBuffers;
    const events = server.receive(bytes);
    const grown = process.memoryUsage().arrayBuffers - before;
    assert.ok(events.length <= 2);
    assert.equal(server.hasMore, true);
    // Of 200 million bytes: two messages, and the blocks in which each grew, which the collector may not have seen yet.
    assert.ok(grown < 16 * 1_048_576, `grew by ${grown} bytes`);
  });

  test("answers a bounded number of events, however small the frames", () => {
    const { client, server } = openPair();
    const bytes = sendMany(20_000, () => client.sendPing());
    const first = server.receive(bytes);
    assert.equal(first.length, 1_048_576 / 128);
    const { events, mostAtOnce } = receiveRest(server);
    assert.equal(mostAtOnce, first.length);
    assert.equal(first.length + events.length, 20_000);
  });

  test("reads ordinary bytes to their end", () => {
    const { client, server } = openPair();
    assert.equal(server.receive(sendMany(1000, (i) => client.sendText(`message ${i}`))).length, 1000);
    assert.equal(server.hasMore, false);
    assert.deepEqual(server.receive(), []);
  });

  test("reads everything at once when told so", () => {
    const { client, server } = openPair({}, { receiveCredit: Infinity });
    assert.equal(server.receive(sendMany(20_000, () => client.sendPing())).length, 20_000);
    assert.equal(server.hasMore, false);
  });

  test("keeps what is unread in memory of its own, and in order with what comes later", () => {
    const { client, server } = openPair({}, { receiveCredit: 1 });
    const chunk = Buffer.from(sendMany(3, (i) => client.sendText(`${i}`)));
    const events = server.receive(chunk);
    chunk.fill(0);
    const later = client.sendText("3");
    for (const byte of later) events.push(...server.receive(Uint8Array.of(byte)));
    events.push(...receiveRest(server).events);
    const expected = ["0", "1", "2", "3"].map((data) => ({ type: "text", data }));
    assert.deepEqual(events, expected);
  });

  test("forgets what is unread when the connection has ended", () => {
    const { client, server } = openPair({}, { receiveCredit: 1 });
    const bytes = concat([
      client.sendText("good"),
      encodeFrame({ opcode: Opcode.TEXT, payload: bytesOf("unmasked") }),
      encodeFrame({ opcode: Opcode.TEXT, mask, payload: bytesOf("behind it") }),
    ]);
    assert.equal(server.receive(bytes).length, 1);
    const [event, ...more] = server.receive();
    assert.ok(event.type === "error" && event.error.code === "MASK_MISSING");
    assert.deepEqual(more, []);
    assert.equal(server.hasMore, false);
    assert.deepEqual(server.receive(), []);
  });

  test("has more after accept when bytes came behind the request, and not before", () => {
    const { client, server } = offered(1);
    server.receive(concat([client.sendText("a"), client.sendText("b")]));
    assert.equal(server.hasMore, false, "the application has not decided");
    server.accept();
    assert.deepEqual(server.receive(), [{ type: "text", data: "a" }]);
    assert.deepEqual(server.receive(), [{ type: "text", data: "b" }]);
    assert.equal(server.hasMore, false);
  });

  test("bounds a client just the same, from the open event on", () => {
    const client = createClient({ receiveCredit: 1 });
    const server = createServer();
    server.receive(client.request.slice());
    const bytes = concat([server.accept(), server.sendText("a"), server.sendText("b"), server.sendClose()]);
    const types: string[] = [];
    for (let part = client.receive(bytes); ; part = client.receive()) {
      types.push(part.map(({ type }) => type).join(" "));
      if (!client.hasMore) break;
    }
    assert.deepEqual(types, ["open text", "text", "close"]);
  });
});

describe("the end of the stream", () => {
  test("is reported behind everything that came", () => {
    const { client, server } = openPair({}, { receiveCredit: 1 });
    const events = server.receive(sendMany(4, (i) => client.sendText(`${i}`)));
    events.push(...server.receiveEnd());
    assert.equal(server.isFinished, false);
    events.push(...receiveRest(server).events);
    assert.deepEqual(
      events.map((event) => (event.type === "text" ? event.data : event)),
      ["0", "1", "2", "3", closed],
    );
    assert.equal(server.isFinished, true);
    assert.deepEqual(server.receive(), []);
    assert.deepEqual(server.receiveEnd(), []);
  });

  test("is no news when the peer's Close was still unread", () => {
    const { client, server } = openPair({}, { receiveCredit: 1 });
    server.receive(concat([client.sendText("a"), client.sendText("b"), client.sendClose(1000, "done")]));
    const events = server.receiveEnd();
    events.push(...receiveRest(server).events);
    assert.deepEqual(events, [
      { type: "text", data: "b" },
      { type: "close", code: 1000, reason: "done" },
    ]);
  });

  test("before the application's decision fails the handshake, whatever came behind the request", () => {
    const { client, server } = offered(1);
    server.receive(client.sendText("a"));
    const [event, ...more] = server.receiveEnd();
    assert.ok(event.type === "error" && event.error.code === "CONNECTION_ENDED");
    assert.deepEqual([more, server.hasMore, server.isFinished], [[], false, true]);
  });
});
