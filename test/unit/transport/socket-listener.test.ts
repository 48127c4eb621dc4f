import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import {
  type AddressInfo,
  connect,
  createServer,
  type ListenOptions,
  type Server,
  type Socket,
} from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { SocketListener, SocketTransport, socketDialer, type Transport } from "#src/transport/index.js";
import { takeOver } from "#src/transport/socket-listener.js";
import { describeTransport } from "./contract.js";
import { RecordingSink } from "./recording-sink.js";

interface Accepted {
  listener: Server;
  client: Socket;
  transport: SocketTransport;
}

/** A connection that a listening server has handed out as a transport. */
async function accept(t: TestContext, options: ListenOptions): Promise<Accepted> {
  const listener = createServer({ allowHalfOpen: true });
  listener.listen(options);
  await once(listener, "listening");
  const accepted = new Promise<SocketTransport>((resolve) => {
    assert.equal(takeOver(listener, resolve), true);
  });
  const address = listener.address() as AddressInfo | string;
  const target = typeof address === "string" ? { path: address } : { port: address.port, host: "127.0.0.1" };
  const client = connect({ ...target, allowHalfOpen: true });
  const [transport] = await Promise.all([accepted, once(client, "connect")]);
  t.after(() => {
    client.destroy();
    transport.destroy();
    listener.close();
  });
  return { listener, client, transport };
}

function acceptTcp(t: TestContext): Promise<Accepted> {
  return accept(t, { port: 0, host: "127.0.0.1" });
}

function acceptUnix(t: TestContext): Promise<Accepted> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return accept(t, { path: join(folder, "socket") });
}

function pairFrom(make: (t: TestContext) => Promise<Accepted>) {
  return async (t: TestContext): Promise<[Transport, Transport]> => {
    const { client, transport } = await make(t);
    return [new SocketTransport(client), transport];
  };
}

describeTransport("accepted TCP socket", pairFrom(acceptTcp));
describeTransport("accepted unix socket", pairFrom(acceptUnix));

describe("accepting transports", () => {
  test("knows the address of the other end", async (t) => {
    const { transport } = await acceptTcp(t);
    assert.deepEqual(
      [transport.kind, transport.remoteAddress, transport.isSecure],
      ["node", "127.0.0.1", false],
    );
  });

  test("lets the kernel ask after a silent peer, at both ends", {
    skip: process.platform !== "linux" && "it asks Linux",
  }, async (t) => {
    const sink = { accepted: (transport: Transport) => accepted.push(transport), failed: assert.fail };
    const accepted: Transport[] = [];
    const listener = new SocketListener(sink);
    const bound = await listener.listen({ port: 0, host: "127.0.0.1" });
    assert.ok("port" in bound);
    const { port } = bound;
    const dialled = await socketDialer.dial({ host: "127.0.0.1", port }, new AbortController().signal);
    t.after(() => {
      for (const transport of [...accepted, dialled]) transport.destroy();
      listener.close();
    });
    while (accepted.length === 0) await new Promise((resolve) => setImmediate(resolve));
    // The sixth column of an established connection (01) begins with its timer: 02 is that of keep-alive.
    const hexPort = port.toString(16).toUpperCase().padStart(4, "0");
    const rows = readFileSync("/proc/net/tcp", "utf8")
      .split("\n")
      .map((row) => row.trim().split(/\s+/));
    const ends = rows.filter(
      ([, near, far, state]) => state === "01" && [near, far].some((end) => end?.endsWith(`:${hexPort}`)),
    );
    assert.deepEqual(
      ends.map((row) => row[5].slice(0, 2)),
      ["02", "02"],
    );
  });

  test("hands out a socket that can be released as an ordinary stream", async (t) => {
    const { client, transport } = await acceptTcp(t);
    const sink = RecordingSink.attachedTo(transport);
    client.write("first");
    await sink.received(5);
    transport.pause();
    const stream = transport.release(Buffer.from("first, "));
    client.end("then the rest");
    let text = "";
    stream.on("data", (chunk: Buffer) => {
      text += chunk;
    });
    stream.resume();
    await once(stream, "end");
    assert.equal(text, "first, then the rest");
    stream.end("answer");
    const [answer] = (await once(client, "data")) as [Buffer];
    assert.equal(answer.toString(), "answer");
  });

  test("gives up on a server that does not listen", () => {
    assert.equal(
      takeOver(createServer(), () => {}),
      false,
    );
  });

  test("leaves to Node what failed, and what it cannot read into shared memory", () => {
    const calls: unknown[][] = [];
    const handle = { onconnection: (...args: unknown[]) => void calls.push(args) };
    const accepted: unknown[] = [];
    takeOver({ _handle: handle } as unknown as Server, (transport) => void accepted.push(transport));
    const unknownHandle = {};
    handle.onconnection(-24, undefined);
    handle.onconnection(undefined, unknownHandle);
    assert.deepEqual(calls, [
      [-24, undefined],
      [undefined, unknownHandle],
    ]);
    assert.deepEqual(accepted, []);
  });
});
