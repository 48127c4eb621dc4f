// Streams that are no plain sockets, and sockets with a write of somebody else's in front: whatever they run in the midst
// of a call, and however long they keep what they are given, messages arrive whole and in their order.

import assert from "node:assert/strict";
import { Duplex } from "node:stream";
import { compare } from "./implementations.js";
import { type After, connectPair, event, turn } from "./support/peers.js";
import type { CompatSocket, WsModule } from "./support/ws-module.js";

/** One end of a wire without delay: what is written is read by the other end before the write returns. */
class Wire extends Duplex {
  other: Wire | undefined;

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.other?.push(chunk);
    done();
  }
}

type Adopted = CompatSocket & { setSocket(socket: Duplex, head: Buffer, options: object): void };

/** A client and a server's end, on the two ends of such a wire. */
function wiredPair(t: After, module: WsModule): [CompatSocket, CompatSocket] {
  const wires = [new Wire(), new Wire()];
  [wires[0].other, wires[1].other] = [wires[1], wires[0]];
  const [client, peer] = wires.map((wire, i) => {
    const Class = module.WebSocket as unknown as new (...given: unknown[]) => Adopted;
    const socket = Object.assign(new Class(null, undefined, {}), { _isServer: i === 1 });
    t.after(() => socket.terminate());
    socket.setSocket(wire, Buffer.alloc(0), {});
    return socket;
  });
  return [client, peer];
}

/** The number of the message, which fills all of it; undefined for one that is not whole. */
function numberOf(data: Buffer, sizes: readonly number[]): number | undefined {
  const number = data.readUInt32BE(0);
  const isWhole = data.length === sizes[number % sizes.length] && data.equals(messageOf(number, sizes));
  return isWhole ? number : undefined;
}

function messageOf(number: number, sizes: readonly number[]): Buffer {
  const word = Buffer.alloc(4);
  word.writeUInt32BE(number);
  return Buffer.alloc(sizes[number % sizes.length], word);
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

await compare("streams of other kinds", (module, check) => {
  for (const [kind, sizes] of [
    ["short", [8, 60, 400]],
    ["long", [20_000, 8, 70_000]],
    ["mixed", [8, 20_000, 400, 70_000, 4000]],
  ] as const) {
    check(`answer within the write itself, and ${kind} messages stay in their order`, async (t) => {
      const ends = wiredPair(t, module);
      const count = 200;
      const heard: (number | undefined)[][] = [[], []];
      const told: number[][] = [[], []];
      const sent = [0, 0];
      const send = (end: number, messages: number) => {
        for (let i = 0; i < messages && sent[end] < count; i++) {
          const number = sent[end]++;
          ends[end].send(messageOf(number, sizes), () => told[end].push(number));
        }
      };
      for (const end of [0, 1]) {
        ends[end].on("message", (data: Buffer) => {
          heard[end].push(numberOf(data, sizes));
          send(end, 1 + (heard[end].length % 3));
          // What is buffered is handed over at once by whoever asks.
          assert.ok(ends[end].bufferedAmount >= 0);
        });
      }
      for (const end of [0, 1]) send(end, 5);
      while (sent[0] < count || sent[1] < count || heard[0].length + heard[1].length < 2 * count)
        await turn();
      await turn();
      for (const end of [0, 1]) {
        assert.deepEqual(heard[end], upTo(count));
        assert.deepEqual(told[end], upTo(count));
      }
    });
  }
});

await compare("a stream that throws when it is written to", (module, check) => {
  check("has its error thrown by send, and the connection stays open", async (t) => {
    const [client, peer] = wiredPair(t, module);
    const { _socket: wire } = client;
    const write = wire._write;
    wire._write = () => {
      throw new Error("no room on this wire");
    };
    assert.throws(() => client.send("a"), /no room on this wire/);
    wire._write = write;
    await turn();
    assert.equal(peer.readyState, 1);
  });
});

await compare("a socket's write, replaced", (module, check) => {
  check("by one that waits: every message leaves as it was sent", async (t) => {
    const { client, peer } = await connectPair(t, module);
    const { _socket: socket } = peer;
    const write = socket.write;
    const waiting: (() => void)[] = [];
    socket.write = ((...given: Parameters<typeof write>) => {
      waiting.push(() => write.apply(socket, given));
      return true;
    }) as typeof write;
    const sizes = [60, 8, 400];
    const heard: (number | undefined)[] = [];
    client.on("message", (data: Buffer) => heard.push(numberOf(data, sizes)));
    for (const number of upTo(12)) {
      peer.send(messageOf(number, sizes));
      await turn();
    }
    for (const writeOne of waiting) writeOne();
    socket.write = write;
    const ended = event(client, "close");
    peer.close();
    await ended;
    assert.deepEqual(heard, upTo(12));
  });
});
