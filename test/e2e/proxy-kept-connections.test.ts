// Connections to upstreams that are kept for the next plain request, and that end before it comes.

import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { ringLoop } from "#src/uring/index.js";
import { openRaw } from "../support/raw-client.js";
import { startRawServer } from "../support/raw-server.js";
import { startProxy } from "../support/sluice-proxy.js";

/** Half of the time for which an idle connection is kept. */
const PROMPT_MS = 2000;

const loop = ringLoop();
const transports = [
  { transport: "node", skip: false },
  { transport: "uring", skip: typeof loop === "string" ? loop : false },
] as const;
const answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const request = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx";

for (const { transport, skip } of transports) {
  describe(`a kept connection that its upstream ends, over ${transport}`, { skip }, () => {
    for (const isAtOnce of [true, false]) {
      test(`is not used again, ended ${isAtOnce ? "right behind the answer" : "while it was idle"}`, async (t) => {
        const upstream = await startRawServer(t);
        const { port } = await startProxy(t, { to: upstream.url, transport });
        const client = await openRaw(t, { port });
        for (let turn = 0; turn < 3; turn++) {
          client.write(request);
          const peer = await upstream.accept();
          await peer.readHead();
          peer.write(answer);
          if (isAtOnce) peer.socket.end();
          assert.equal((await client.readResponse()).body, "ok");
          if (!isAtOnce) {
            await delay(20);
            peer.socket.end();
          }
          // The proxy ends its half as well, long before it would end one that is idle.
          if (!peer.socket.readableEnded)
            await once(peer.socket, "end", { signal: AbortSignal.timeout(PROMPT_MS) });
        }
      });
    }

    test("is not used again either where it says more than it was asked for", async (t) => {
      const upstream = await startRawServer(t);
      const { port } = await startProxy(t, { to: upstream.url, transport });
      const client = await openRaw(t, { port });
      client.write(request);
      const peer = await upstream.accept();
      await peer.readHead();
      peer.write(answer);
      assert.equal((await client.readResponse()).body, "ok");
      peer.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
      await once(peer.socket, "end", { signal: AbortSignal.timeout(PROMPT_MS) });
    });
  });
}
