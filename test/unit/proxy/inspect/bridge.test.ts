import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { resolveConnectionOptions } from "#src/connection/index.js";
import { HeaderMap } from "#src/handshake/index.js";
import type { Role } from "#src/protocol/index.js";
import type { ProxyError } from "#src/proxy/errors.js";
import type { Passed } from "#src/proxy/exchange.js";
import { Bridge, type BridgeParts } from "#src/proxy/inspect/bridge.js";
import { createMemoryPair, type Transport, TransportError } from "#src/transport/index.js";
import { MemoryPeer, VirtualHost } from "../../../support/memory-connection.js";
import { wireFrame } from "../../../support/wire.js";

interface Opened {
  readonly bridge: Bridge;
  /** Those at the two ends, played by the test. */
  readonly client: MemoryPeer;
  readonly upstream: MemoryPeer;
  readonly host: VirtualHost;
  readonly ends: { error: Error | undefined; passed: Passed }[];
  readonly failures: Error[];
  /** Whose each of them is. */
  readonly sides: (string | undefined)[];
}

interface Opening extends Partial<Pick<BridgeParts, "idleTimeoutMs" | "look">> {
  maxMessageBytes?: number;
  heartbeat?: false | { intervalMs: number; timeoutMs: number };
  /** What came from the client behind its request. */
  early?: Uint8Array;
}

function open({ idleTimeoutMs = Infinity, look, heartbeat = false, early, ...limits }: Opening = {}): Opened {
  const host = new VirtualHost();
  const ends: Opened["ends"] = [];
  const failures: Error[] = [];
  const sides: Opened["sides"] = [];
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
    client: { ...side("server", clientSide), early },
    upstream: side("client", upstreamSide),
    idleTimeoutMs,
    look,
    clock: host.clock,
    ended: (error, passed) => ends.push({ error, passed }),
    failed: (error, side) => {
      failures.push(error);
      sides.push(side);
    },
  });
  bridge.start();
  const client = new MemoryPeer(clientEnd, true);
  return { bridge, client, upstream: new MemoryPeer(upstreamEnd, false), host, ends, failures, sides };
}

const CLOSE = 8;
const PING = 9;
const PONG = 10;

