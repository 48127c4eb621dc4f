// What the access log says of clients that do not leave while the proxy drains.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { openRaw, type RawPeer } from "../support/raw-client.js";
import { startProxy } from "../support/sluice-proxy.js";
import { echo, startServer } from "../support/sluice-server.js";

/** What the client does with the Close that it gets. */
const manners: Readonly<Record<string, (peer: RawPeer) => unknown>> = {
  "does not answer": (peer) => peer.readFrame(),
  "does not read": (peer) => peer.socket.pause(),
  "goes on talking": async (peer) => {
    await peer.readFrame();
    peer.sendFrame({ opcode: 1, payload: "still here" });
  },
};

for (const mode of ["relay", "inspect"] as const) {
  describe(`the access log of a draining proxy in mode ${mode}`, () => {
    for (const [name, behave] of Object.entries(manners)) {
      test(`has the code that was sent to a client that ${name}`, async (t) => {
        const { url: to } = await startServer(t, echo);
        const { proxy, port, logged } = await startProxy(t, { to, mode });
        const peer = await openRaw(t, { port });
        await peer.upgrade();
        const closed = proxy.close({ code: 1001, timeoutMs: 100 });
        await behave(peer);
        await closed;
        const { closeCode, closedBy, status, error } = await logged();
        assert.deepEqual([closeCode, closedBy, status, error], [1001, "proxy", 101, "DRAIN_TIMED_OUT"]);
      });
    }

    test("has the code of a client that closed before it was told to", async (t) => {
      const { url: to } = await startServer(t, { close: () => {} });
      const { proxy, port, logged } = await startProxy(t, { to, mode });
      const peer = await openRaw(t, { port });
      await peer.upgrade();
      peer.sendFrame({ opcode: 8, payload: Uint8Array.of(0x0f, 0xa1) });
      await peer.readFrame();
      await proxy.close({ timeoutMs: 100 });
      const { closeCode, closedBy, error } = await logged();
      assert.deepEqual([closeCode, closedBy, error], [4001, "client", undefined]);
    });
  });
}
