import assert from "node:assert/strict";
import type { Duplex } from "node:stream";
import { describe, type TestContext, test } from "node:test";
import { ConnectionRegistry } from "#src/server/connection-registry.js";
import type { ServerHandlers } from "#src/server/handlers.js";
import { HeadSession } from "#src/server/head-session.js";
import { resolveServerOptions } from "#src/server/server-options.js";
import { Upgrader } from "#src/server/upgrader.js";
import { SocketTransport } from "#src/transport/index.js";
import { headOf, upgradeHead } from "../../support/wire.js";
import { RecordingStream, settle } from "./http-parts.js";

const TIMEOUT_MS = 1000;
const get = headOf("GET / HTTP/1.1", "Host: x");

function open(t: TestContext, handlers: ServerHandlers = {}) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const registry = new ConnectionRegistry<unknown>();
  const settings = resolveServerOptions({ handshakeTimeoutMs: TIMEOUT_MS, heartbeat: false });
  const upgrader = new Upgrader(registry, settings, handlers);
  const handed: Duplex[] = [];
  let left = 0;
  const stream = new RecordingStream();
  const host = { upgrader, handOver: (given: Duplex) => handed.push(given), left: () => left++ };
  const session = new HeadSession(new SocketTransport(stream), host, 0);
  // Timers are cleared while they are still those that they were made as.
  const end = async (): Promise<void> => {
    stream.destroy();
    await settle();
    t.mock.reset();
  };
  t.after(end);
  return { end, stream, session, registry, handed, left: () => left };
}

describe("the first request of a socket", () => {
  test("that is an upgrade becomes a connection, whole or byte by byte", async (t) => {
    for (const cut of [(head: string) => [head], (head: string) => [...head]]) {
      const { end, stream, registry, handed, left } = open(t);
      for (const piece of cut(upgradeHead())) stream.push(piece);
      await settle();
      assert.match(stream.written, /^HTTP\/1\.1 101 /);
      assert.deepEqual([registry.connections.size, handed.length, left()], [1, 0, 1]);
      await end();
    }
  });

  test("that is plain is handed over with every byte that came", async (t) => {
    for (const pieces of [[`${get}more`], [...get, "more"], [get, "more"]]) {
      const { end, stream, handed, left } = open(t);
      for (const piece of pieces) stream.push(piece);
      await settle();
      assert.deepEqual([handed.length, left()], [1, 1]);
      const given = handed[0];
      assert.equal(given.isPaused(), true);
      let text = "";
      for (let piece = given.read(); piece !== null; piece = given.read()) text += piece;
      assert.equal(text, `${get}more`);
      await end();
    }
  });

  test("is handed over though the client has ended its side", async (t) => {
    const { stream, handed } = open(t);
    stream.push(get);
    stream.push(null);
    // As a socket does behind the end.
    stream.read(0);
    await settle();
    const text: string[] = [];
    handed[0].on("data", (chunk) => text.push(String(chunk)));
    const ended = new Promise((resolve) => handed[0].on("end", resolve));
    handed[0].resume();
    await ended;
    assert.equal(text.join(""), get);
    assert.equal(handed[0].writable, true);
  });

  test("that is malformed is refused", async (t) => {
    const { stream, left } = open(t);
    stream.push("nonsense\r\n\r\n");
    await settle();
    assert.match(stream.written, /^HTTP\/1\.1 400 /);
    assert.equal(left(), 1);
  });

  test("that does not come in time is refused", async (t) => {
    const { stream } = open(t);
    stream.push("GET / ");
    await settle();
    t.mock.timers.tick(TIMEOUT_MS);
    await settle();
    assert.match(stream.written, /^HTTP\/1\.1 408 /);
  });

  test("that is an upgrade whose hook does not decide in time is refused, and the decision comes too late", async (t) => {
    let decide: (answer: boolean) => void = () => {};
    const upgrade = (): Promise<boolean> =>
      new Promise((resolve) => {
        decide = resolve;
      });
    const { stream, registry } = open(t, { upgrade });
    stream.push(upgradeHead());
    await settle();
    t.mock.timers.tick(TIMEOUT_MS);
    decide(true);
    await settle();
    assert.match(stream.written, /^HTTP\/1\.1 408 /);
    assert.equal(registry.connections.size, 0);
  });

  test("that never comes ends the session without an answer", async (t) => {
    for (const leave of ["ended", "abandoned"] as const) {
      const { end, stream, session, left } = open(t);
      if (leave === "ended") stream.push(null);
      else session.abandon();
      await settle();
      assert.deepEqual([stream.written, stream.destroyed, left()], ["", true, 1]);
      await end();
    }
  });
});
