import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
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
import { SocketTransport, type Transport, takeOver } from "#src/transport/index.js";
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
