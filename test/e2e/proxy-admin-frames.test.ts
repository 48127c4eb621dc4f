// The frames of a connection through a proxy, as they come over the WebSocket `/live`.

import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { connect, type WebSocketConnection } from "sluice";
import type { FrameBatch } from "#src/proxy/admin/frame-feed.js";
import { createProxy, type FrameRecord, type ProxyOptions, startAdmin } from "#src/proxy/index.js";
import { echo, nextMessage, startServer } from "../support/sluice-server.js";

interface Told extends Partial<FrameBatch> {
  readonly type: string;
  readonly text?: string;
  readonly connections?: readonly { readonly id: number }[];
  readonly connection?: { readonly id: number };
}

class Watcher {
  readonly ws: WebSocketConnection;

  constructor(ws: WebSocketConnection) {
    this.ws = ws;
  }

  ask(command: object): void {
    this.ws.send(JSON.stringify(command));
  }

  /** The next of this kind; what comes before it is passed over. */
  async next(type: string): Promise<Told> {
    for (;;) {
      const told = JSON.parse(String(await nextMessage(this.ws))) as Told;
      if (told.type === type) return told;
    }
  }

  /** Frames until so many have come, without their times. */
  async frames(count: number): Promise<Omit<FrameRecord, "t">[]> {
    const found: FrameRecord[] = [];
    while (found.length < count) found.push(...((await this.next("frames")).frames ?? []));
    return found.map(({ t: _t, ...rest }) => rest);
  }
}

async function startProxy(
  t: TestContext,
  options: Omit<ProxyOptions, "to">,
  compression = false,
): Promise<{ url: string; watcher: Watcher }> {
  const upstream = await startServer(t, echo, { compression });
  const proxy = createProxy({ name: "echo", ...options, to: upstream.url });
  t.after(() => proxy.close({ timeoutMs: 0 }));
  const { url } = await proxy.listen({ port: 0, host: "127.0.0.1" });
  const admin = await startAdmin(proxy, { port: 0 });
  t.after(() => admin.close());
  const ws = await connect(`${admin.url.replace("http", "ws")}live`);
  t.after(() => ws.terminate());
  return { url, watcher: new Watcher(ws) };
}

/** The first connection that is open. */
async function openId(watcher: Watcher): Promise<number> {
  for (;;) {
    watcher.ask({ type: "list" });
    const [first] = (await watcher.next("snapshot")).connections ?? [];
    if (first !== undefined) return first.id;
  }
}

describe("the frames of a connection", () => {
  for (const mode of ["relay", "inspect"] as const) {
    test(`are shown as they pass in mode ${mode}, to its end`, async (t) => {
      const { url, watcher } = await startProxy(t, { mode });
      const ws = await connect(url);
      watcher.ask({ type: "watch", id: await openId(watcher) });
      await watcher.next("watching");
      ws.send("hello");
      await nextMessage(ws);
      ws.send(Uint8Array.of(1, 2, 255));
      await nextMessage(ws);
      await ws.close(4001, "done");
      assert.deepEqual(await watcher.frames(6), [
        { from: "client", type: "text", size: 5, data: "hello" },
        { from: "upstream", type: "text", size: 5, data: "hello" },
        { from: "client", type: "binary", size: 3, base64: "AQL/" },
        { from: "upstream", type: "binary", size: 3, base64: "AQL/" },
        { from: "client", type: "close", size: 6, code: 4001, data: "done" },
        { from: "upstream", type: "close", size: 2, code: 4001 },
      ]);
      await watcher.next("ended");
    });

    test(`are inflated in mode ${mode} for who waited for the connection`, async (t) => {
      const inspect = { clientCompression: true, upstreamCompression: true };
      const { url, watcher } = await startProxy(t, { mode, ...(mode === "inspect" && { inspect }) }, true);
      watcher.ask({ type: "arm", route: "echo" });
      await watcher.next("armed");
      const ws = await connect(url, { compression: true });
      assert.match(ws.extensions, /permessage-deflate/);
      const text = "the same words, ".repeat(300);
      for (let i = 0; i < 3; i++) {
        ws.send(text);
        await nextMessage(ws);
      }
      const frames = await watcher.frames(6);
      for (const { data, size, truncated, compressed, undecoded } of frames) {
        assert.deepEqual([size, truncated, undecoded], [text.length, true, undefined]);
        assert.equal(data, text.slice(0, 4096));
        assert.ok(Number(compressed) > 0 && Number(compressed) < 200, `compressed to ${compressed}`);
      }
      await ws.close();
    });
  }

  test("stay compressed for who comes later, with a word that says why", async (t) => {
    const { url, watcher } = await startProxy(t, { mode: "relay" }, true);
    const ws = await connect(url, { compression: true });
    const text = "the same words, ".repeat(300);
    ws.send(text);
    await nextMessage(ws);
    watcher.ask({ type: "watch", id: await openId(watcher) });
    await watcher.next("watching");
    ws.send(text);
    await nextMessage(ws);
    for (const { undecoded } of await watcher.frames(2))
      assert.match(String(undecoded), /which was not watched/);
    await ws.close();
  });

  test("are not told apart where the route says so", async (t) => {
    const { url, watcher } = await startProxy(t, { mode: "relay", isMetered: false });
    const ws = await connect(url);
    watcher.ask({ type: "watch", id: await openId(watcher) });
    assert.match(String((await watcher.next("problem")).text), /are not told apart \(isMetered is off\)/);
    watcher.ask({ type: "arm", route: "echo" });
    await watcher.next("armed");
    const other = await connect(url);
    assert.match(String((await watcher.next("problem")).text), /of connection 2 are not told apart/);
    await other.close();
    await ws.close();
  });

  test("are dropped, and counted, for a page that does not read, while the connection goes on", async (t) => {
    const { url, watcher } = await startProxy(t, { mode: "relay" });
    const ws = await connect(url);
    watcher.ask({ type: "watch", id: await openId(watcher) });
    await watcher.next("watching");
    watcher.ws.pause();
    const payload = "x".repeat(4000);
    const count = 8000;
    let answers = 0;
    for (let i = 0; i < count; i++) {
      ws.send(payload);
      if (ws.bufferedAmount > 500_000) await ws.drained();
      while (answers < i - 50) {
        await nextMessage(ws);
        answers++;
      }
    }
    for (; answers < count; answers++) await nextMessage(ws);
    watcher.ws.resume();
    ws.send("last");
    let [shown, skipped, isOver] = [0, 0, false];
    while (!isOver || shown + skipped < 2 * count) {
      const batch = await watcher.next("frames");
      shown += batch.frames?.length ?? 0;
      skipped += batch.skipped ?? 0;
      isOver ||= shown + skipped >= 2 * count;
    }
    assert.ok(skipped > 0, "some were dropped");
    await ws.close();
  });
});
