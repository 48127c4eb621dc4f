// The peer itself: what measures others is first measured by the examples of the RFC.

import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { describe, test } from "node:test";
import { binary, continuation, encodeFrame, FrameReader, ping, pong, text } from "../support/wire-frame.js";
import { WirePeer } from "../support/wire-peer.js";
import { describeFrame } from "./wire-case.js";

/** The examples of RFC 6455 §5.7. */
const key = [0x37, 0xfa, 0x21, 0x3d];
const examples = [
  { frame: text("Hello"), maskKey: undefined, hex: "810548656c6c6f" },
  { frame: text("Hello"), maskKey: key, hex: "818537fa213d7f9f4d5158" },
  { frame: text("Hel", { fin: false }), maskKey: undefined, hex: "010348656c" },
  { frame: continuation("lo"), maskKey: undefined, hex: "80026c6f" },
  { frame: ping("Hello"), maskKey: undefined, hex: "890548656c6c6f" },
  { frame: pong("Hello"), maskKey: key, hex: "8a8537fa213d7f9f4d5158" },
  { frame: binary(Buffer.alloc(256)), maskKey: undefined, hex: `827e0100${"00".repeat(256)}` },
  {
    frame: binary(Buffer.alloc(65_536)),
    maskKey: undefined,
    hex: `827f0000000000010000${"00".repeat(65_536)}`,
  },
];

describe("the conformance peer", () => {
  test("writes the examples of RFC 6455 §5.7", () => {
    for (const { frame, maskKey, hex } of examples) {
      assert.ok(encodeFrame(frame, maskKey).toString("hex") === hex, hex.slice(0, 40));
    }
  });

  test("reads the examples of RFC 6455 §5.7 in pieces of any size", () => {
    const bytes = Buffer.from(examples.map(({ hex }) => hex).join(""), "hex");
    for (const size of [1, 2, 3, 1000, bytes.length]) {
      const reader = new FrameReader();
      const read: string[] = [];
      for (let at = 0; at < bytes.length; at += size) {
        reader.push(bytes.subarray(at, at + size));
        for (let each = reader.next(); each !== undefined; each = reader.next())
          read.push(describeFrame(each));
      }
      assert.deepEqual(
        read,
        examples.map(({ frame }) => describeFrame(frame)),
      );
      assert.equal(reader.pendingBytes, 0);
    }
  });

  test("does not read a length that takes more bits than it needs", () => {
    for (const hex of ["827e007d", "827f000000000000ffff"]) {
      const reader = new FrameReader();
      reader.push(Buffer.from(hex, "hex"));
      assert.throws(() => reader.next(), /takes (16|64) bits/);
    }
  });

  test("sends pieces that are read one by one", { timeout: 10_000 }, async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const accepted = once(server, "connection") as Promise<[Socket]>;
    const peer = new WirePeer(connect((server.address() as AddressInfo).port, "127.0.0.1"), "server");
    const [socket] = await accepted;
    const sizes: number[] = [];
    socket.on("data", (chunk: Buffer) => sizes.push(chunk.length));
    await peer.send([text("Hello")], 1);
    await peer.send([text("Hello"), text("")], "frame by frame");
    await peer.send([text("Hello"), text("")], "together");
    peer.end();
    await once(socket, "end");
    socket.destroy();
    server.close();
    assert.deepEqual(sizes, [1, 1, 1, 1, 1, 1, 1, 7, 2, 9]);
  });
});
