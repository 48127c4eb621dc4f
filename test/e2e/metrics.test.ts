import assert from "node:assert/strict";
import { test } from "node:test";
import { connect } from "sluice";
import { openRaw } from "../support/raw-client.js";
import { nextMessage, startServer } from "../support/sluice-server.js";

test("metrics count connections, messages, control frames, drops and errors", async (t) => {
  const { server, url, port } = await startServer(t, {
    upgrade: ({ pathname }) => pathname !== "/no",
    message(ws, data) {
      if (data === "fail") throw new Error("no");
      ws.send(data);
    },
  });
  assert.deepEqual(server.metrics(), {
    connections: 0,
    accepted: 0,
    refused: 0,
    messagesReceived: 0,
    messagesSent: 0,
    messagesDropped: 0,
    pingsReceived: 0,
    pongsReceived: 0,
    peerErrors: 0,
    handlerErrors: 0,
  });
  await assert.rejects(connect(`${url}/no`));
  const ws = await connect(url);
  ws.send("a");
  ws.send("b");
  await nextMessage(ws);
  await nextMessage(ws);
  await ws.ping();
  ws.pong();
  ws.send("fail");
  await ws.closed;
  const peer = await openRaw(t, { port });
  await peer.upgrade();
  const [served] = server.connections;
  peer.sendFrame({ opcode: 1, payload: "not masked", isMasked: false });
  await peer.readClose();
  assert.equal(served.send("x"), "dropped");
  peer.socket.end();
  await served.closed;
  assert.deepEqual(server.metrics(), {
    connections: 0,
    accepted: 2,
    refused: 1,
    messagesReceived: 3,
    messagesSent: 2,
    messagesDropped: 1,
    pingsReceived: 1,
    pongsReceived: 1,
    peerErrors: 1,
    handlerErrors: 1,
  });
});
