import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { HttpConnection, MAX_DRAINED_BYTES, type Turn } from "#src/server/http-connection.js";
import { RequestBody } from "#src/server/request-body.js";
import { complete, makeRequest, RecordingStream, settle } from "./http-parts.js";

const CLOSE_TIMEOUT_MS = 1000;

class RecordingTurn implements Turn {
  done: (() => void) | undefined;
  isDropped = false;
  faults: number[] = [];
  readonly takesFaults: boolean;

  constructor(takesFaults = false) {
    this.takesFaults = takesFaults;
  }

  begin(done: () => void): void {
    this.done = done;
  }

  drop(): void {
    this.isDropped = true;
  }

  interrupt(_error: Error, status: number): boolean {
    this.faults.push(status);
    return this.takesFaults;
  }
}

function open(t: TestContext) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const stream = new RecordingStream();
  const connection = new HttpConnection(stream, CLOSE_TIMEOUT_MS);
  stream.resume();
  const end = t.mock.method(stream, "end");
  return { stream, connection, hasEnded: () => end.mock.callCount() > 0 };
}

describe("turns", () => {
  test("are taken one after the other", (t) => {
    const { connection } = open(t);
    const turns = [new RecordingTurn(), new RecordingTurn(), new RecordingTurn()];
    for (const turn of turns) connection.take(turn);
    const begun = (): number => turns.filter(({ done }) => done !== undefined).length;
    assert.equal(begun(), 1);
    turns[0].done?.();
    assert.equal(begun(), 2);
    turns[1].done?.();
    assert.equal(begun(), 3);
    turns[2].done?.();
    const late = new RecordingTurn();
    connection.take(late);
    assert.ok(late.done);
  });

  test("that pile up stop the reading, however often Node resumes it", async (t) => {
    const { stream, connection } = open(t);
    const turns = Array.from({ length: 30 }, () => new RecordingTurn());
    for (const turn of turns) {
      connection.take(turn);
      stream.resume();
      await settle();
    }
    assert.equal(stream.isPaused(), true);
    for (const turn of turns.slice(0, 20)) turn.done?.();
    await settle();
    assert.equal(stream.isPaused(), false);
  });
});

test("what comes behind a last turn is left for whoever gets the stream", async (t) => {
  const { stream, connection } = open(t);
  const turns = Array.from({ length: 30 }, () => new RecordingTurn());
  for (const turn of turns.slice(0, -1)) connection.take(turn);
  connection.takeLast(turns[29]);
  stream.pause();
  for (const turn of turns.slice(0, -1)) turn.done?.();
  await settle();
  assert.ok(turns[29].done);
  assert.equal(stream.isPaused(), true);
});

describe("leaving", () => {
  test("ends our side at once, and all when the client has ended its own", async (t) => {
    const { stream, connection, hasEnded } = open(t);
    const turns = [new RecordingTurn(), new RecordingTurn()];
    for (const turn of turns) connection.take(turn);
    connection.leave();
    connection.leave();
    assert.equal(hasEnded(), true);
    assert.deepEqual(
      turns.map(({ isDropped }) => isDropped),
      [true, true],
    );
    turns[0].done?.();
    assert.equal(turns[1].done, undefined, "nothing more has its turn");
    const late = new RecordingTurn();
    connection.take(late);
    assert.equal(late.isDropped, true);
    stream.push("more");
    await settle();
    assert.equal(stream.destroyed, false);
    stream.push(null);
    await settle();
    assert.equal(stream.destroyed, true);
  });

  test("does not wait for the client for ever", (t) => {
    const { stream, connection } = open(t);
    connection.leave();
    t.mock.timers.tick(CLOSE_TIMEOUT_MS - 1);
    assert.equal(stream.destroyed, false);
    t.mock.timers.tick(1);
    assert.equal(stream.destroyed, true);
  });

  test("is what Node does when it has sent the last response", (t) => {
    const { stream, hasEnded } = open(t);
    (stream as { destroySoon?(): void }).destroySoon?.();
    assert.deepEqual([hasEnded(), stream.destroyed], [true, false]);
  });
});

