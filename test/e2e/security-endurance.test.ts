// Peers that crash, flood, drip and vanish. What must hold: the process lives, memory is bounded, and others are served.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { deflateRawSync } from "node:zlib";
import { connect } from "sluice";
import { startProcess } from "../support/outside-process.js";
import { projectPath } from "../support/paths.js";
import { openRaw } from "../support/raw-client.js";
import { echo, firstCall, nextMessage, startServer } from "../support/sluice-server.js";
import { upgradeHead, wireFrame } from "../support/wire.js";

/** Bytes of memory outside and inside the heap that the run has added. */
async function growthOf(run: () => Promise<void>): Promise<number> {
  const total = (): number => {
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const before = total();
  await run();
  return total() - before;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("a process survives", () => {
  test("a thousand resets: while connecting, after the head, in the middle of a frame", async (t) => {
    const { port, url, server } = await startServer(t, { ...echo, request: () => ({ body: "x" }) });
    const openings = [
      "",
      "GET / HT",
      upgradeHead(),
      Buffer.concat([
        Buffer.from(upgradeHead()),
        wireFrame({ opcode: 2, payload: Buffer.alloc(1000) }).subarray(0, 500),
      ]),
      "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    ];
    for (let i = 0; i < 1000; i += 50) {
      await Promise.all(
        Array.from({ length: 50 }, async (_, j) => {
          const peer = await openRaw(t, { port });
          peer.write(openings[(i + j) % openings.length]);
          if (j % 2 === 0) await turn();
          peer.socket.resetAndDestroy();
        }),
      );
    }
    const ws = await connect(url);
    ws.send("x");
    assert.equal(await nextMessage(ws), "x");
    await ws.close();
    while (server.connections.size > 0) await turn();
  });

  test("a reset while it sends", async (t) => {
    const closed = firstCall<[unknown, number]>();
    const { port, url, server } = await startServer(
      t,
      { close: closed.handler },
      { maxBufferedBytes: Infinity },
    );
    const peer = await openRaw(t, { port });
    await peer.upgrade();
    peer.socket.pause();
    const [ws] = server.connections;
    for (let i = 0; i < 100; i++) ws.send(new Uint8Array(100_000));
    peer.socket.resetAndDestroy();
    assert.equal((await closed.called)[1], 1006);
    assert.equal(ws.send("x"), "dropped");
    await (await connect(url)).close();
  });

  test("a peer that leaves in the middle of a message: nothing of it is delivered", async (t) => {
    const closed = firstCall<[unknown, number]>();
    const received: unknown[] = [];
    const { port } = await startServer(t, {
      message: (_ws, data) => void received.push(data),
      close: closed.handler,
    });
    const peer = await openRaw(t, { port });
    await peer.upgrade();
    peer.sendFrame({ opcode: 1, fin: false, payload: "half" });
    peer.write(wireFrame({ opcode: 0, payload: "of a message" }).subarray(0, 8));
    peer.socket.end();
    assert.equal((await closed.called)[1], 1006);
    assert.deepEqual(received, []);
  });
});

describe("memory is bounded", () => {
  test("under a message of one-byte fragments", async (t) => {
    const { port, server } = await startServer(t, {});
    const peer = await openRaw(t, { port });
    await peer.upgrade();
    const fragments = [wireFrame({ opcode: 2, fin: false, payload: "x" })];
    for (let i = 0; i < 16_000; i++) fragments.push(wireFrame({ opcode: 0, fin: false, payload: "x" }));
    const bytes = Buffer.concat(fragments);
    const growth = await growthOf(async () => {
      peer.write(bytes);
      peer.sendFrame({ opcode: 9 });
      await peer.readFrame();
    });
    assert.ok(growth < 8_000_000, `${growth} bytes for 16 000 bytes of message`);
    assert.equal(server.metrics().peerErrors, 0);
  });

  test("under frames that arrive byte by byte", async (t) => {
    const { port } = await startServer(t, echo);
    const peer = await openRaw(t, { port });
    await peer.upgrade();
    peer.socket.setNoDelay(true);
    for (const byte of wireFrame({ opcode: 1, payload: "y".repeat(300) })) {
      await new Promise((resolve) => peer.socket.write(Uint8Array.of(byte), resolve));
    }
    assert.equal((await peer.readFrame()).payload.toString(), "y".repeat(300));
  });

  test("under a bomb of a gibibyte of zeros, whole and in fragments", async (t) => {
    // One chunk's compressed form repeats: zeros compress to the same block over and over.
    const chunk = deflateRawSync(Buffer.alloc(16_777_216), { finishFlush: 2 });
    const bomb = Buffer.concat(Array.from({ length: 64 }, () => chunk));
    const extension = { "Sec-WebSocket-Extensions": "permessage-deflate" };
    const { port } = await startServer(t, {}, { compression: true });
    for (const isFragmented of [false, true]) {
      const peer = await openRaw(t, { port });
      await peer.upgrade(extension);
      const half = bomb.length >> 1;
      const frames = isFragmented
        ? [
            wireFrame({ opcode: 2, rsv: 0x40, fin: false, payload: bomb.subarray(0, half) }),
            wireFrame({ opcode: 0, payload: bomb.subarray(half) }),
          ]
        : [wireFrame({ opcode: 2, rsv: 0x40, payload: bomb })];
      const growth = await growthOf(async () => {
        peer.write(Buffer.concat(frames));
        assert.equal((await peer.readClose()).code, 1009);
      });
      assert.ok(growth < 64_000_000, `${growth} bytes`);
      peer.socket.end();
    }
  });

  test("under announced lengths that never come: nothing is set aside for them", async (t) => {
    const { port, server } = await startServer(t, {}, { maxMessageBytes: Infinity });
    const growth = await growthOf(async () => {
      for (let i = 0; i < 50; i++) {
        const peer = await openRaw(t, { port });
        await peer.upgrade();
        peer.write(wireFrame({ opcode: 2, claimedLength: 1_000_000_000n, payload: "begin" }));
      }
      await (await connect(`ws://127.0.0.1:${port}`)).close();
    });
    assert.equal(server.connections.size >= 50, true);
    assert.ok(growth < 64_000_000, `${growth} bytes for 50 connections`);
  });

  test("under a flood of pings to a server whose pongs are not read", async (t) => {
    const { port, server } = await startServer(t, {});
    const peer = await openRaw(t, { port });
    await peer.upgrade();
    peer.socket.pause();
    const pings = Buffer.concat(
      Array.from({ length: 1000 }, () => wireFrame({ opcode: 9, payload: Buffer.alloc(125) })),
    );
    const growth = await growthOf(async () => {
      for (let i = 0; i < 100; i++) peer.write(pings);
      while (server.metrics().pingsReceived < 100_000) await turn();
    });
    const [ws] = server.connections;
    assert.ok(ws.bufferedAmount < 1_048_576, `${ws.bufferedAmount} bytes of pongs wait`);
    assert.ok(growth < 64_000_000, `${growth} bytes`);
  });
});

/** Runs a program that uses the library and answers what it printed. */
function runProgram(t: Parameters<typeof startProcess>[0], redirection: string) {
  const program = projectPath("test/fixtures/echo-once.mjs");
  return startProcess(t, "/bin/sh", ["-c", `exec "${process.execPath}" "${program}" ${redirection}`]);
}

describe("the library never writes to the console", () => {
  for (const [what, redirection] of [
    ["closed", ">&- 2>&-"],
    ["a full disk", ">/dev/full 2>/dev/full"],
  ]) {
    test(`so that standard output which is ${what} does not matter`, async (t) => {
      const { status } = await runProgram(t, redirection).result;
      assert.equal(status, 0);
    });
  }

  test("whatever fails", async (t) => {
    const { status, stdout, stderr } = await runProgram(t, "").result;
    assert.deepEqual([status, stdout, stderr], [0, "", ""]);
  });
});
