import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ClosedError, connect, StateError, type WebSocketMessage } from "sluice";
import { startRawServer } from "../support/raw-server.js";
import { echo, firstCall, startServer } from "../support/sluice-server.js";

describe("iterating", () => {
  test("loses nothing that came before, and what one loop has left another takes", async (t) => {
    const { url } = await startServer(t, {
      open(ws) {
        for (let i = 0; i < 10; i++) ws.send(String(i));
      },
    });
    const ws = await connect(url);
    const seen: unknown[] = [];
    for await (const message of ws) {
      seen.push(message);
      if (seen.length === 3) break;
    }
    for await (const message of ws) {
      seen.push(message);
      if (seen.length === 10) break;
    }
    assert.deepEqual(
      seen,
      Array.from({ length: 10 }, (_, i) => String(i)),
    );
    assert.equal((await ws.closed).closedFirstBy, "us");
  });

  test("leaving the loop closes with 1000", async (t) => {
    const closed = firstCall<[unknown, number]>();
    const { url } = await startServer(t, { ...echo, close: closed.handler });
    const ws = await connect(url);
    ws.send("x");
    for await (const _ of ws) break;
    assert.equal((await closed.called)[1], 1000);
  });

  test("ends normally after a clean close, whoever began it", async (t) => {
    const { url } = await startServer(t, {
      message(ws) {
        ws.send("last");
        void ws.close(1000, "done");
      },
    });
    const ws = await connect(url);
    ws.send("x");
    const seen: WebSocketMessage[] = [];
    for await (const message of ws.messages()) seen.push(message);
    assert.deepEqual(seen, [
      { type: "text", data: "last" },
      { type: "close", code: 1000, reason: "done" },
    ]);
  });

  test("ends with ClosedError 1006 when the connection is lost, after what had come", async (t) => {
    const server = await startRawServer(t);
    const opening = connect(server.url);
    const peer = await server.acceptUpgrade();
    const ws = await opening;
    peer.sendFrame({ opcode: 1, payload: "last", isMasked: false });
    peer.socket.end();
    const seen: unknown[] = [];
    await assert.rejects(
      async () => {
        for await (const message of ws) seen.push(message);
      },
      (error) => {
        assert.ok(error instanceof ClosedError);
        assert.deepEqual([error.code, error.closeCode], ["CONNECTION_CLOSED", 1006]);
        return true;
      },
    );
    assert.deepEqual(seen, ["last"]);
  });

  test("messages() tells of pings, which were answered, and pongs", async (t) => {
    const server = await startRawServer(t);
    const opening = connect(server.url);
    const peer = await server.acceptUpgrade();
    const ws = await opening;
    const received = ws.messages();
    peer.sendFrame({ opcode: 9, payload: "ping", isMasked: false });
    peer.sendFrame({ opcode: 10, payload: "pong", isMasked: false });
    assert.deepEqual((await received.next()).value, {
      type: "ping",
      data: new Uint8Array(Buffer.from("ping")),
    });
    assert.deepEqual((await received.next()).value, {
      type: "pong",
      data: new Uint8Array(Buffer.from("pong")),
    });
    const answer = await peer.readFrame();
    assert.deepEqual([answer.opcode, answer.payload.toString(), answer.isMasked], [10, "ping", true]);
    ws.terminate();
  });

  test("a second consumer beside the first is a mistake of the caller's", async (t) => {
    const { url } = await startServer(t, echo);
    const ws = await connect(url);
    ws.listen({ message() {} });
    assert.throws(() => ws.messages(), StateError);
    assert.throws(() => ws.listen({}), StateError);
    await ws.close();
  });
});
