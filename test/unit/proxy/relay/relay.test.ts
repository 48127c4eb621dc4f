import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { decodeFrame, encodeFrame, Opcode } from "#src/protocol/index.js";
import type { ProxyError } from "#src/proxy/errors.js";
import { Relay } from "#src/proxy/relay/relay.js";
import { createMemoryPair, type Transport, TransportError } from "#src/transport/index.js";
import { VirtualClock } from "../../../support/virtual-clock.js";
import { RecordingSink, turns } from "../../transport/recording-sink.js";

interface Opening {
  idleTimeoutMs?: number;
  closeTimeoutMs?: number;
  isMetered?: boolean;
  /** What came behind the heads of request and response. */
  early?: [up?: Uint8Array, down?: Uint8Array];
}

interface Opened {
  readonly relay: Relay;
  /** The client's and the upstream's own ends. */
  readonly client: Transport;
  readonly upstream: Transport;
  readonly atClient: RecordingSink;
  readonly atUpstream: RecordingSink;
  readonly clock: VirtualClock;
  readonly ends: Relay[];
}

function open({
  idleTimeoutMs = Infinity,
  closeTimeoutMs = 1000,
  isMetered = true,
  early = [],
}: Opening = {}): Opened {
  const [client, clientSide] = createMemoryPair();
  const [upstream, upstreamSide] = createMemoryPair();
  const clock = new VirtualClock();
  const ends: Relay[] = [];
  const relay = new Relay({
    client: clientSide,
    upstream: upstreamSide,
    settings: { idleTimeoutMs, closeTimeoutMs, isMetered },
    clock,
    ended: (ended) => ends.push(ended),
  });
  relay.start(early[0], early[1]);
  const [atClient, atUpstream] = [client, upstream].map((transport) => RecordingSink.attachedTo(transport));
  return { relay, client, upstream, atClient, atUpstream, clock, ends };
}

const text = (payload: string): Uint8Array =>
  encodeFrame({ opcode: Opcode.TEXT, payload: Buffer.from(payload) });

