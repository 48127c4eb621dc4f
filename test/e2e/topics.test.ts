import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { connect, type DeflateOptions, StateError, type WebSocketConnection } from "sluice";
import { nextMessage, startServer } from "../support/sluice-server.js";

/** A server on which the path's topics are joined. */
const joining = {
  open(ws: WebSocketConnection): void {
    for (const topic of ws.request.pathname.slice(1).split("/")) ws.subscribe(topic);
    ws.send("ready");
  },
};

async function join(
  url: string,
  topics: string,
  options: Parameters<typeof connect>[1] = {},
): Promise<WebSocketConnection> {
  const ws = await connect(`${url}/${topics}`, options);
  assert.equal(await nextMessage(ws), "ready");
  return ws;
}

describe("topics", () => {
  test("a published message reaches every subscriber and nobody else", async (t) => {
    const { server, url } = await startServer(t, joining);
    const [a, both, b] = [await join(url, "a"), await join(url, "a/b"), await join(url, "b")];
    assert.equal(server.publish("a", "to a"), 2);
    assert.equal(server.publish("b", Uint8Array.of(1)), 2);
    assert.equal(server.publish("c", "to nobody"), 0);
    assert.equal(await nextMessage(a), "to a");
    assert.equal(await nextMessage(both), "to a");
    assert.deepEqual(await nextMessage(both), Uint8Array.of(1));
    assert.deepEqual(await nextMessage(b), Uint8Array.of(1));
    for (const ws of [a, both, b]) await ws.close();
  });

  test("a connection publishes to all others", async (t) => {
    const reached: number[] = [];
    const { url } = await startServer(t, {
      ...joining,
      message(ws, data) {
        reached.push(ws.publish("a", data));
      },
    });
    const [first, second] = [await join(url, "a"), await join(url, "a")];
    first.send("hello");
    assert.equal(await nextMessage(second), "hello");
    second.send("answer");
    assert.equal(await nextMessage(first), "answer");
    assert.deepEqual(reached, [1, 1]);
    for (const ws of [first, second]) await ws.close();
  });

  test("unsubscribe and the end of a connection leave the topic", async (t) => {
    const { server, url } = await startServer(t, {
      ...joining,
      message(ws) {
        assert.equal(ws.isSubscribed("a"), true);
        ws.unsubscribe("a");
        assert.equal(ws.isSubscribed("a"), false);
        ws.unsubscribe("never joined");
        ws.send("left");
      },
    });
    const [leaving, closing] = [await join(url, "a"), await join(url, "a")];
    assert.equal(server.publish("a", "1"), 2);
    leaving.send("leave");
    assert.equal(await nextMessage(leaving), "1");
    assert.equal(await nextMessage(leaving), "left");
    assert.equal(server.publish("a", "2"), 1);
    await closing.close();
    for (const connection of server.connections) if (!connection.isSubscribed("a")) await connection.close();
    assert.equal(server.publish("a", "3"), 0);
  });

  test("a connection that is over joins nothing", async (t) => {
    const { server, url } = await startServer(t, {
      open(ws) {
        void ws.closed.then(() => ws.subscribe("a"));
      },
    });
    const ws = await connect(url);
    const [served] = server.connections;
    await ws.close();
    await served.closed;
    served.subscribe("a");
    assert.equal(served.isSubscribed("a"), false);
    assert.equal(server.publish("a", "x"), 0);
  });

  test("names like properties of objects are names", async (t) => {
    const { server, url } = await startServer(t, joining);
    const ws = await join(url, "__proto__/constructor");
    assert.equal(server.publish("__proto__", "x"), 1);
    assert.equal(server.publish("constructor", "y"), 1);
    assert.equal(server.publish("toString", "z"), 0);
    assert.equal(await nextMessage(ws), "x");
    await ws.close();
  });

  test("what is no topic or no message throws", async (t) => {
    const { server } = await startServer(t, joining);
    assert.throws(() => server.publish(7 as never, "x"), StateError);
    assert.throws(() => server.publish("a", {} as never), StateError);
  });

  test("belong to servers", async (t) => {
    const { url } = await startServer(t, joining);
    const ws = await join(url, "a");
    assert.throws(() => ws.subscribe("a"), StateError);
    await ws.close();
  });

  test("publish counts what was sent", async (t) => {
    const { server, url } = await startServer(t, joining);
    const ws = await join(url, "a");
    const before = server.metrics().messagesSent;
    server.publish("a", "x");
    assert.equal(server.metrics().messagesSent, before + 1);
    await ws.close();
  });
});

