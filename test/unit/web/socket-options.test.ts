import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { WebSocket, WebSocketStream } from "sluice";

const url = "ws://127.0.0.1:1";

/** Options of `connect` that would go unheard, each with what to do instead, for either class. */
const unheard: readonly [name: string, socket: RegExp, stream: RegExp][] = [
  ["reconnect", /one connection; use connect/, /one connection; use connect/],
  ["highWaterMarkBytes", /bufferedAmount says/, /a write is done when/],
  ["lowWaterMarkBytes", /bufferedAmount says/, /a write is done when/],
  ["bufferPolicy", /full is closed/, /a write is done when/],
  ["maxQueuedMessages", /messages are events/, /waits until it is read/],
  ["maxQueuedBytes", /messages are events/, /waits until it is read/],
  ["context", /variable of yours/, /variable of yours/],
];

describe("options of connect that mean nothing here", () => {
  for (const [name, socket, stream] of unheard) {
    test(`are refused with what to do instead: ${name}`, () => {
      const options = { [name]: 1 };
      for (const [make, owner, advice] of [
        [() => new WebSocket(url, options), "WebSocket", socket],
        [() => new WebSocketStream(url, options), "WebSocketStream", stream],
      ] as const)
        assert.throws(make, ({ code, message }: Error & { code?: string }) => {
          assert.equal(code, "INVALID_ARGUMENT");
          assert.ok(message.startsWith(`${name} is not an option of ${owner}; `), message);
          assert.match(message, advice);
          return true;
        });
    });
  }
});
