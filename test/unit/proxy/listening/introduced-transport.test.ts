import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { createDialer, createListener } from "#src/carrier/index.js";
import { IntroducedTransport } from "#src/proxy/listening/introduced-transport.js";
import { createMemoryPair, type Endpoint, type Transport } from "#src/transport/index.js";
import { ringLoop } from "#src/uring/index.js";
import { describeTransport } from "../../transport/contract.js";
import { RecordingSink, turns } from "../../transport/recording-sink.js";

const NOTHING = new Uint8Array(0);
const source: Endpoint = { address: "203.0.113.7", port: 4000 };
const header = { version: 2, source, destination: undefined } as const;

function introduced(inner: Transport, early: Uint8Array = NOTHING): Transport {
  return new IntroducedTransport(inner, header, early);
}

function pairOver(choice: "node" | "uring") {
  return async (t: TestContext): Promise<[Transport, Transport]> => {
    let accept: (transport: Transport) => void = () => {};
    const accepted = new Promise<Transport>((resolve) => {
      accept = resolve;
    });
    const listener = createListener(choice, { accepted: accept, failed: assert.fail });
    const bound = await listener.listen({ port: 0, host: "127.0.0.1" });
    assert.ok("port" in bound);
    const never = new AbortController().signal;
    const dialled = await createDialer(choice).dial({ host: "127.0.0.1", port: bound.port }, never);
    const far = introduced(await accepted);
    t.after(() => {
      listener.close();
      dialled.destroy();
      far.destroy();
    });
    return [dialled, far];
  };
}

describeTransport("introduced memory", async () => {
  const [near, far] = createMemoryPair();
  return [near, introduced(far)];
});
describeTransport("introduced socket", pairOver("node"));
if (typeof ringLoop() !== "string") describeTransport("introduced ring", pairOver("uring"));

describe("a connection behind its PROXY header", () => {
  test("is whose the header says, and its own where that says nothing", () => {
    const [, far] = createMemoryPair();
    assert.equal(introduced(far).remoteAddress, "203.0.113.7");
    assert.deepEqual(introduced(far).endpoints?.(), { remote: source, local: undefined });
    const local = new IntroducedTransport(far, { ...header, source: undefined }, NOTHING);
    assert.equal(local.remoteAddress, far.remoteAddress);
    const unix = new IntroducedTransport(far, { ...header, source: { path: "/run/x" } }, NOTHING);
    assert.equal(unix.remoteAddress, undefined);
  });

  test("begins with what came with the header, whoever is attached when it is delivered", async () => {
    const [near, far] = createMemoryPair();
    const transport = introduced(far, Uint8Array.from(Buffer.from("early, ")));
    near.write(Buffer.from("late"));
    await turns();
    const first = new RecordingSink();
    transport.attach(first);
    assert.equal(first.text, "", "nothing comes before attach has returned");
    const second = RecordingSink.attachedTo(transport);
    await second.received(11);
    assert.deepEqual([first.text, second.text], ["", "early, late"]);
  });

  test("keeps what came with the header while it is paused", async () => {
    const [near, far] = createMemoryPair();
    const transport = introduced(far, Uint8Array.from(Buffer.from("early, ")));
    const sink = RecordingSink.attachedTo(transport);
    transport.pause();
    near.write(Buffer.from("late"));
    await turns();
    assert.equal(sink.text, "");
    transport.resume();
    await sink.received(11);
    assert.equal(sink.text, "early, late");
  });

  test("whose client has sent its end is told of it behind what came before", async () => {
    const [near, far] = createMemoryPair();
    const transport = new IntroducedTransport(far, header, Uint8Array.from(Buffer.from("all")));
    near.end();
    await turns();
    const sink = RecordingSink.attachedTo(transport);
    await sink.received(3);
    await turns();
    assert.equal(sink.calls.at(-1), "ended");
  });

  test("that has closed before anybody came says so to whoever comes", async () => {
    const [near, far] = createMemoryPair();
    const transport = introduced(far, Uint8Array.from(Buffer.from("gone")));
    near.destroy();
    await turns();
    const sink = RecordingSink.attachedTo(transport);
    await turns();
    assert.equal(sink.count("closed"), 1);
  });
});
