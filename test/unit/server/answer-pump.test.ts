import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { StateError } from "#src/protocol/index.js";
import { answerBodyOf, type BodySource } from "#src/server/answer-body.js";
import { AnswerPump, isOver } from "#src/server/answer-pump.js";
import { makeResponse, settle } from "./http-parts.js";

interface Step {
  done?: boolean;
  value?: unknown;
}

/** A source that yields when it is told to. */
function manual() {
  const waiting: ((step: Step) => void)[] = [];
  const source: BodySource & { reasons: unknown[] } = {
    reasons: [],
    next: () => new Promise((resolve) => waiting.push(resolve)),
    cancel: (reason) => void source.reasons.push(reason),
  };
  const give = (value: unknown): void => waiting.shift()?.({ value });
  return { source, give, end: () => waiting.shift()?.({ done: true }), asked: () => waiting.length };
}

function pump(body: unknown, length?: number) {
  const content = "next" in (body as object) ? (body as BodySource) : answerBodyOf(body).content;
  const { response, stream } = makeResponse();
  const heads: boolean[] = [];
  const hook = (isWhole: boolean): void => void heads.push(isWhole);
  if (length !== undefined) response.setHeader("Content-Length", length);
  const running = new AnswerPump(content as BodySource, length, response, hook).run();
  return { response, stream, heads, running };
}

describe("a body in pieces", () => {
  test("that ends behind its first chunk says its length", async () => {
    const { stream, heads, running } = pump(["hello"]);
    await running;
    await settle();
    assert.match(stream.written, /Content-Length: 5\r\n/);
    assert.ok(stream.written.endsWith("\r\n\r\nhello"));
    assert.deepEqual(heads, [true]);
  });

  test("that is empty has no length", async () => {
    const { stream, running } = pump(["", new Uint8Array(0)]);
    await running;
    await settle();
    assert.match(stream.written, /Content-Length: 0\r\n.*\r\n\r\n$/s);
  });

  test("that has more is sent in chunks", async () => {
    const { stream, heads, running } = pump(["he", Buffer.from("llo")]);
    await running;
    await settle();
    assert.match(stream.written, /Transfer-Encoding: chunked\r\n/);
    // Node 26 makes one chunk of what is written in one turn.
    assert.match(stream.written, /\r\n\r\n(?:2\r\nhe\r\n3\r\nllo|5\r\nhello)\r\n0\r\n\r\n$/);
    assert.deepEqual(heads, [false]);
  });

  test("that takes its time does not hold back the head, nor the first chunk", async () => {
    const { source, give, end } = manual();
    const { stream, heads, running } = pump(source);
    await settle();
    assert.match(stream.written, /^HTTP\/1\.1 200 OK\r\n/);
    give("hello");
    await settle();
    assert.ok(stream.written.endsWith("5\r\nhello\r\n"));
    end();
    await running;
    assert.deepEqual(heads, [false]);
  });

  test("whose first chunk comes at once and the second one late: both are sent when they come", async () => {
    const { source, give, end } = manual();
    const { stream, running } = pump(source);
    give("a");
    await settle();
    assert.ok(stream.written.endsWith("1\r\na\r\n"));
    give("b");
    end();
    await settle();
    end();
    await running;
  });
});

describe("a body that is not what it should be", () => {
  test("rejects before anything is sent, when it fails at once", async () => {
    const failing = async function* () {
      yield "half";
      throw new Error("no more");
    };
    const { response, running } = pump(failing());
    await assert.rejects(running, /no more/);
    assert.equal(response.headersSent, false);
  });

  test("rejects for what is no chunk", async () => {
    await assert.rejects(pump([7]).running, StateError);
  });

  for (const [chunks, length] of [
    [["ab"], 3],
    [["ab"], 1],
    [["ab", "cd"], 3],
    [["ab", "cd"], 5],
    [["ab"], 0],
  ] as const) {
    test(`rejects when ${JSON.stringify(chunks)} was said to be ${length} bytes`, async () => {
      const { stream, running } = pump(chunks, length);
      await assert.rejects(running, /Content-Length/);
      await settle();
      const [, sent = ""] = stream.written.split("\r\n\r\n");
      assert.ok(sent.length <= length);
    });
  }
});

describe("a client", () => {
  test("that does not read is waited for", async () => {
    const { source, give, asked } = manual();
    const { response, stream } = pump(source);
    let proceed: () => void = () => {};
    stream.onWrite = (done) => {
      proceed = done;
    };
    give("x");
    await settle();
    give("x".repeat(200_000));
    await settle();
    assert.equal(asked(), 0, "nothing more is asked for");
    stream.onWrite = (done) => done();
    proceed();
    await settle();
    // What the socket tells its response, where there is one.
    response.emit("drain");
    await settle();
    assert.equal(asked(), 1);
  });

  test("that goes ends it, and the source hears of it", async () => {
    const { source, give } = manual();
    const { response, running } = pump(source);
    response.destroy();
    response.emit("close");
    assert.equal(source.reasons.length, 1);
    give("late");
    await running;
    assert.equal(isOver(response), true);
  });
});
