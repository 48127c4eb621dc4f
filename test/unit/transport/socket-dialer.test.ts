import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer, type ListenOptions, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import {
  type DialAddress,
  SocketTransport,
  socketDialer,
  type Transport,
  type TransportError,
} from "#src/transport/index.js";
import { describeTransport } from "./contract.js";

const never = new AbortController().signal;

async function listening(
  t: TestContext,
  options: ListenOptions,
): Promise<{ listener: Server; address: DialAddress }> {
  const listener = createServer({ allowHalfOpen: true });
  listener.listen(options);
  await once(listener, "listening");
  t.after(() => listener.close());
  const bound = listener.address() as AddressInfo | string;
  return {
    listener,
    address: typeof bound === "string" ? { path: bound } : { host: "127.0.0.1", port: bound.port },
  };
}

function pairOver(options: (t: TestContext) => ListenOptions) {
  return async (t: TestContext): Promise<[Transport, Transport]> => {
    const { listener, address } = await listening(t, options(t));
    const accepted = once(listener, "connection") as Promise<[Socket]>;
    const transport = await socketDialer.dial(address, never);
    const [socket] = await accepted;
    t.after(() => {
      transport.destroy();
      socket.destroy();
    });
    return [transport, new SocketTransport(socket)];
  };
}

const tcp = (): ListenOptions => ({ port: 0, host: "127.0.0.1" });
function unix(t: TestContext): ListenOptions {
  const folder = mkdtempSync(join(tmpdir(), "sluice-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return { path: join(folder, "socket") };
}

describeTransport("dialled TCP socket", pairOver(tcp));
describeTransport("dialled unix socket", pairOver(unix));

describe("dialling sockets", () => {
  test("rejects with what the system said", async (t) => {
    const { listener, address } = await listening(t, tcp());
    listener.close();
    await once(listener, "close");
    await assert.rejects(socketDialer.dial(address, never), {
      code: "CONNECTION_REFUSED",
      errno: "ECONNREFUSED",
    });
    await assert.rejects(socketDialer.dial({ path: "/nowhere/at/all" }, never), (error: TransportError) => {
      return error.code === "HOST_NOT_FOUND" && error.errno === "ENOENT";
    });
  });

  test("asks the caller's lookup for addresses", async (t) => {
    const { address } = await listening(t, tcp());
    assert.ok("port" in address);
    const asked: string[] = [];
    const transport = await socketDialer.dial(
      {
        host: "some.name.example",
        port: address.port,
        lookup: (host, _options, done) => {
          asked.push(host);
          done(null, [{ address: "127.0.0.1", family: 4 }]);
        },
      },
      never,
    );
    assert.deepEqual(asked, ["some.name.example"]);
    assert.equal(transport.remoteAddress, "127.0.0.1");
    transport.destroy();
  });

  test("rejects with the deadline's reason, and leaves nothing open", async (t) => {
    const { address } = await listening(t, tcp());
    const reason = new Error("time is over");
    await assert.rejects(socketDialer.dial(address, AbortSignal.abort(reason)), reason);
    const stop = new AbortController();
    const attempt = socketDialer.dial({ host: "127.0.0.1", port: 1, lookup: () => {} }, stop.signal);
    const named = socketDialer.dial({ host: "slow.example", port: 1, lookup: () => {} }, stop.signal);
    named.catch(() => {});
    await assert.rejects(attempt, { code: "CONNECTION_REFUSED" });
    stop.abort(reason);
    await assert.rejects(named, reason);
  });
});