describe("a relay", () => {
  test("passes bytes on in both directions, those that came early first", async () => {
    const [client, clientSide] = createMemoryPair();
    const [upstream, upstreamSide] = createMemoryPair();
    const relay = new Relay({
      client: clientSide,
      upstream: upstreamSide,
      settings: { idleTimeoutMs: Infinity, closeTimeoutMs: 1000, isMetered: false },
      clock: new VirtualClock(),
      ended: () => {},
    });
    client.write(Buffer.from("second"));
    relay.start(Buffer.from("first "), Buffer.from("early "));
    upstream.write(Buffer.from("late"));
    const [atClient, atUpstream] = [client, upstream].map((transport) => RecordingSink.attachedTo(transport));
    await Promise.all([atUpstream.received(12), atClient.received(10)]);
    assert.deepEqual([atUpstream.text, atClient.text], ["first second", "early late"]);
    assert.deepEqual([relay.up.bytes, relay.down.bytes], [12, 10]);
  });

  test("passes the end of one direction on and keeps the other open", async () => {
    const { client, upstream, atClient, atUpstream, ends } = open();
    client.write(Buffer.from("bye"));
    client.end();
    await atUpstream.called("ended");
    assert.equal(atUpstream.text, "bye");
    upstream.write(Buffer.from("still here"));
    await atClient.received(10);
    assert.equal(ends.length, 0);
    upstream.end();
    await Promise.all([atClient.called("closed"), atUpstream.called("closed")]);
    await turns();
    assert.equal(ends.length, 1);
    assert.equal(ends[0].endedFirstBy, "client");
    assert.equal(ends[0].error, undefined);
  });

  test("does not read a sender whose receiver is slow, and holds little until it is read again", async () => {
    const { relay, client, upstream, atUpstream } = open();
    upstream.pause();
    for (let i = 0; i < 100; i++) {
      client.write(new Uint8Array(65_536));
      await turns(2);
    }
    assert.ok(
      relay.up.bytes <= 5 * 65_536,
      `${relay.up.bytes} bytes were read for a receiver that reads nothing`,
    );
    upstream.resume();
    await atUpstream.received(100 * 65_536);
    assert.equal(relay.up.bytes, 100 * 65_536);
  });

  test("gives the other side what came before one is cut off, and then the end", async () => {
    const { client, upstream, atClient, ends } = open();
    upstream.write(Buffer.from("last words"));
    await atClient.received(10);
    upstream.destroy(new TransportError("CONNECTION_RESET", "gone"));
    await atClient.called("ended");
    assert.equal(atClient.text, "last words");
    client.end();
    await turns();
    assert.equal(ends.length, 1);
    assert.equal(ends[0].endedFirstBy, "upstream");
  });

  test("does not wait for ever for a side that does not end", async () => {
    const { client, atUpstream, clock, ends } = open({ closeTimeoutMs: 1000 });
    client.end();
    await atUpstream.called("ended");
    clock.advance(900);
    await turns();
    assert.equal(ends.length, 0);
    clock.advance(400);
    await turns();
    assert.equal(ends.length, 1);
  });

  test("does not wait for a side that goes on sending to one that is gone, or once both have closed", async () => {
    const gone = open({ closeTimeoutMs: 1000 });
    gone.upstream.destroy(new TransportError("CONNECTION_RESET", "gone"));
    await gone.atClient.called("ended");
    const payload = Uint8Array.of(0x03, 0xe8);
    const down = encodeFrame({ opcode: Opcode.CLOSE, payload });
    const up = encodeFrame({ opcode: Opcode.CLOSE, payload, mask: Uint8Array.of(1, 2, 3, 4) });
    const both = open({ closeTimeoutMs: 1000 });
    both.client.write(up);
    both.upstream.write(down);
    const fromTheStart = open({ closeTimeoutMs: 1000, early: [up, down] });
    await Promise.all(
      [both, fromTheStart].flatMap((to) => [to.atClient.received(4), to.atUpstream.received(8)]),
    );
    for (let i = 0; i < 6; i++) {
      for (const { client, clock } of [gone, both, fromTheStart]) {
        client.write(Buffer.from("!"));
        await turns();
        clock.advance(200);
        await turns();
      }
    }
    assert.deepEqual([gone.ends.length, both.ends.length, fromTheStart.ends.length], [1, 1, 1]);
  });

  test("ends when nothing passes for too long, and not while something does", async () => {
    const { client, atUpstream, clock, ends } = open({ idleTimeoutMs: 1000 });
    for (let i = 1; i <= 10; i++) {
      client.write(Buffer.from("."));
      await atUpstream.received(i);
      clock.advance(800);
      await turns();
    }
    assert.equal(ends.length, 0);
    clock.advance(1300);
    await turns();
    assert.deepEqual([ends.length, ends[0]?.isIdle, ends[0]?.endedFirstBy], [1, true, "proxy"]);
    assert.equal(clock.timerCount, 0);
  });

  test("says goodbye between two frames, and passes the client's answer on", async () => {
    const { relay, client, upstream, atClient, atUpstream, ends } = open();
    const whole = text("a message in two pieces");
    upstream.write(whole.slice(0, 10));
    await atClient.received(10);
    relay.close(1012, "restart");
    await turns();
    assert.equal(atClient.byteLength, 10, "nothing is put into a frame");
    const other = text("this came with it");
    upstream.write(Buffer.concat([whole.slice(10), other, text("this is too late").slice(0, 9)]));
    upstream.write(text("and so is this"));
    const passed = whole.length + other.length;
    await atClient.received(passed + 11);
    await turns();
    assert.equal(atClient.byteLength, passed + 11);
    const last = decodeFrame(Buffer.from(atClient.text.slice(passed), "latin1"));
    assert.ok(last !== undefined && !(last instanceof Error));
    assert.deepEqual(
      [
        last.frame.opcode,
        Buffer.from(last.frame.payload).readUInt16BE(),
        Buffer.from(last.frame.payload.slice(2)).toString(),
      ],
      [Opcode.CLOSE, 1012, "restart"],
    );
    client.write(Buffer.from("close"));
    await atUpstream.received(5);
    upstream.end();
    await atClient.called("ended");
    client.end();
    await turns();
    assert.equal(ends.length, 1);
    assert.equal(ends[0].endedFirstBy, "proxy");
  });

  test("says nothing where it cannot, or where the upstream has said it", async () => {
    const unmetered = open({ isMetered: false });
    unmetered.relay.close(1012, "");
    const garbled = open();
    garbled.upstream.write(Buffer.from("HTTP/1.1 200 OK\r\n\r\nno frames at all, as it seems"));
    await garbled.atClient.received(20);
    garbled.relay.close(1012, "");
    const closed = open();
    closed.upstream.write(encodeFrame({ opcode: Opcode.CLOSE, payload: Uint8Array.of(0x03, 0xe8) }));
    await closed.atClient.received(4);
    closed.relay.close(1012, "");
    await turns();
    assert.deepEqual([unmetered.atClient.byteLength, closed.atClient.byteLength], [0, 4]);
    assert.equal(garbled.atClient.text.endsWith("as it seems"), true);
  });

  test("notes who closed first, with which code, and how many messages passed", async () => {
    const { relay, client, upstream, atClient, atUpstream } = open();
    const mask = Uint8Array.of(1, 2, 3, 4);
    client.write(encodeFrame({ opcode: Opcode.TEXT, payload: Buffer.from("hi"), mask }));
    client.write(encodeFrame({ opcode: Opcode.CLOSE, payload: Uint8Array.of(0x0f, 0xa0), mask }));
    await atUpstream.received(16);
    upstream.write(encodeFrame({ opcode: Opcode.CLOSE, payload: Uint8Array.of(0x0f, 0xa0) }));
    upstream.end();
    await atClient.called("ended");
    assert.deepEqual(
      [relay.endedFirstBy, relay.up.meter?.closeCode, relay.up.meter?.messages, relay.down.meter?.messages],
      ["client", 4000, 1, 0],
    );
  });

  test("notes the code of whoever closed first, and none where a Close was torn off", async () => {
    const close = (code: number, mask?: Uint8Array): Uint8Array =>
      encodeFrame({ opcode: Opcode.CLOSE, payload: Uint8Array.of(code >> 8, code & 0xff), mask });
    const mask = Uint8Array.of(1, 2, 3, 4);
    const answered = open();
    const bytes = close(4001, mask);
    answered.client.write(bytes.subarray(0, 7));
    await answered.atUpstream.received(7);
    answered.client.write(bytes.subarray(7));
    await answered.atUpstream.received(8);
    answered.upstream.write(close(1000));
    await answered.atClient.received(4);
    const torn = open();
    torn.upstream.write(close(4001).subarray(0, 3));
    await torn.atClient.received(3);
    torn.upstream.destroy();
    torn.client.end();
    const told = open();
    told.relay.close(1012, "");
    await told.atClient.received(4);
    told.client.write(close(1000, mask));
    await told.atUpstream.received(8);
    await turns();
    assert.deepEqual(
      [answered, torn, told].map(({ relay: { passed } }) => [passed.closedBy, passed.closeCode]),
      [
        ["client", 4001],
        ["upstream", undefined],
        ["proxy", 1012],
      ],
    );
  });

  test("notes its own goodbye once it has said it, and says it once", async () => {
    const closeFrame = (code: number, mask?: Uint8Array): Uint8Array =>
      encodeFrame({ opcode: Opcode.CLOSE, payload: Uint8Array.of(code >> 8, code & 0xff), mask });
    const whole = text("a message in two pieces");
    const waiting = async (): Promise<Opened> => {
      const opened = open();
      opened.upstream.write(whole.slice(0, 10));
      await opened.atClient.received(10);
      opened.relay.close(1012, "");
      return opened;
    };
    const unsaid = await waiting();
    unsaid.relay.destroy();
    const overtaken = await waiting();
    overtaken.client.write(closeFrame(4001, Uint8Array.of(1, 2, 3, 4)));
    await overtaken.atUpstream.received(8);
    overtaken.relay.destroy();
    const said = await waiting();
    said.relay.close(1001, "");
    said.upstream.write(whole.slice(10));
    await said.atClient.received(whole.length + 4);
    said.relay.close(1001, "");
    await turns();
    assert.equal(said.atClient.byteLength, whole.length + 4);
    said.relay.destroy();
    const late = await waiting();
    late.upstream.write(Buffer.concat([whole.slice(10), closeFrame(4002)]));
    await late.atClient.received(whole.length + 4);
    late.relay.destroy();
    await turns();
    assert.equal(late.atClient.byteLength, whole.length + 4);
    const silent = open({ isMetered: false });
    silent.relay.close(1012, "");
    silent.client.destroy();
    await silent.atUpstream.called("ended");
    assert.deepEqual(
      [unsaid, overtaken, said, late, silent].map(({ relay: { passed } }) => [
        passed.closedBy,
        passed.closeCode,
      ]),
      [
        ["proxy", undefined],
        ["client", 4001],
        ["proxy", 1012],
        ["upstream", 4002],
        ["client", undefined],
      ],
    );
  });

  test("ends both sides at once when it is told to", async () => {
    const { relay, atClient, atUpstream, ends } = open();
    relay.destroy();
    await Promise.all([atClient.called("closed"), atUpstream.called("closed")]);
    await turns();
    assert.deepEqual([ends.length, ends[0].endedFirstBy], [1, "proxy"]);
    assert.equal((relay.error as ProxyError).code, "DRAIN_TIMED_OUT");
  });

  test("is not at fault where nothing but the end of TCP was still to come", async () => {
    const close = { opcode: Opcode.CLOSE, payload: Uint8Array.of(0x03, 0xe8) };
    const { relay, client, upstream, atClient, atUpstream } = open();
    upstream.write(encodeFrame(close));
    await atClient.received(4);
    client.write(encodeFrame({ ...close, mask: Uint8Array.of(1, 2, 3, 4) }));
    await atUpstream.received(8);
    relay.destroy();
    await atClient.called("closed");
    assert.equal(relay.error, undefined);
  });
});
