import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { DialAddress, ListenAddress, Transport } from "#src/transport/index.js";
import { ringLoop, UringDialer, UringListener } from "#src/uring/index.js";
import { describeTransport } from "../transport/contract.js";

const never = new AbortController().signal;

function pairOver(place: (t: TestContext) => ListenAddress) {
  return async (t: TestContext): Promise<[Transport, Transport]> => {
    const loop = ringLoop();
    assert.ok(typeof loop !== "string", String(loop));
    let accept: (transport: Transport) => void = () => {};
    const accepted = new Promise<Transport>((resolve) => {
      accept = resolve;
    });
    const listener = new UringListener(loop, {
      accepted: (transport) => accept(transport),
      failed: assert.fail,
    });
    const bound = await listener.listen(place(t));
    const address: DialAddress = "path" in bound ? bound : { host: bound.address, port: bound.port };
    const pair = await Promise.all([new UringDialer(loop).dial(address, never), accepted]);
    t.after(() => {
      for (const transport of pair) transport.destroy();
      listener.close();
    });
    return pair;
  };
}

describeTransport(
  "ring over TCP",
  pairOver(() => ({ port: 0, host: "127.0.0.1" })),
);
describeTransport(
  "ring over TCP with IPv6",
  pairOver(() => ({ port: 0, host: "::1" })),
);
describeTransport(
  "ring over a unix socket",
  pairOver((t) => {
    const folder = mkdtempSync(join(tmpdir(), "sluice-"));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    return { path: join(folder, "socket") };
  }),
);
