import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { SendResult } from "sluice";
import { Attempts } from "./reconnect-attempts.js";

/** A reconnecting connection whose message handler is busy until it is released. */
class BusyListener {
  readonly attempts = new Attempts(true, true, true);
  readonly calls: unknown[] = [];
  release: () => void = () => {};
  /** What the handler does when it goes on. */
  goOn: (data: unknown) => unknown = () => undefined;

  /** Loses the first connection, to which "one" has been delivered while "two" waits. */
  async loseFirst(): Promise<void> {
    const { attempts, calls } = this;
    await attempts.connect();
    const [peer] = attempts.peers;
    peer.text("one");
    peer.text("two");
    await attempts.host.settle();
    attempts.ws.listen({
      message: async (_ws, data) => {
        calls.push(`begin ${data}`);
        await new Promise<void>((resolve) => {
          this.release = resolve;
        });
        this.goOn(data);
        calls.push(`end ${data}`);
      },
      close: (_ws, code) => calls.push(`close ${code}`),
    });
    peer.transport.destroy();
    await attempts.untilConnections(2);
    attempts.peers[1].text("three");
    await attempts.host.settle();
  }

  async releaseHandler(): Promise<void> {
    this.release();
    await this.attempts.host.settle();
  }
}

describe("handlers of a connection that reconnects", () => {
  test("get one message at a time across a loss, in the order of the connections", async () => {
    const listener = new BusyListener();
    await listener.loseFirst();
    const { calls } = listener;
    assert.deepEqual(calls, ["begin one"]);
    await listener.releaseHandler();
    assert.deepEqual(calls, ["begin one", "end one", "begin two"]);
    await listener.releaseHandler();
    assert.deepEqual(calls.slice(3), ["end two", "begin three"]);
    await listener.releaseHandler();
    assert.deepEqual(calls.slice(5), ["end three"]);
  });

  test("wait for a busy one also when a connection between has had no message", async () => {
    const listener = new BusyListener();
    await listener.loseFirst();
    const { attempts, calls } = listener;
    attempts.peers[1].transport.destroy();
    await attempts.untilConnections(3);
    attempts.peers[2].text("four");
    await attempts.host.settle();
    assert.deepEqual(calls, ["begin one"]);
    for (let i = 0; i < 3; i++) await listener.releaseHandler();
    // What the second had sent was not read when it was cut.
    assert.deepEqual(
      calls.filter((call) => String(call).startsWith("begin")),
      ["begin one", "begin two", "begin four"],
    );
  });

  test("can send over the next connection while its messages wait for them", async () => {
    const listener = new BusyListener();
    await listener.loseFirst();
    const { attempts } = listener;
    const sent: SendResult[] = [];
    listener.goOn = (data) => sent.push(attempts.ws.send(`again ${data}`));
    await listener.releaseHandler();
    assert.deepEqual([sent, attempts.peers[1].take()], [["sent"], ["text again one"]]);
  });

  test("get nothing between pause and resume, not even of a connection that was lost", async () => {
    const listener = new BusyListener();
    await listener.loseFirst();
    const { attempts, calls } = listener;
    attempts.ws.pause();
    await listener.releaseHandler();
    assert.deepEqual(calls, ["begin one", "end one"]);
    attempts.ws.resume();
    await attempts.host.settle();
    assert.deepEqual(calls.slice(2), ["begin two"]);
    await listener.releaseHandler();
    await listener.releaseHandler();
    assert.deepEqual(calls.slice(3), ["end two", "begin three", "end three"]);
  });

  test("get nothing more once it is closed, and their close when the busy one is done", async () => {
    const listener = new BusyListener();
    await listener.loseFirst();
    const { attempts, calls } = listener;
    const closed = attempts.ws.close(4000);
    await attempts.host.settle();
    assert.deepEqual(attempts.peers[1].take(), ["close 4000"]);
    attempts.peers[1].close(4000);
    attempts.peers[1].transport.end();
    await attempts.host.settle();
    assert.equal((await closed).code, 4000);
    assert.deepEqual(calls, ["begin one"]);
    await listener.releaseHandler();
    assert.deepEqual(calls, ["begin one", "end one", "close 4000"]);
  });
});
