import assert from "node:assert/strict";
import { once } from "node:events";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { describe, type TestContext, test } from "node:test";
import { ConnectionRegistry } from "#src/server/connection-registry.js";
import { HttpConnection } from "#src/server/http-connection.js";
import { PlainHttpServer } from "#src/server/plain-http-server.js";
import { toRequestStream } from "#src/server/request-stream.js";
import { resolveServerOptions } from "#src/server/server-options.js";
import { Upgrader } from "#src/server/upgrader.js";
import { createMemoryPair, type Transport, TransportError } from "#src/transport/index.js";
import { usedBytes } from "../../support/held-memory.js";
import { headOf } from "../../support/wire.js";
import { settle } from "./http-parts.js";

const KIB = 1024;

async function open(unread = ""): Promise<{ client: Transport; stream: Duplex }> {
  const [client, transport] = createMemoryPair();
  const stream = await new Promise<Duplex>((resolve) =>
    toRequestStream(transport, Buffer.from(unread), resolve),
  );
  return { client, stream };
}

describe("a plain connection's stream", () => {
  test("begins with what was unread, and flows when it is told to", async () => {
    const { client, stream } = await open("unread, ");
    let text = "";
    stream.on("data", (chunk) => {
      text += chunk;
    });
    client.write(Buffer.from("and behind"));
    client.end();
    await settle();
    assert.equal(text, "");
    stream.resume();
    await once(stream, "end");
    assert.equal(text, "unread, and behind");
    stream.destroy();
  });

  test("hands out no more than a slice to who pauses it, and all of it in the end", async () => {
    for (const [unread, behind] of [
      ["u".repeat(64 * KIB), ""],
      ["", "b".repeat(64 * KIB)],
    ]) {
      const { client, stream } = await open(unread);
      client.write(Buffer.from(behind));
      const pieces: string[] = [];
      stream.on("data", (chunk) => {
        pieces.push(String(chunk));
        stream.pause();
      });
      while (pieces.join("").length < 64 * KIB) {
        const count = pieces.length;
        stream.resume();
        await settle();
        assert.ok(pieces.length <= count + 1, "one at a time");
        assert.ok((pieces.at(-1) ?? "").length <= 2 * KIB);
      }
      assert.equal(pieces.join(""), unread + behind);
      stream.destroy();
    }
  });
});

describe("a plain connection's idle time", () => {
  /** How often it begins anew when this comes, with a request under way or none. */
  async function renewals(t: TestContext, text: string, isUnderWay = false): Promise<number> {
    const { client, stream } = await open();
    t.after(() => stream.destroy());
    const connection = new HttpConnection(stream, 1000);
    stream.resume();
    const timer = { refresh: t.mock.fn(), unref: () => timer };
    const { mock } = t.mock.method(globalThis, "setTimeout", () => timer);
    (stream as Socket).setTimeout(1000);
    mock.restore();
    if (isUnderWay) connection.take({ begin: () => {}, drop: () => {}, interrupt: () => true });
    client.write(Buffer.from(text));
    await settle();
    return timer.refresh.mock.callCount();
  }

  test("goes on through empty lines", async (t) => {
    assert.equal(await renewals(t, "\r\n\n\r\n"), 0);
  });

  test("begins anew with a request", async (t) => {
    assert.equal(await renewals(t, "\r\nG"), 1);
  });

  test("begins anew with an empty line in the body of one", async (t) => {
    assert.equal(await renewals(t, "\r\n", true), 1);
  });
});

test("a connection that is reset before anybody has its stream does no harm", async () => {
  const [, transport] = createMemoryPair();
  const taken = new Promise<Duplex>((resolve) => toRequestStream(transport, Buffer.from("unread"), resolve));
  transport.destroy(new TransportError("CONNECTION_RESET", "reset"));
  assert.equal((await taken).destroyed, true);
});

/** Server whose first answers never come. */
function serveNothing(t: TestContext): PlainHttpServer<unknown> {
  const handlers = { request: () => new Promise<never>(() => {}) };
  const registry = new ConnectionRegistry<unknown>();
  const upgrader = new Upgrader(registry, resolveServerOptions({ heartbeat: false }), handlers);
  const server = new PlainHttpServer(upgrader, handlers);
  server.start();
  t.after(() => server.close(0));
  return server;
}

test("requests that wait for an answer take less than 512 KiB for a connection, however many have come", async (t) => {
  const server = serveNothing(t);
  const get = headOf("GET / HTTP/1.1", "Host: x");
  const burst = Buffer.from(get.repeat((256 * KIB) / get.length));
  const ask = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) {
      const { client, stream } = await open(get);
      server.add(stream);
      client.write(burst);
    }
    await settle();
  };
  await ask(2);
  const before = usedBytes();
  await ask(10);
  const each = (usedBytes() - before) / 10;
  // The burst itself waits in the memory between the two.
  assert.ok(each < 512 * KIB + burst.length, `${each} bytes`);
});
