import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { resolveConnectionOptions } from "#src/connection/index.js";
import { HeaderMap } from "#src/handshake/index.js";
import type { Role } from "#src/protocol/index.js";
import type { Passed } from "#src/proxy/exchange.js";
import { Bridge, type BridgeParts } from "#src/proxy/inspect/bridge.js";
import { createMemoryPair, type Transport } from "#src/transport/index.js";
import { MemoryPeer, VirtualHost } from "../../../support/memory-connection.js";

interface Opened {
  readonly bridge: Bridge;
  /** Those at the two ends, played by the test. */
  readonly client: MemoryPeer;
  readonly upstream: MemoryPeer;
  readonly host: VirtualHost;
  readonly ends: { error: Error | undefined; passed: Passed }[];
  readonly failures: Error[];
}

interface Opening extends Partial<Pick<BridgeParts, "idleTimeoutMs" | "look">> {
  maxMessageBytes?: number;
  heartbeat?: false | { intervalMs: number; timeoutMs: number };
}

function open({ idleTimeoutMs = Infinity, look, heartbeat = false, ...limits }: Opening = {}): Opened {
  const host = new VirtualHost();
  const ends: Opened["ends"] = [];
  const failures: Error[] = [];
  const settings = resolveConnectionOptions({ ...limits, heartbeat, closeTimeoutMs: 1000 });
  const headers = new HeaderMap();
  const request = {
    method: "GET",
    url: "/",
    pathname: "/",
    headers,
    remoteAddress: undefined,
    isSecure: false,
  };
  const side = (role: Role, transport: Transport) => {
    return { transport, role, settings, protocol: "", extensions: "", request, host };
  };
  const [clientEnd, clientSide] = createMemoryPair({ turns: host.turns });
  const [upstreamEnd, upstreamSide] = createMemoryPair({ turns: host.turns });
  const bridge = new Bridge({
    client: side("server", clientSide),
    upstream: side("client", upstreamSide),
    idleTimeoutMs,
    look,
    clock: host.clock,
    ended: (error, passed) => ends.push({ error, passed }),
    failed: (error) => failures.push(error),
  });
  bridge.start();
  const client = new MemoryPeer(clientEnd, true);
  return { bridge, client, upstream: new MemoryPeer(upstreamEnd, false), host, ends, failures };
}

const CLOSE = 8;

describe("a bridge", () => {
  test("passes a Close without a code on as one without a code, either way", async () => {
    for (const from of ["client", "upstream"] as const) {
      const { client, upstream, host, ends } = open();
      const [closing, other] = from === "client" ? [client, upstream] : [upstream, client];
      closing.send({ opcode: CLOSE, payload: new Uint8Array(0) });
      await host.settle();
      assert.deepEqual(closing.take(), ["close"]);
      closing.transport.end();
      await host.settle();
      assert.deepEqual(other.take(), ["close"], `from the ${from}`);
      other.send({ opcode: CLOSE, payload: new Uint8Array(0) });
      other.transport.end();
      await host.settle();
      const [{ passed }] = ends;
      assert.deepEqual([passed.closeCode, passed.closedBy], [1005, from]);
    }
  });
});