describe("a body that is left behind an answer", () => {
  function leave(t: TestContext) {
    const opened = open(t);
    const message = makeRequest({ "Transfer-Encoding": "chunked" });
    opened.connection.drain(new RequestBody(message));
    return { ...opened, message };
  }

  test("is read on, and the connection with it", async (t) => {
    const { message, hasEnded, stream } = leave(t);
    message.push(Buffer.alloc(MAX_DRAINED_BYTES));
    complete(message);
    await settle();
    t.mock.timers.tick(10 * CLOSE_TIMEOUT_MS);
    assert.deepEqual([hasEnded(), stream.destroyed], [false, false]);
  });

  test("ends it when there is too much", async (t) => {
    const { message, hasEnded, stream } = leave(t);
    message.push(Buffer.alloc(MAX_DRAINED_BYTES));
    await settle();
    assert.equal(hasEnded(), false);
    message.push(Buffer.alloc(1));
    await settle();
    assert.equal(hasEnded(), true);
    message.push(Buffer.alloc(MAX_DRAINED_BYTES));
    await settle();
    assert.deepEqual([message.readableLength, stream.destroyed], [0, false]);
    t.mock.timers.tick(CLOSE_TIMEOUT_MS);
    assert.equal(stream.destroyed, true);
  });

  test("ends it when it takes too long", (t) => {
    const { hasEnded, stream } = leave(t);
    t.mock.timers.tick(CLOSE_TIMEOUT_MS);
    assert.deepEqual([hasEnded(), stream.destroyed], [true, false]);
    t.mock.timers.tick(CLOSE_TIMEOUT_MS);
    assert.equal(stream.destroyed, true);
  });

  test("ends it when it is malformed, or when the server closes", (t) => {
    for (const end of ["break", "close"] as const) {
      const { connection, hasEnded } = leave(t);
      if (end === "break") connection.break(new Error("no chunk"), 400);
      else connection.close();
      assert.equal(hasEnded(), true);
      t.mock.reset();
    }
  });
});

describe("what cannot be understood", () => {
  test("is answered when there is nothing before it", async (t) => {
    const { stream, connection, hasEnded } = open(t);
    connection.break(new Error("no request"), 431);
    connection.break(new Error("no request"), 400);
    await settle();
    assert.match(
      stream.written,
      /^HTTP\/1\.1 431 .*Connection: close\r\n\r\nRequest Header Fields Too Large\n$/s,
    );
    assert.equal(hasEnded(), true);
  });

  test("waits for what was asked before it, and nothing is read meanwhile", async (t) => {
    const { stream, connection } = open(t);
    const turn = new RecordingTurn();
    connection.take(turn);
    connection.break(new Error("no request"), 400);
    await settle();
    assert.deepEqual([stream.written, stream.isPaused()], ["", true]);
    const late = new RecordingTurn();
    connection.take(late);
    assert.equal(late.isDropped, true);
    turn.done?.();
    await settle();
    assert.match(stream.written, /^HTTP\/1\.1 400 /);
  });

  test("is its request's affair when that has not come to its end", async (t) => {
    const { stream, connection } = open(t);
    const turn = new RecordingTurn(true);
    connection.take(turn);
    connection.break(new Error("no chunk"), 400);
    turn.done?.();
    await settle();
    assert.deepEqual([turn.faults, stream.written], [[400], ""]);
  });

  test("is nobody's when the connection is being left", async (t) => {
    const { stream, connection } = open(t);
    connection.leave();
    connection.break(new Error("no request"), 400);
    await settle();
    assert.equal(stream.written, "");
  });
});

describe("silence", () => {
  test("ends a connection on which nothing is asked", (t) => {
    const { stream } = open(t);
    stream.emit("timeout");
    assert.equal(stream.destroyed, true);
  });

  test("is waited through while a handler takes its time", (t) => {
    const { stream, connection } = open(t);
    connection.take(new RecordingTurn());
    stream.emit("timeout");
    assert.equal(stream.destroyed, false);
  });

  test("ends a connection whose client takes nothing", (t) => {
    const { stream, connection } = open(t);
    connection.take(new RecordingTurn());
    stream.onWrite = () => {};
    stream.write("response");
    stream.emit("timeout");
    assert.equal(stream.destroyed, true);
  });

  test("ends a connection whose client has ended its side, after a while", async (t) => {
    const { stream, connection } = open(t);
    const timeouts: number[] = [];
    Object.assign(stream, { setTimeout: (ms: number) => timeouts.push(ms) });
    connection.take(new RecordingTurn());
    stream.push(null);
    await settle();
    assert.deepEqual([timeouts, stream.destroyed], [[CLOSE_TIMEOUT_MS], false]);
    stream.emit("timeout");
    assert.equal(stream.destroyed, true);
  });
});

test("a server that closes ends what is idle, and lets turns come to their end", (t) => {
  const idle = open(t);
  idle.connection.close();
  assert.equal(idle.stream.destroyed, true);
  t.mock.reset();
  const busy = open(t);
  busy.connection.take(new RecordingTurn());
  busy.connection.close();
  assert.equal(busy.stream.destroyed, false);
});

test("a stream that is released is as it was", async (t) => {
  const { stream, connection } = open(t);
  connection.drain(new RequestBody(makeRequest({ "Transfer-Encoding": "chunked" })));
  connection.release();
  t.mock.timers.tick(10 * CLOSE_TIMEOUT_MS);
  assert.equal("destroySoon" in stream, false);
  assert.deepEqual([stream.destroyed, stream.writableEnded], [false, false]);
  for (const event of ["error", "end", "resume", "timeout", "close"])
    assert.equal(stream.listenerCount(event), 0, event);
});
