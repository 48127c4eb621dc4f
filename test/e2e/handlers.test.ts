import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { connect, type WebSocketConnection } from "sluice";
import { openRaw } from "../support/raw-client.js";
import { echo, firstCall, nextMessage, startServer } from "../support/sluice-server.js";
import { closePayloadOf } from "../support/wire.js";

describe("handlers", () => {
  test("open comes before the first message, and messages wait for its promise", async (t) => {
    const seen: string[] = [];
    let finish: () => void = () => {};
    const opened = firstCall<[]>();
    const { port } = await startServer(t, {
      async open() {
        seen.push("open begins");
        opened.handler();
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
        seen.push("open ends");
      },
      message(ws, data) {
        seen.push(String(data));
        ws.send("done");
      },
    });
    const peer = await openRaw(t, { port });
    await peer.upgrade();
    peer.sendFrame({ opcode: 1, payload: "message" });
    await opened.called;
    finish();
    await peer.readFrame();
    assert.deepEqual(seen, ["open begins", "open ends", "message"]);
  });

  test("one message at a time when they answer promises; other connections go on", async (t) => {
    const waiting: (() => void)[] = [];
    let running = 0;
    let most = 0;
    const begun = firstCall<[]>();
    const { url } = await startServer(t, {
      async message(ws, data) {
        if (data === "quick") {
          ws.send(data);
          return;
        }
        most = Math.max(most, ++running);
        begun.handler();
        await new Promise<void>((resolve) => waiting.push(resolve));
        running--;
        ws.send(data);
      },
    });
    const [slow, quick] = [await connect(url), await connect(url)];
    for (let i = 0; i < 5; i++) slow.send(String(i));
    await begun.called;
    quick.send("quick");
    assert.equal(await nextMessage(quick), "quick");
    for (let i = 0; i < 5; i++) {
      while (waiting.length === 0) await new Promise((resolve) => setImmediate(resolve));
      waiting.shift()?.();
      assert.equal(await nextMessage(slow), String(i));
    }
    assert.equal(most, 1);
    await Promise.all([slow.close(), quick.close()]);
  });

  for (const [how, fail] of [
    [
      "throws",
      () => {
        throw new Error("secret");
      },
    ],
    ["rejects", () => Promise.reject(new Error("secret"))],
    [
      "throws what is no Error",
      () => {
        // biome-ignore lint/style/useThrowOnlyError: applications do
        throw "secret";
      },
    ],
  ] as const) {
    for (const where of ["open", "message", "ping"] as const) {
      test(`the ${where} handler that ${how} closes that connection with 1011 and no detail`, async (t) => {
        const errors: Error[] = [];
        const goOn = (ws: WebSocketConnection, data: string | Uint8Array): unknown =>
          where === "message" && data !== "go on" ? fail() : ws.send(data);
        const { url, port, server } = await startServer(t, {
          [where]: fail,
          message: goOn,
          error: (_ws, error) => void errors.push(error),
        });
        const peer = await openRaw(t, { port });
        await peer.upgrade();
        if (where === "message") peer.sendFrame({ opcode: 1, payload: "x" });
        if (where === "ping") {
          peer.sendFrame({ opcode: 9 });
          assert.equal((await peer.readFrame()).opcode, 10);
        }
        assert.deepEqual(await peer.readClose(), { code: 1011, reason: "" });
        peer.sendFrame({ opcode: 8, payload: closePayloadOf(1011) });
        assert.equal((await peer.readToEnd()).length, 0);
        assert.match(String(errors[0].cause ?? errors[0].message), /secret/);
        assert.ok(server.metrics().handlerErrors >= 1);
        if (where === "open") return;
        const other = await connect(url);
        other.send("go on");
        assert.equal(await nextMessage(other), "go on");
        await other.close();
      });
    }
  }

  test("a close handler that throws is reported and harms nothing", async (t) => {
    const reported = firstCall<[unknown, Error]>();
    const { url } = await startServer(t, {
      ...echo,
      close() {
        throw new Error("late");
      },
      error: reported.handler,
    });
    await (await connect(url)).close();
    assert.match((await reported.called)[1].message, /late/);
    await (await connect(url)).close();
  });

  test("an error handler that throws harms nothing", async (t) => {
    const { url } = await startServer(t, {
      message() {
        throw new Error("first");
      },
      error() {
        throw new Error("second");
      },
    });
    const ws = await connect(url);
    ws.send("x");
    assert.equal((await ws.closed).code, 1011);
    await (await connect(url)).close();
  });

  test("ping and pong handlers see the payload", async (t) => {
    const pinged = firstCall<[unknown, Uint8Array]>();
    const ponged = firstCall<[unknown, Uint8Array]>();
    const { url } = await startServer(t, { ping: pinged.handler, pong: ponged.handler });
    const ws = await connect(url);
    assert.ok((await ws.ping("hello")) >= 0);
    ws.pong("unasked");
    assert.equal(Buffer.from((await pinged.called)[1]).toString(), "hello");
    assert.equal(Buffer.from((await ponged.called)[1]).toString(), "unasked");
    await ws.close();
  });
});
