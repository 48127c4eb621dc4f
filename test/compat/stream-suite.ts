// What createWebSocketStream does, event for event, over a server and a client of one implementation of `ws`. Each scene
// writes what it saw into a log; a test of the scene compares the log with what is expected, so that the reference proves
// the expectation, and every other pair of a stream and a WebSocket proves itself.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex, DuplexOptions } from "node:stream";
import { describe, test } from "node:test";
import type { WebSocket, WebSocketServer } from "ws";

export interface StreamImplementation {
  readonly name: string;
  readonly WebSocket: typeof WebSocket;
  readonly WebSocketServer: typeof WebSocketServer;
  createWebSocketStream(ws: WebSocket, options?: DuplexOptions): Duplex;
}

interface Stage {
  /** The client's end, connecting or connected, and a stream over it. */
  readonly client: WebSocket;
  readonly stream: Duplex;
  /** The server's end, when it is connected. */
  readonly peer: Promise<WebSocket>;
  /** What the stream and its connection did, in order. */
  readonly log: string[];
  readonly whenClosed: Promise<unknown>;
}

type Play = (stage: Stage) => Promise<unknown> | unknown;

function watch(stream: Duplex, client: WebSocket): string[] {
  const log: string[] = [];
  client.on("open", () => log.push("ws open"));
  client.on("error", (error: Error) => log.push(`ws error ${error.message}`));
  client.on("close", (code: number) => log.push(`ws close ${code}`));
  for (const event of ["end", "finish", "prefinish", "close", "drain"])
    stream.on(event, () => log.push(`${event} destroyed=${stream.destroyed}`));
  stream.on("error", (error: Error) => log.push(`error ${error.message} destroyed=${stream.destroyed}`));
  return log;
}

async function perform(of: StreamImplementation, options: DuplexOptions | undefined, play: Play) {
  const server = new of.WebSocketServer({ port: 0, host: "127.0.0.1" });
  await once(server, "listening");
  const peer = once(server, "connection").then(([ws]) => ws as WebSocket);
  const client = new of.WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const stream = of.createWebSocketStream(client, options);
  const log = watch(stream, client);
  try {
    await play({ client, stream, peer, log, whenClosed: onceClosed(stream) });
  } finally {
    client.on("error", () => {});
    client.terminate();
    for (const ws of server.clients) ws.terminate();
    await new Promise((resolve) => server.close(resolve));
  }
  return log;
}

/** An error is an event of the log here, not an end of the wait. */
function onceClosed(stream: Duplex): Promise<void> {
  return new Promise((resolve) => {
    stream.once("close", resolve);
  });
}

export function testStreams(of: StreamImplementation): void {
  const scene = (sentence: string, play: Play, expected: string[], options?: DuplexOptions) =>
    test(`${of.name}: ${sentence}`, async () => assert.deepEqual(await perform(of, options, play), expected));

  describe(`the stream of ${of.name}`, () => {
    testLife(scene);
    testData(of, scene);
    testFailures(of, scene);
  });
}

type Scene = (sentence: string, play: Play, expected: string[], options?: DuplexOptions) => void;

const ended = ["end destroyed=true", "close destroyed=true"];

function testLife(scene: Scene): void {
  scene(
    "end closes the connection, and close follows its close",
    async ({ stream, whenClosed }) => {
      stream.resume();
      stream.end();
      await whenClosed;
    },
    ["ws open", "prefinish destroyed=false", "finish destroyed=false", "ws close 1005", ...ended],
  );

  scene(
    "the peer's close ends both sides",
    async ({ stream, peer, whenClosed }) => {
      stream.resume();
      (await peer).close(1000);
      await whenClosed;
    },
    ["ws open", "ws close 1000", "end destroyed=false", "prefinish destroyed=false"].concat([
      "finish destroyed=true",
      "close destroyed=true",
    ]),
    { allowHalfOpen: false },
  );

  scene(
    "the peer's close leaves a half-open stream to be ended",
    async ({ stream, peer, log, whenClosed }) => {
      stream.resume();
      (await peer).close(1000);
      await once(stream, "end");
      log.push("ends");
      stream.end();
      await whenClosed;
    },
    ["ws open", "ws close 1000", "end destroyed=false", "ends", "prefinish destroyed=false"].concat([
      "finish destroyed=true",
      "close destroyed=true",
    ]),
  );

  scene(
    "destroy terminates the connection",
    async ({ client, stream, whenClosed }) => {
      await once(client, "open");
      stream.destroy();
      await whenClosed;
    },
    ["ws open", "ws close 1006", "close destroyed=true"],
  );

  scene(
    "destroy with an error terminates the connection and hands the error out",
    async ({ client, stream, whenClosed }) => {
      await once(client, "open");
      stream.destroy(new Error("enough"));
      await whenClosed;
    },
    ["ws open", "ws close 1006", "error enough destroyed=true", "close destroyed=true"],
  );

  scene(
    "destroy before the connection is open ends the handshake",
    async ({ stream, whenClosed }) => {
      stream.destroy();
      await whenClosed;
    },
    [
      "ws error WebSocket was closed before the connection was established",
      "ws close 1006",
      "error WebSocket was closed before the connection was established destroyed=true",
      "close destroyed=true",
    ],
  );

  scene(
    "destroy after the connection is closed emits close by itself",
    async ({ client, stream, whenClosed }) => {
      await once(client, "open");
      client.terminate();
      await once(client, "close");
      stream.destroy();
      await whenClosed;
    },
    ["ws open", "ws close 1006", "close destroyed=true"],
  );
}

