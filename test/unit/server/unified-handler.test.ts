import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { WebSocketConnection } from "#src/connection/index.js";
import { HeaderMap } from "#src/handshake/index.js";
import type { HttpRequest } from "#src/server/http-exchange.js";
import { toHandlers, type UnifiedAnswer, type UnifiedHandler } from "#src/server/unified-handler.js";

/** As much of a connection as messages see. */
function connection() {
  const sent: unknown[] = [];
  const request = {
    url: "/a?b",
    pathname: "/a",
    headers: new HeaderMap([["X", "y"]]),
    remoteAddress: "192.0.2.1",
  };
  const ws = { request, send: (data: unknown) => sent.push(data) };
  return { sent, ws: ws as unknown as WebSocketConnection };
}

function request(handler: UnifiedHandler) {
  return toHandlers(handler).request?.({ type: "http" } as HttpRequest);
}

describe("one function for everything", () => {
  test("sees a message and what opened its connection", () => {
    const { ws } = connection();
    const seen: unknown[] = [];
    toHandlers((given) => {
      assert.ok(given.type === "websocket");
      const { data, isBinary, url, pathname, headers, remoteAddress } = given;
      seen.push(given.ws === ws, data, isBinary, url, pathname, headers.get("x"), remoteAddress);
    }).message?.(ws, "hello", false);
    assert.deepEqual(seen, [true, "hello", false, "/a?b", "/a", "y", "192.0.2.1"]);
  });

  for (const [what, settle] of [
    ["", (answer: UnifiedAnswer) => answer],
    ["a promise of ", (answer: UnifiedAnswer) => Promise.resolve(answer)],
    [
      "somebody else's promise of ",
      // biome-ignore lint/suspicious/noThenProperty: promises of other makes have one.
      (answer: UnifiedAnswer) => ({ then: (take: (value: UnifiedAnswer) => void) => take(answer) }) as never,
    ],
  ] as const) {
    test(`replies to a message with ${what}text or bytes, and with nothing else`, async () => {
      const { ws, sent } = connection();
      const bytes = Uint8Array.of(1);
      for (const answer of ["text", bytes, undefined]) {
        await toHandlers(() => settle(answer)).message?.(ws, "x", false);
      }
      for (const [answer, shown] of [
        [{ status: 200, body: "no reply" }, "an object"],
        [null, "null"],
        [5, "5"],
        [true, "true"],
      ] as const) {
        const replied = async (): Promise<unknown> =>
          toHandlers(() => settle(answer as never)).message?.(ws, "x", false);
        await assert.rejects(replied, {
          code: "INVALID_ARGUMENT",
          message: `the function answered a message with ${shown}; it answers a string or bytes, or nothing; use JSON.stringify for objects`,
        });
      }
      assert.deepEqual(sent, ["text", bytes]);
    });
  }

  test("answers a request with text, bytes, a response, and 404 for nothing", async () => {
    assert.deepEqual(await request(() => "text"), { body: "text" });
    assert.deepEqual(await request(() => Uint8Array.of(1)), { body: Uint8Array.of(1) });
    assert.deepEqual(await request(async () => ({ status: 201 })), { status: 201 });
    assert.deepEqual(await request(() => undefined), { status: 404 });
  });

  test("rejects with what the function throws", async () => {
    await assert.rejects(async () =>
      request(() => {
        throw new Error("mine");
      }),
    );
  });
});
