import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, test } from "node:test";
import {
  createMemoryPair,
  HandshakeStream,
  type Transport,
  toHandshakeStream,
} from "#src/transport/index.js";
import { turns } from "./recording-sink.js";

function open(): { stream: HandshakeStream; far: Transport; read: string[] } {
  const [near, far] = createMemoryPair();
  const stream = toHandshakeStream(near);
  assert.ok(stream instanceof HandshakeStream);
  const read: string[] = [];
  stream.on("data", (chunk: Buffer) => read.push(chunk.toString()));
  far.attach({ receive() {}, ended() {}, drained() {}, closed() {} });
  return { stream, far, read };
}

/** Whether Node's TLS would know by now that what was written has left: it is told in an immediate. */
function settling(stream: HandshakeStream, bytes: string): { isSettled: boolean } {
  const state = { isSettled: false };
  stream.write(bytes, () =>
    setImmediate(() => {
      state.isSettled = true;
    }),
  );
  return state;
}

describe("the stream of a TLS handshake", () => {
  test("hands on what comes when the write before it is settled, in order", async () => {
    const { stream, far, read } = open();
    const write = settling(stream, "flight");
    const seen: [string, boolean][] = [];
    stream.on("data", (chunk: Buffer) => seen.push([chunk.toString(), write.isSettled]));
    far.write(Buffer.from("an"));
    far.write(Buffer.from("swer"));
    await turns(3);
    assert.equal(read.join(""), "answer");
    assert.deepEqual(new Set(seen.map(([, isSettled]) => isSettled)), new Set([true]));
  });

  test("tells the end behind what waited", async () => {
    const { stream, far, read } = open();
    stream.write("flight");
    far.write(Buffer.from("answer"));
    far.end();
    await once(stream, "end");
    assert.deepEqual(read, ["answer"]);
  });

  test("waits for nothing when the handshake is complete", async () => {
    const { stream, far, read } = open();
    stream.write("flight");
    far.write(Buffer.from("answer"));
    stream.handshakeCompleted();
    stream.write("data");
    await turns(2);
    assert.deepEqual(read, ["answer"]);
    far.write(Buffer.from(" and more"));
    await turns(2);
    assert.equal(read.join(""), "answer and more");
  });

  test("drops what waits when it is destroyed", async () => {
    const { stream, far, read } = open();
    stream.write("flight");
    far.write(Buffer.from("answer"));
    stream.destroy();
    await once(stream, "close");
    await turns(3);
    assert.deepEqual(read, []);
  });
});
