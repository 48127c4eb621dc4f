import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { openRaw } from "../support/raw-client.js";
import { firstCall, startServer } from "../support/sluice-server.js";
import { headOf, upgradeHead } from "../support/wire.js";
import { readAnswer } from "./plain-request.js";

const get = headOf("GET / HTTP/1.1", "Host: x");

/** A server whose handler answers when it is told to. */
async function serveSlowly(t: unknown) {
  const asked = firstCall<[]>();
  const finish = firstCall<[]>();
  let count = 0;
  const running = await startServer(t as never, {
    async request() {
      count++;
      asked.handler();
      await finish.called;
      return { body: "late" };
    },
  });
  return { ...running, asked: asked.called, finish: finish.handler, handled: () => count };
}

describe("close of a server, while plain requests are under way,", () => {
  test("lets them be answered and says that it was the last", async (t) => {
    const { server, port, asked, finish, handled } = await serveSlowly(t);
    const peer = await openRaw(t as never, { port });
    peer.write(get + get);
    await asked;
    const closed = server.close();
    finish();
    const { body, closes } = await readAnswer(peer);
    assert.deepEqual([body, closes], ["late", true]);
    assert.equal((await peer.readToEnd()).length, 0);
    await closed;
    assert.equal(handled(), 1);
  });

  test("ends connections on which nothing is owed, though a body or a head has begun", async (t) => {
    const { server, port } = await startServer(t, { request: () => ({ body: "x" }) });
    const unread = await openRaw(t as never, { port });
    unread.socket.on("end", () => unread.socket.end());
    unread.write(`${headOf("POST / HTTP/1.1", "Host: x", "Content-Length: 10")}half`);
    await readAnswer(unread);
    const begun = await openRaw(t as never, { port });
    begun.write(`${get}GET / HT`);
    await readAnswer(begun);
    await server.close({ timeoutMs: 60_000 });
    assert.equal((await unread.readToEnd()).length + (await begun.readToEnd()).length, 0);
  });

  test("does not wait longer than timeoutMs for a body that nobody reads", async (t) => {
    const { server, port, asked, finish } = await serveSlowly(t);
    const peer = await openRaw(t as never, { port });
    peer.write(`${headOf("POST / HTTP/1.1", "Host: x", "Content-Length: 10")}half`);
    await asked;
    const closed = server.close({ timeoutMs: 50 });
    finish();
    assert.equal((await readAnswer(peer)).closes, true);
    await closed;
    await peer.readToEnd();
  });

  test("waits for an upgrade behind one, which is refused in its turn without being decided upon", async (t) => {
    const asked = firstCall<[]>();
    let end = (): void => {};
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(Buffer.from("begun"));
        end = () => controller.close();
      },
    });
    const { server, port } = await startServer(t, {
      request() {
        asked.handler();
        return { headers: { "Content-Length": "5" }, body };
      },
      upgrade: () => assert.fail("nobody is asked any more"),
    });
    const peer = await openRaw(t as never, { port });
    peer.write(get + upgradeHead());
    await asked.called;
    assert.equal((await peer.readResponse()).body, "begun");
    let isClosed = false;
    const closed = server.close({ timeoutMs: Infinity }).then(() => {
      isClosed = true;
    });
    end();
    assert.equal((await peer.readHead()).status, 503);
    assert.equal(isClosed, false);
    peer.socket.end();
    await closed;
  });

  test("cuts a response that does not end", async (t) => {
    const cancelled = firstCall<[]>();
    const body = () => new ReadableStream({ cancel: cancelled.handler });
    const { server, port } = await startServer(t, { request: () => ({ body: body() }) });
    const peer = await openRaw(t as never, { port });
    peer.write(get);
    assert.equal((await peer.readHead()).status, 200);
    await server.close({ timeoutMs: 50 });
    await cancelled.called;
    await peer.readToEnd();
  });
});
