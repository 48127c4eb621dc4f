import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { HeaderMap } from "#src/handshake/index.js";
import { framingOf } from "#src/proxy/response-body.js";
import { ResponsePass } from "#src/proxy/response-pass.js";
import { createMemoryPair, type Transport, TransportError } from "#src/transport/index.js";
import { VirtualClock } from "../../support/virtual-clock.js";
import { countedBytes, RecordingSink, turns } from "../transport/recording-sink.js";

interface Opened {
  readonly pass: ResponsePass;
  readonly clock: VirtualClock;
  readonly client: Transport;
  readonly clientSide: Transport;
  readonly upstream: Transport;
  readonly atClient: RecordingSink;
  /** The code of what went wrong, for each end. */
  readonly ends: (string | undefined)[];
  readonly failures: string[];
}

/** An answer without a length, or with one, that may pause for a second. */
function open(length?: number): Opened {
  const [client, clientSide] = createMemoryPair({ maxChunkBytes: 1000 });
  const [upstream, upstreamSide] = createMemoryPair();
  const clock = new VirtualClock();
  const ends: (string | undefined)[] = [];
  const failures: string[] = [];
  const headers = new HeaderMap(length === undefined ? [] : [["Content-Length", `${length}`]]);
  const pass = new ResponsePass({
    client: clientSide,
    upstream: upstreamSide,
    body: framingOf({ version: "1.1", status: 403, reason: "Forbidden", headers }).body,
    early: undefined,
    upstreamUrl: "ws://up.test",
    closeTimeoutMs: 1000,
    clock,
    failed: ({ code }) => failures.push(code),
    released: () => {},
    ended: (error) => ends.push((error as { code?: string } | undefined)?.code),
  });
  pass.start();
  const atClient = RecordingSink.attachedTo(client);
  upstream.attach(new RecordingSink());
  return { pass, clock, client, clientSide, upstream, atClient, ends, failures };
}

async function advance({ clock }: Opened, durationMs: number): Promise<void> {
  await turns();
  clock.advance(durationMs);
  await turns();
}

describe("an upstream's answer on its way to the client", () => {
  test("may take its client long, as long as some of it is taken", async () => {
    const opened = open(100_000);
    const { client, upstream, atClient, ends } = opened;
    atClient.onEvent = () => client.pause();
    upstream.write(countedBytes(100_000));
    let steps = 0;
    for (; atClient.byteLength < 100_000; steps++) {
      await advance(opened, 700);
      assert.deepEqual(ends, []);
      client.resume();
    }
    assert.ok(steps >= 100);
    client.end();
    await turns();
    assert.deepEqual(ends, [undefined]);
    assert.deepEqual(opened.failures, []);
    assert.equal(opened.clock.timerCount, 0);
  });

  test("is cut off for a client that takes nothing", async () => {
    const opened = open(100_000);
    opened.client.pause();
    opened.upstream.write(countedBytes(100_000));
    await advance(opened, 2000);
    assert.deepEqual([opened.ends, opened.failures], [["CLIENT_GONE"], []]);
  });

  test("is cut off where the upstream pauses, and the client is not behind", async () => {
    const opened = open(100_000);
    opened.upstream.write(countedBytes(50_000));
    await advance(opened, 900);
    assert.equal(opened.atClient.byteLength, 50_000);
    opened.upstream.write(countedBytes(5));
    await advance(opened, 900);
    assert.deepEqual(opened.ends, []);
    await advance(opened, 1000);
    assert.deepEqual([opened.ends, opened.failures], [["UPSTREAM_TIMED_OUT"], ["UPSTREAM_TIMED_OUT"]]);
  });

  test("goes on in small pieces for a client that has taken none of them yet", async () => {
    const opened = open();
    opened.client.pause();
    for (let i = 0; i < 20; i++) {
      opened.upstream.write(Buffer.from("hello"));
      await advance(opened, 500);
    }
    assert.deepEqual(opened.ends, []);
    opened.pass.destroy();
    await turns();
    assert.deepEqual(opened.ends, ["DRAIN_TIMED_OUT"]);
  });

  test("that never ends is cut off some time after the proxy has begun to close", async () => {
    const opened = open();
    const send = async (): Promise<void> => {
      opened.upstream.write(Buffer.from("more"));
      await advance(opened, 100);
    };
    for (let i = 0; i < 30; i++) await send();
    assert.deepEqual(opened.ends, []);
    opened.pass.close();
    for (let i = 0; i < 9; i++) await send();
    assert.deepEqual(opened.ends, []);
    opened.pass.close();
    await send();
    assert.deepEqual(opened.ends, ["DRAIN_TIMED_OUT"]);
    assert.deepEqual(opened.failures, []);
    assert.equal(opened.atClient.isClosed, true);
    assert.equal(opened.clock.timerCount, 0);
  });

  test("is cut short by a client that resets its connection, unless that has been given all of it", async () => {
    const reset = new TransportError("CONNECTION_RESET", "reset");
    const within = open(10);
    within.upstream.write(Buffer.from("hello"));
    await turns();
    within.clientSide.destroy(reset);
    await turns();
    const waiting = open(3000);
    waiting.client.pause();
    waiting.upstream.write(countedBytes(3000));
    await turns();
    waiting.clientSide.destroy(reset);
    await turns();
    const whole = open(3000);
    whole.upstream.write(countedBytes(3000));
    await turns();
    assert.equal(whole.atClient.byteLength, 3000);
    whole.clientSide.destroy(reset);
    await turns();
    assert.deepEqual(
      [within.ends, waiting.ends, whole.ends],
      [["CLIENT_GONE"], ["CLIENT_GONE"], [undefined]],
    );
    assert.deepEqual([...within.failures, ...waiting.failures, ...whole.failures], []);
  });

  test("that comes to its end while the proxy closes is whole", async () => {
    const opened = open(4);
    opened.pass.close();
    opened.upstream.write(Buffer.from("done"));
    await turns();
    opened.client.end();
    await turns();
    assert.deepEqual([opened.ends, opened.atClient.text], [[undefined], "done"]);
    assert.equal(opened.clock.timerCount, 0);
  });
});