function testData(of: StreamImplementation, scene: Scene): void {
  const heard = async ({ stream, log }: Stage, count: number) => {
    let heardOf = 0;
    await new Promise<void>((resolve) => {
      stream.on("data", (chunk: unknown) => {
        log.push(`data ${typeof chunk} ${String(chunk)}`);
        if (++heardOf === count) resolve();
      });
    });
  };

  scene(
    "messages are chunks of bytes",
    async (stage) => {
      const peer = await stage.peer;
      peer.send("text");
      peer.send(Buffer.from("bytes"));
      await heard(stage, 2);
    },
    ["ws open", "data object text", "data object bytes"],
  );

  scene(
    "with readableObjectMode text is a string, and an empty message a chunk",
    async (stage) => {
      const peer = await stage.peer;
      for (const message of ["text", "", Buffer.from("bytes")]) peer.send(message);
      await heard(stage, 3);
    },
    ["ws open", "data string text", "data string ", "data object bytes"],
    { readableObjectMode: true },
  );

  for (const decodeStrings of [true, false]) {
    test(`${of.name}: what is written before the connection is open is sent, decodeStrings ${decodeStrings}`, async () => {
      const got: string[] = [];
      await perform(of, { decodeStrings }, async ({ stream, peer }) => {
        stream.write("text");
        stream.write(Buffer.from("bytes"));
        stream.end();
        stream.resume();
        const server = await peer;
        server.on("message", (data, isBinary) => got.push(`${isBinary} ${data}`));
        await once(server, "close");
      });
      assert.deepEqual(got, [`${decodeStrings} text`, "true bytes"]);
    });
  }

  test(`${of.name}: a reader that lags pauses the connection, and one that reads on resumes it`, async () => {
    await perform(of, { readableHighWaterMark: 4 }, async ({ client, stream, peer }) => {
      (await peer).send("12345678");
      await once(stream, "readable");
      assert.equal(client.isPaused, true);
      assert.equal(String(stream.read()), "12345678");
      assert.equal(client.isPaused, false);
      (await peer).send("9");
      await once(stream, "readable");
      assert.equal(String(stream.read()), "9");
    });
  });

  test(`${of.name}: the options that would break it are overruled`, async () => {
    const options = { objectMode: true, autoDestroy: true, emitClose: true, write: assert.fail };
    await perform(of, options, async ({ stream, peer }) => {
      assert.deepEqual([stream.readableObjectMode, stream.writableObjectMode], [false, false]);
      stream.write("a");
      const [data] = await once(await peer, "message");
      assert.equal(String(data), "a");
    });
  });
}

function testFailures(of: StreamImplementation, scene: Scene): void {
  scene(
    "a broken rule is the stream's error, and the Close frame still leaves",
    async ({ peer, log, whenClosed }) => {
      const server = await peer;
      const closed = once(server, "close");
      const socket = Reflect.get(server, "_socket") as Duplex;
      socket.write(Buffer.from([0x85, 0x00]));
      await whenClosed;
      log.push(`peer saw ${(await closed)[0]}`);
    },
    [
      "ws open",
      "ws error Invalid WebSocket frame: invalid opcode 5",
      "ws close 1006",
      "error Invalid WebSocket frame: invalid opcode 5 destroyed=true",
      "close destroyed=true",
      "peer saw 1002",
    ],
  );

  scene(
    "a chunk that cannot be sent destroys it, with the error in the callback and as event",
    async ({ client, stream, log, whenClosed }) => {
      await once(client, "open");
      client.close();
      stream.write("late", (error) => log.push(`written ${error?.message}`));
      await whenClosed;
    },
    [
      "ws open",
      "written WebSocket is not open: readyState 2 (CLOSING)",
      "error WebSocket is not open: readyState 2 (CLOSING) destroyed=true",
      "ws close 1006",
      "close destroyed=true",
    ],
  );

  test(`${of.name}: a failed handshake is the stream's error, also when it was ended`, async () => {
    const server = createServer((_request, response) => response.writeHead(404).end());
    server.on("upgrade", (_request, socket) => socket.end("HTTP/1.1 401 Unauthorized\r\n\r\n"));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const client = new of.WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const stream = of.createWebSocketStream(client);
    const log = watch(stream, client);
    const closed = onceClosed(stream);
    stream.end();
    await closed;
    server.close();
    assert.deepEqual(log, [
      "ws error Unexpected server response: 401",
      "ws close 1006",
      "error Unexpected server response: 401 destroyed=true",
      "close destroyed=true",
    ]);
  });
}