const text = "a text that compresses well, ".repeat(100);

describe("topics with compression", () => {
  const clients: [string, boolean | DeflateOptions][] = [
    ["no compression", false],
    ["takeover", true],
    ["no takeover of the server's window", { serverNoContextTakeover: true }],
    ["a window of 10 bits", { serverMaxWindowBits: 10 }],
    ["a window of 9 bits without takeover", { serverMaxWindowBits: 9, serverNoContextTakeover: true }],
    ["a window of 8 bits", { serverMaxWindowBits: 8 }],
  ];

  test("every subscriber reads the same, whatever it agreed to", async (t) => {
    const { server, url } = await startServer(t, joining, { compression: true });
    const subscribers = await Promise.all(clients.map(([, compression]) => join(url, "a", { compression })));
    for (let i = 0; i < 5; i++) {
      assert.equal(server.publish("a", `${i} ${text}`), clients.length);
      server.publish("a", `${i}`);
      server.publish("a", Buffer.from(text), { compress: true });
    }
    for (const [index, ws] of subscribers.entries()) {
      for (let i = 0; i < 5; i++) {
        assert.equal(await nextMessage(ws), `${i} ${text}`, clients[index][0]);
        assert.equal(await nextMessage(ws), `${i}`);
        assert.equal(Buffer.from((await nextMessage(ws)) as Uint8Array).toString(), text);
      }
      await ws.close();
    }
  });

  test("shared messages and a connection's own, in turn, keep the window right", async (t) => {
    const { server, url } = await startServer(
      t,
      {
        ...joining,
        message(ws, data) {
          ws.send(`own ${data}`);
          server.publish("a", `shared ${data}`);
          ws.send(`own again ${data}`);
        },
      },
      { compression: { thresholdBytes: 0 } },
    );
    const ws = await join(url, "a");
    for (let i = 0; i < 20; i++) {
      ws.send(`${i} ${text}`);
      assert.equal(await nextMessage(ws), `own ${i} ${text}`);
      assert.equal(await nextMessage(ws), `shared ${i} ${text}`);
      assert.equal(await nextMessage(ws), `own again ${i} ${text}`);
    }
    await ws.close();
  });

  test("a message of any kind can be published: empty, large, text from bytes", async (t) => {
    const { server, url } = await startServer(t, joining, { compression: { thresholdBytes: 0 } });
    const ws = await join(url, "a", { maxMessageBytes: 2_000_000 });
    server.publish("a", "");
    server.publish("a", new Uint8Array(0));
    server.publish("a", "ä".repeat(500_000));
    server.publish("a", Buffer.from("bytes as text"), { binary: false });
    server.publish("a", "text as bytes", { binary: true });
    assert.equal(await nextMessage(ws), "");
    assert.deepEqual(await nextMessage(ws), new Uint8Array(0));
    assert.equal(await nextMessage(ws), "ä".repeat(500_000));
    assert.equal(await nextMessage(ws), "bytes as text");
    assert.deepEqual(await nextMessage(ws), new Uint8Array(Buffer.from("text as bytes")));
    await ws.close();
  });
});

test("a subscriber that does not read is closed, and the others go on", async (t) => {
  const { server, url } = await startServer(t, joining, { maxBufferedBytes: 100_000 });
  const [slow, fast] = [await join(url, "a"), await join(url, "a")];
  slow.pause();
  const block = new Uint8Array(65_536);
  let published = 0;
  const [slowOnServer] = server.connections;
  while (slowOnServer.readyState === 1) {
    server.publish("a", block);
    published++;
    assert.equal(((await nextMessage(fast)) as Uint8Array).length, block.length);
  }
  assert.ok(server.metrics().messagesDropped >= 1);
  server.publish("a", "still here");
  assert.equal(await nextMessage(fast), "still here");
  assert.ok(published > 1);
  slow.terminate();
  await fast.close();
});
