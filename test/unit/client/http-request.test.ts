import assert from "node:assert/strict";
import { once } from "node:events";
import { type Duplex, PassThrough } from "node:stream";
import { describe, test } from "node:test";
import { exchangeHttp, overlayHeaders } from "#src/client/http-request.js";
import { OpeningDeadline } from "#src/client/opening-deadline.js";

test("a later list's header replaces an earlier one's of the same name, in any case", () => {
  const lines = overlayHeaders(
    [
      ["Accept", "a"],
      ["X-One", "1"],
    ],
    [["accept", "b"]],
    [["X-Two", "2"]],
  );
  assert.deepEqual(lines, [
    ["X-One", "1"],
    ["accept", "b"],
    ["X-Two", "2"],
  ]);
});

test("repeats within one list are kept", () => {
  assert.deepEqual(
    overlayHeaders(
      [["A", "0"]],
      [
        ["A", "1"],
        ["a", "2"],
      ],
    ),
    [
      ["A", "1"],
      ["a", "2"],
    ],
  );
});

describe("a stream that is over before the request", () => {
  const outgoing = { method: "GET", target: "/", headers: [["Host", "a.test"]] as const, body: undefined };
  const bounds = { maxBodyBytes: 1000, bodyIdleTimeoutMs: 1000 };

  async function exchange(stream: Duplex): Promise<unknown> {
    const deadline = new OpeningDeadline(60_000, undefined, "no response head came");
    try {
      return await exchangeHttp(stream, outgoing, bounds, deadline);
    } finally {
      deadline.clear();
    }
  }

  test("since the peer has ended it, is told at once", async () => {
    const stream = new PassThrough();
    stream.resume().end();
    await once(stream, "end");
    await assert.rejects(exchange(stream), {
      code: "CONNECTION_ENDED",
      message: "the server ended the connection before it answered",
    });
  });

  test("with an error, says which", async () => {
    const stream = new PassThrough();
    stream.on("error", () => {});
    stream.destroy(Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }));
    await new Promise((resolve) => stream.once("close", resolve));
    await assert.rejects(exchange(stream), { code: "CONNECTION_RESET", message: "read ECONNRESET" });
  });
});
