import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { exchangeHeads, type HeadAnswer } from "#src/client/head-exchange.js";
import {
  createMemoryPair,
  type Transport,
  TransportError,
  type TransportSink,
} from "#src/transport/index.js";

const request = Buffer.from("GET / HTTP/1.1\r\n\r\n");
const response = "HTTP/1.1 200 OK\r\nA: b\r\n\r\n";

/** What came to an end of a pair. */
class Received implements TransportSink {
  text = "";
  hasEnded = false;

  receive(bytes: Uint8Array, start: number, end: number): void {
    this.text += Buffer.from(bytes.subarray(start, end)).toString("latin1");
  }

  ended(): void {
    this.hasEnded = true;
  }

  drained(): void {}
  closed(): void {}
}

interface Exchange {
  readonly answer: Promise<HeadAnswer>;
  readonly ours: Transport;
  readonly server: Transport;
  readonly asked: Received;
}

function begin(deadline = new AbortController().signal, maxChunkBytes = Infinity): Exchange {
  const [ours, server] = createMemoryPair({ maxChunkBytes });
  const asked = new Received();
  server.attach(asked);
  return { answer: exchangeHeads(ours, request, deadline), ours, server, asked };
}

/** Everything that is under way has arrived. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}

describe("exchange of heads", () => {
  test("sends the request and answers the response's head", async () => {
    const { answer, server, asked } = begin();
    server.write(Buffer.from(response));
    const { head, early } = await answer;
    assert.deepEqual([head.status, head.headers.get("a"), early], [200, "b", undefined]);
    assert.equal(asked.text, request.toString());
  });

  test("keeps what comes with the head, and leaves what comes later to the next sink", async () => {
    const { answer, ours, server } = begin();
    server.write(Buffer.from(`${response}early`));
    const { early } = await answer;
    server.write(Buffer.from(" and late"));
    await settled();
    const next = new Received();
    ours.attach(next);
    ours.resume();
    await settled();
    assert.equal(Buffer.from(early ?? []).toString() + next.text, "early and late");
  });

  test("RFC 9110 §15.2: reads over interim responses, in pieces too", async () => {
    const { answer, server } = begin(undefined, 3);
    server.write(Buffer.from(`HTTP/1.1 103 Early Hints\r\n\r\n${response}`));
    assert.equal((await answer).head.status, 200);
  });

  for (const [what, act, error] of [
    [
      "what is no head",
      (server: Transport) => void server.write(Buffer.from("\x16\x03\x01")),
      "HEAD_MALFORMED",
    ],
    ["the end of the stream", (server: Transport) => server.end(), "CONNECTION_ENDED"],
  ] as const) {
    test(`fails on ${what}, and ends the connection`, async () => {
      const { answer, server, asked } = begin();
      act(server);
      await assert.rejects(answer, { name: "HandshakeError", code: error });
      await settled();
      assert.equal(asked.hasEnded, true);
    });
  }

  for (const [bytes, act, message] of [
    ["", "end", "the server ended the connection before it answered; it may expect TLS (wss:)"],
    ["HTTP/1.1 10", "end", "the server ended the connection within its answer"],
    ["\x15\x03\x01", "stay", "the server answered with bytes that are no HTTP response (0x15 0x03: TLS)"],
    ["SSH-2", "stay", 'the server answered with bytes that are no HTTP response ("SSH-2")'],
  ] as const) {
    test(`fails with: ${message}`, async () => {
      const { answer, server } = begin();
      if (bytes !== "") server.write(Buffer.from(bytes, "latin1"));
      if (act === "end") server.end();
      await assert.rejects(answer, { name: "HandshakeError", status: 0, message });
    });
  }

  test("fails with the error that ended the transport", async () => {
    const { answer, ours } = begin();
    const error = new TransportError("CONNECTION_RESET", "reset");
    ours.destroy(error);
    await assert.rejects(answer, (reason) => reason === error);
  });

  test("fails when its deadline does, and ends the connection", async () => {
    const deadline = new AbortController();
    const { answer, asked } = begin(deadline.signal);
    deadline.abort("time is over");
    await assert.rejects(answer, (reason) => reason === "time is over");
    await settled();
    assert.equal(asked.hasEnded, true);
  });

  test("asks nothing when the deadline is over already", async () => {
    const { answer, asked } = begin(AbortSignal.abort("too late"));
    await assert.rejects(answer, (reason) => reason === "too late");
    await settled();
    assert.equal(asked.text, "");
  });

  test("once answered does not hear its deadline any more", async () => {
    const deadline = new AbortController();
    const { answer, server, asked } = begin(deadline.signal);
    server.write(Buffer.from(response));
    await answer;
    deadline.abort();
    await settled();
    assert.equal(asked.hasEnded, false);
  });
});
