// RFC 6455 §4.1, which the WebSockets Standard keeps: one attempt at a time to reach a host and a port.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { WebSocket, WebSocketStream } from "sluice";
import type { RawPeer } from "../support/raw-client.js";
import { type RawServer, startRawServer, switchingHead } from "../support/raw-server.js";
import { next, turn } from "../support/web-events.js";

/** Takes connections as they come. A list that stays short shows that nobody has dialled. */
function acceptInto(server: RawServer, count: number): RawPeer[] {
  const peers: RawPeer[] = [];
  const accept = async (): Promise<void> => {
    while (peers.length < count) peers.push(await server.accept());
  };
  void accept();
  return peers;
}

/** Whoever wanted to dial on this machine would have been seen by then. */
async function turns(): Promise<void> {
  for (let i = 0; i < 20; i++) await turn();
}

async function until(isReached: () => boolean): Promise<void> {
  while (!isReached()) await turn();
}

async function admit(peer: RawPeer): Promise<string> {
  const head = await peer.readHead();
  peer.write(switchingHead(head));
  return head.startLine;
}

function endAll(sockets: readonly (WebSocket | WebSocketStream)[]): void {
  for (const socket of sockets) socket.close();
}

describe("WebSockets to one host", () => {
  test("are established one after the other, in the order in which they were made", async (t) => {
    const server = await startRawServer(t);
    const peers = acceptInto(server, 3);
    const first = new WebSocket(`${server.url}1`);
    const second = new WebSocketStream(`${server.url}2`);
    const third = new WebSocket(`${server.url}3`);
    const order: string[] = [];
    for (let i = 0; i < 3; i++) {
      await until(() => peers.length > i);
      await turns();
      assert.equal(peers.length, i + 1);
      order.push(await admit(peers[i]));
    }
    assert.deepEqual(order, ["GET /1 HTTP/1.1", "GET /2 HTTP/1.1", "GET /3 HTTP/1.1"]);
    await next(third, "open");
    endAll([first, second, third]);
  });

  test("do not wait for one that has failed, nor for one that was closed while it waited", async (t) => {
    const server = await startRawServer(t);
    const peers = acceptInto(server, 2);
    const [failing, closed, open] = [1, 2, 3].map((path) => new WebSocket(`${server.url}${path}`));
    await until(() => peers.length > 0);
    const over = next(closed, "close");
    closed.close();
    await over;
    assert.equal(peers.length, 1);
    const failed = next(failing, "close");
    peers[0].write("no HTTP\r\n\r\n");
    await failed;
    await until(() => peers.length > 1);
    assert.equal(await admit(peers[1]), "GET /3 HTTP/1.1");
    await next(open, "open");
    endAll([open]);
  });

  for (const [where, way] of [
    ["in its opening handshake", {}],
    ["in the look-up of its name", { lookup: () => {} }],
    ["in a connection of the caller's own", { createConnection: () => new Promise<never>(() => {}) }],
  ] as const) {
    test(`wait for one that is stuck ${where} until its deadline, and no longer`, async (t) => {
      const server = await startRawServer(t);
      const url = `ws://localhost:${server.port}/`;
      const stuck = new WebSocket(`${url}stuck`, { ...way, handshakeTimeoutMs: 200 });
      const second = new WebSocket(`${url}second`);
      const third = new WebSocketStream(`${url}third`);
      const { message } = await next(stuck, "error");
      assert.equal(message, "the connection was not open within 200 ms (handshakeTimeoutMs)");
      if (where === "in its opening handshake") await server.accept();
      assert.equal(await admit(await server.accept()), "GET /second HTTP/1.1");
      assert.equal(await admit(await server.accept()), "GET /third HTTP/1.1");
      await third.opened;
      endAll([second, third]);
    });
  }

  test("have as long as their deadline says from their turn on", async (t) => {
    const server = await startRawServer(t);
    const ended: string[] = [];
    const sockets = [300, 100].map((ms) => new WebSocket(server.url, { handshakeTimeoutMs: ms }));
    await Promise.all(
      sockets.map((socket) => next(socket, "error").then(({ message }) => ended.push(message))),
    );
    const late = (ms: number) => `the connection was not open within ${ms} ms (handshakeTimeoutMs)`;
    assert.deepEqual(ended, [late(300), late(100)]);
  });

  test("are all dialled at once when they are told to", async (t) => {
    const server = await startRawServer(t);
    const peers = acceptInto(server, 3);
    const options = { connectInTurn: false };
    const sockets = [
      new WebSocket(server.url),
      new WebSocket(server.url, options),
      new WebSocketStream(server.url, options),
    ];
    await until(() => peers.length === 3);
    endAll(sockets);
  });

  test("do not wait for those to another port", async (t) => {
    const servers = [await startRawServer(t), await startRawServer(t)];
    const sockets = servers.map(({ url }) => new WebSocket(url));
    await Promise.all(servers.map((server) => server.accept()));
    endAll(sockets);
  });
});
