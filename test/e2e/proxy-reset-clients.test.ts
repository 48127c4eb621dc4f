// Clients that send a request and reset their connection in the same moment: the kernel hands out what they sent, and does not say
// any more who they are.

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { describe, type TestContext, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { connect as connectTls } from "node:tls";
import type { ProxyListenOptions, ProxyOptions } from "#src/proxy.js";
import { ringLoop } from "#src/uring/index.js";
import { certificates } from "../support/ring-tls.js";
import { startProxy } from "../support/sluice-proxy.js";
import { upgradeHead } from "../support/wire.js";

/** Long enough for a connection on the loopback to be accepted. */
const ACCEPTED_MS = 50;

const loop = ringLoop();
const transports = [
  { transport: "node", skip: false },
  { transport: "uring", skip: typeof loop === "string" ? loop : false },
] as const;

async function sendAndReset(port: number, head: string, isSecure: boolean): Promise<void> {
  const socket = connect(port, "127.0.0.1").on("error", () => {});
  await once(socket, "connect");
  const client = isSecure ? connectTls({ socket, rejectUnauthorized: false }).on("error", () => {}) : socket;
  if (client !== socket) await once(client, "secureConnect");
  await delay(ACCEPTED_MS);
  await new Promise((resolve) => client.write(head, resolve));
  socket.resetAndDestroy();
}

async function clientOf(
  t: TestContext,
  options: ProxyOptions,
  listening: ProxyListenOptions,
  head: string,
): Promise<readonly (string | undefined)[]> {
  const asked: (string | undefined)[] = [];
  const { proxy, logged } = await startProxy(t, {
    to: "ws://127.0.0.1:9",
    ...options,
    hooks: { request: ({ clientAddress }) => void asked.push(clientAddress) },
  });
  const { url } = await proxy.listen({ port: 0, host: "127.0.0.1", ...listening });
  await sendAndReset(Number(new URL(url).port), head, listening.tls !== undefined);
  const { client } = await logged();
  return [client, ...asked];
}

for (const { transport, skip } of transports) {
  describe(`a client that resets its connection behind its request, over ${transport}`, { skip }, () => {
    test("is known to hooks and to the log", async (t) => {
      const known = await clientOf(t, { transport }, {}, upgradeHead());
      assert.deepEqual(known, ["127.0.0.1", "127.0.0.1"]);
    });

    test("is known to the log where its request cannot be read", async (t) => {
      const known = await clientOf(t, { transport }, {}, "GET / HTTP/1.1\r\nHost : a\r\n\r\n");
      assert.deepEqual(known, ["127.0.0.1"]);
    });

    test("is known behind TLS too", async (t) => {
      const { cert, key } = certificates().server;
      const known = await clientOf(t, { transport }, { tls: { cert, key } }, upgradeHead());
      assert.deepEqual(known, ["127.0.0.1", "127.0.0.1"]);
    });
  });
}

test("a client that resets its connection behind a plain request is known to hooks and to the log", async (t) => {
  const head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  const known = await clientOf(t, { transport: "node" }, {}, head);
  assert.deepEqual(known, ["127.0.0.1", "127.0.0.1"]);
});