describe("a bridge", () => {
  test("counts what came with the client's request", async () => {
    const early = wireFrame({ opcode: 1, payload: "hello" });
    const { bridge, upstream, host } = open({ early });
    await host.settle();
    assert.deepEqual(upstream.take(), ["text hello"]);
    assert.equal(bridge.passed.bytesReceived, early.length);
    assert.equal(bridge.passed.messagesReceived, 1);
    bridge.destroy();
  });

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

  test("says of a side that breaks a rule or a limit that the proxy closed, and with which code", async () => {
    const breaches = [
      { name: "a frame of a reserved opcode", frame: { opcode: 3, payload: new Uint8Array(0) }, code: 1002 },
      { name: "a large message", frame: { opcode: 2, payload: new Uint8Array(101) }, code: 1009 },
    ];
    for (const { name, frame, code } of breaches) {
      for (const from of ["client", "upstream"] as const) {
        const { client, upstream, host, ends, failures, sides } = open({ maxMessageBytes: 100 });
        const [broken, other] = from === "client" ? [client, upstream] : [upstream, client];
        broken.send(frame);
        await host.settle();
        assert.deepEqual(broken.take(), [`close ${code}`], `${name} from the ${from}`);
        // The other side is the first to be gone.
        const told = from === "client" ? 1001 : 1014;
        assert.deepEqual(other.take(), [`close ${told}`]);
        other.close(told);
        other.transport.end();
        await host.settle();
        broken.transport.destroy();
        await host.settle();
        const [{ passed, error }] = ends;
        assert.deepEqual([passed.closeCode, passed.closedBy], [code, "proxy"], `${name} from the ${from}`);
        assert.equal(error, failures[0]);
        assert.deepEqual(sides, [from]);
      }
    }
  });

  test("says of a side that goes without a Close that it went, and no code", async () => {
    for (const from of ["client", "upstream"] as const) {
      for (const isReset of [false, true]) {
        const { client, upstream, host, ends } = open();
        const [gone, other] = from === "client" ? [client, upstream] : [upstream, client];
        if (isReset) gone.transport.destroy(new TransportError("CONNECTION_RESET", "cut"));
        else gone.transport.end();
        await host.settle();
        const told = from === "client" ? 1001 : 1014;
        assert.deepEqual(other.take(), [`close ${told}`]);
        other.close(told);
        other.transport.end();
        await host.settle();
        const [{ passed }] = ends;
        assert.deepEqual(
          [passed.closeCode, passed.closedBy],
          [undefined, from],
          `${from}, reset: ${isReset}`,
        );
      }
    }
  });

  test("says of a side that misses a heartbeat that the proxy went, without a code, and which side it was", async () => {
    for (const from of ["client", "upstream"] as const) {
      const opened = open({ heartbeat: { intervalMs: 50, timeoutMs: 50 } });
      const { host, ends, sides } = opened;
      const { [from]: silent, [from === "client" ? "upstream" : "client"]: other } = opened;
      const told: number[] = [];
      for (let i = 0; i < 30 && ends.length === 0; i++) {
        await host.advance(10);
        for (const { opcode, payload } of other.takeFrames()) {
          if (opcode === PING) other.send({ opcode: PONG, payload });
          if (opcode !== CLOSE) continue;
          told.push(payload[0] * 256 + payload[1]);
          other.send({ opcode: CLOSE, payload });
          other.transport.end();
        }
      }
      assert.equal(silent.isClosed, true);
      assert.deepEqual(told, [from === "client" ? 1001 : 1014]);
      const [{ passed, error }] = ends;
      assert.deepEqual([passed.closeCode, passed.closedBy, sides], [undefined, "proxy", [from]]);
      assert.equal((error as TransportError).code, "HEARTBEAT_MISSED");
    }
  });

  test("says that the time to drain was over, unless nothing but the end of TCP was still to come", async () => {
    for (const isClosed of [false, true]) {
      const { bridge, client, upstream, host, ends } = open();
      bridge.close(1012, "");
      await host.settle();
      client.close(1012);
      if (isClosed) upstream.close(1001);
      await host.settle();
      bridge.destroy();
      await host.settle();
      const [{ passed, error }] = ends;
      assert.deepEqual([passed.closeCode, passed.closedBy], [1012, "proxy"]);
      const code = (error as ProxyError | undefined)?.code;
      assert.equal(code, isClosed ? undefined : "DRAIN_TIMED_OUT");
    }
  });

  test("says of a hook that fails that the proxy closed with 1011", async () => {
    const { client, upstream, host, ends, sides } = open({ look: () => Promise.reject(new Error("no")) });
    client.text("x");
    await host.settle();
    assert.deepEqual([client.take(), upstream.take()], [["close 1011"], ["close 1001"]]);
    upstream.close(1001);
    client.close(1011);
    for (const peer of [upstream, client]) peer.transport.end();
    await host.settle();
    const [{ passed, error }] = ends;
    assert.deepEqual([passed.closeCode, passed.closedBy], [1011, "proxy"]);
    assert.equal((error as ProxyError).code, "HOOK_FAILED");
    assert.deepEqual(sides, [undefined]);
  });

  test("ends the connection with the code and reason of a hook, whoever sent the message", async () => {
    for (const from of ["client", "upstream"] as const) {
      const { client, upstream, host, ends, failures } = open({
        look: ({ data }) => (data === "bad" ? { close: { code: 1008, reason: "no" } } : undefined),
      });
      const [sender, other] = from === "client" ? [client, upstream] : [upstream, client];
      sender.text("good");
      sender.text("bad");
      sender.text("late");
      await host.settle();
      const said = { client: client.take(), upstream: upstream.take() };
      assert.deepEqual(said[from === "client" ? "upstream" : "client"].shift(), "text good");
      assert.deepEqual(said, { client: ["close 1008 no"], upstream: ["close 1001"] }, from);
      sender.close(sender === client ? 1008 : 1001);
      other.close(other === client ? 1008 : 1001);
      for (const peer of [upstream, client]) peer.transport.end();
      await host.settle();
      const [{ passed, error }] = ends;
      assert.deepEqual([passed.closeCode, passed.closedBy], [1008, "proxy"]);
      assert.equal((error as ProxyError).code, "REFUSED");
      assert.deepEqual(failures, []);
    }
  });

  test("takes an answer of a hook that means nothing for a failed hook", async () => {
    const { client, host, failures } = open({ look: () => ({ dat: "x" }) as never });
    client.text("x");
    await host.settle();
    assert.deepEqual(client.take(), ["close 1011"]);
    assert.match(
      failures[0].message,
      /the hook message failed: dat is not an option of .*; it takes data, close/,
    );
  });

  test("takes no side for idle that is still sending one message, in one frame or many", async () => {
    const whole = new Uint8Array(100);
    for (const isOneFrame of [true, false]) {
      const { client, upstream, host, ends } = open({ idleTimeoutMs: 400 });
      const bytes = isOneFrame
        ? client.encode({ opcode: 2, payload: whole })
        : Buffer.concat(
            Array.from(whole, (_, i) =>
              client.encode({ opcode: i === 0 ? 2 : 0, payload: whole.subarray(0, 1), fin: i === 99 }),
            ),
          );
      const pieceBytes = Math.ceil(bytes.length / 20);
      for (let at = 0; at < bytes.length; at += pieceBytes) {
        client.transport.write(bytes.subarray(at, at + pieceBytes));
        await host.advance(300);
      }
      assert.deepEqual(upstream.take(), [`binary ${Buffer.from(whole).toString("hex")}`]);
      assert.deepEqual(ends, []);
      await host.advance(600);
      assert.deepEqual(client.take(), ["close 1001"]);
    }
  });

  test("is idle while nothing passes but the answers to its own pings", async () => {
    const { client, upstream, host, failures } = open({
      idleTimeoutMs: 400,
      heartbeat: { intervalMs: 50, timeoutMs: 50 },
    });
    let pings = 0;
    for (let i = 0; i < 60 && failures.length === 0; i++) {
      await host.advance(10);
      for (const peer of [client, upstream]) {
        for (const { opcode, payload } of peer.takeFrames()) {
          if (opcode !== PING) continue;
          pings++;
          peer.send({ opcode: PONG, payload });
        }
      }
    }
    assert.ok(pings > 8, `${pings} pings`);
    assert.deepEqual(
      failures.map((error) => (error as ProxyError).code),
      ["IDLE_TIMED_OUT"],
    );
  });
});
