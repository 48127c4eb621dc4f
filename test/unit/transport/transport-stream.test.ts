import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, request } from "node:http";
import { describe, type TestContext, test } from "node:test";
import { createMemoryPair, SocketTransport, type Transport, toStream } from "#src/transport/index.js";
import { TransportStream } from "#src/transport/transport-stream.js";
import { describeTransport } from "./contract.js";
import { countedBytes, latin1, RecordingSink, turns } from "./recording-sink.js";

/** Two transports, each over a stream over one end of a memory pair. */
async function connectStreams(t: TestContext): Promise<[Transport, Transport]> {
  const [left, right] = createMemoryPair().map((end) => new SocketTransport(toStream(end)));
  t.after(() => {
    left.destroy();
    right.destroy();
  });
  return [left, right];
}

describeTransport("stream over a transport, carrying another", connectStreams);

describe("transport as a stream", () => {
  test("begins with what was unread", async () => {
    const [left, right] = createMemoryPair();
    const stream = toStream(right, Buffer.from("unread, "));
    left.write(Buffer.from("and behind"));
    await turns();
    let text = "";
    stream.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
    left.end();
    await once(stream, "end");
    assert.equal(text, "unread, and behind");
    stream.destroy();
  });

  test("slows its peer down when nobody takes what was read", async () => {
    const [left, right] = createMemoryPair({ maxChunkBytes: 1000 });
    const stream = toStream(right);
    stream.on("readable", () => {});
    left.write(countedBytes(1_000_000));
    await turns();
    assert.ok(stream.readableLength < 100_000, `${stream.readableLength} bytes are held`);
    assert.ok(left.pendingBytes > 900_000);
    stream.destroy();
  });

  test("finishes a write when its bytes are needed no more", async () => {
    const [left, right] = createMemoryPair();
    const far = RecordingSink.attachedTo(left);
    const stream = toStream(right);
    const memory = Buffer.from("once");
    await new Promise((resolve) => stream.write(memory, resolve));
    memory.fill(0);
    stream.cork();
    stream.write("two ");
    stream.write("at once");
    stream.uncork();
    stream.end();
    await far.called("ended");
    assert.equal(far.text, "oncetwo at once");
    stream.destroy();
  });

  test("ends with the error of the transport, and destroys the transport when it is destroyed", async () => {
    const [left, right] = createMemoryPair();
    const far = RecordingSink.attachedTo(left);
    const stream = toStream(right);
    stream.destroy(new Error("enough"));
    const [error] = await once(stream, "error");
    assert.equal(error.message, "enough");
    await far.called("closed");
    assert.equal(stream.destroyed, true);
  });

  test("tells when it has been idle for too long", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const [, right] = createMemoryPair();
    const stream = new TransportStream(right, new Uint8Array(0));
    let timeouts = 0;
    stream.setTimeout(1000, () => timeouts++);
    t.mock.timers.tick(999);
    assert.equal(timeouts, 0);
    t.mock.timers.tick(1);
    assert.equal(timeouts, 1);
    stream.setTimeout(1000);
    stream.setTimeout(0);
    t.mock.timers.tick(5000);
    assert.equal(timeouts, 1);
    const listener = (): void => {};
    stream.setTimeout(1000, listener);
    stream.setTimeout(0, listener);
    assert.equal(stream.listenerCount("timeout"), 0, "a listener goes with its timeout");
    stream.destroy();
  });

  test("carries Node's HTTP in both roles", async (t) => {
    const [left, right] = createMemoryPair();
    const server = createServer((message, response) => {
      let body = "";
      message.setEncoding("latin1").on("data", (text: string) => {
        body += text;
      });
      message.on("end", () => response.end(`${message.method} ${body.length}`));
    });
    t.after(() => server.close());
    const stream = toStream(right);
    server.emit("connection", stream);
    const sent = request({ createConnection: () => toStream(left), method: "POST", path: "/" });
    sent.end(latin1(countedBytes(300_000)), "latin1");
    const [response] = await once(sent, "response");
    let text = "";
    for await (const chunk of response) text += chunk;
    assert.equal(text, "POST 300000");
    stream.destroy();
  });
});
