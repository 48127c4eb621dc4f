// What is left of a connection's secrets in our memory: of the lines that Node tells them in, of every copy that is made of
// them, and of what the kernel is given. The kernel of these tests does nothing with it.

import assert from "node:assert/strict";
import type { Duplex } from "node:stream";
import { describe, type TestContext, test } from "node:test";
import { kernelTls } from "#src/ktls/index.js";
import { RecordStream } from "#src/ktls/record-stream.js";
import type { TlsSuccessor } from "#src/transport/index.js";
import { ringLoop } from "#src/uring/index.js";
import { connectPair, missingRingTls } from "../../support/ring-tls.js";
import { RecordingSink } from "../transport/recording-sink.js";

/** The secrets that a handshake of TLS 1.3 is watched and handed over with. */
const labels = [
  "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
  "SERVER_HANDSHAKE_TRAFFIC_SECRET",
  "CLIENT_TRAFFIC_SECRET_0",
  "SERVER_TRAFFIC_SECRET_0",
] as const;

const EOPNOTSUPP = 95;

function isWiped(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

/** Keeps hold of everything that holds a secret. */
class Collector implements TlsSuccessor {
  readonly lines: Buffer[] = [];
  readonly copies: Buffer[] = [];
  readonly cryptoInfos: Uint8Array[] = [];
  readonly #secrets = new Set<string>();

  /** The kernel answers so when it is given keys. */
  constructor(t: TestContext, answer: number) {
    const from = Buffer.from.bind(Buffer) as (...args: unknown[]) => Buffer;
    t.mock.method(Buffer, "from", (...args: unknown[]) => {
      const bytes = from(...args);
      if (this.#secrets.has(bytes.toString("hex"))) this.copies.push(bytes);
      return bytes;
    });
    const loop = ringLoop();
    assert.ok(typeof loop !== "string");
    t.mock.method(loop.native, "socketSetBytes", (...[, , , value]: [number, number, number, Uint8Array]) => {
      if (Buffer.from("tls").equals(value)) return 0;
      assert.ok(!isWiped(value));
      this.cryptoInfos.push(value);
      return answer;
    });
  }

  streamFor = kernelTls.streamFor;
  succeed = kernelTls.succeed;

  keyLogged(stream: Duplex, line: Buffer): void {
    const [name, , secret] = line.toString("latin1").trimEnd().split(" ");
    this.#secrets.add(secret);
    this.lines.push(line);
    kernelTls.keyLogged(stream, line);
    const label = labels.find((known) => known === name);
    if (label === undefined) return;
    assert.ok(stream instanceof RecordStream);
    const kept = stream.watch.keyLog.get(label);
    assert.equal(kept?.toString("hex"), secret);
    if (!this.copies.includes(kept)) this.copies.push(kept);
  }

  get unwipedCopies(): number {
    return this.copies.filter((copy) => !isWiped(copy)).length;
  }
}

describe("the secrets of a connection", { skip: missingRingTls() }, () => {
  test("are wiped with the hand-over, but for those that the next keys come from, and these with its end", async (t) => {
    const collector = new Collector(t, 0);
    const pair = await connectPair(t, { successors: { client: collector, server: collector } });
    assert.deepEqual([pair[0].kind, pair[1].kind], ["uring+ktls", "uring+ktls"]);
    assert.ok(collector.lines.length >= 8, "four secrets of each end");
    assert.ok(collector.lines.every(isWiped));
    assert.equal(collector.cryptoInfos.length, 4);
    assert.ok(collector.cryptoInfos.every(isWiped));
    assert.ok(collector.copies.length >= 12, "four of each end, and two more for the kernel's keys");
    assert.equal(collector.unwipedCopies, 4, "each end's for both directions");
    for (const transport of pair) {
      const sink = RecordingSink.attachedTo(transport);
      transport.destroy();
      await sink.called("closed");
    }
    assert.equal(collector.unwipedCopies, 0);
  });

  test("are wiped when the kernel refuses them", async (t) => {
    const collector = new Collector(t, -EOPNOTSUPP);
    const pair = await connectPair(t, { successors: { client: collector, server: collector } });
    assert.deepEqual([pair[0].kind, pair[1].kind], ["uring+tls", "uring+tls"]);
    assert.ok(collector.lines.every(isWiped));
    assert.equal(collector.cryptoInfos.length, 2);
    assert.ok(collector.cryptoInfos.every(isWiped));
    assert.ok(collector.copies.length >= 12);
    assert.equal(collector.unwipedCopies, 0);
  });
});
