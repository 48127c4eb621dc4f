// What a reload changes for plain requests, which Node's parser reads.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { openRaw } from "../support/raw-client.js";
import { startProxy } from "../support/sluice-proxy.js";
import { echo, startServer } from "../support/sluice-server.js";
import { headOf } from "../support/wire.js";

const upstream = { ...echo, request: () => ({ body: "hello" }) };

function request(paddingBytes: number): string {
  return headOf("GET / HTTP/1.1", "Host: x", `X-Padding: ${"x".repeat(paddingBytes)}`);
}

describe("a reload of the proxy", () => {
  test("changes how large the head of a plain request may be, on connections that come then", async (t) => {
    const { url: to } = await startServer(t, upstream);
    const { port, proxy } = await startProxy(t, { to, maxHeadBytes: 1000 });
    const statusOf = async (paddingBytes: number): Promise<number> => {
      const client = await openRaw(t, { port });
      client.write(request(paddingBytes));
      return (await client.readHead()).status;
    };
    const kept = await openRaw(t, { port });
    kept.write(request(10));
    assert.equal((await kept.readResponse()).body, "hello");
    assert.equal(await statusOf(2000), 431);
    proxy.reload({ to, maxHeadBytes: 8000 });
    assert.equal(await statusOf(2000), 200);
    assert.equal(await statusOf(9000), 431);
    kept.write(request(2000));
    assert.equal((await kept.readHead()).status, 431);
    proxy.reload({ to, maxHeadBytes: 1000 });
    assert.equal(await statusOf(2000), 431);
  });

  test("changes how long the head of a plain request may take, also on connections that are kept", async (t) => {
    const { url: to } = await startServer(t, upstream);
    const { port, proxy } = await startProxy(t, { to, requestTimeoutMs: 600_000 });
    const kept = await openRaw(t, { port });
    kept.write(request(10));
    assert.equal((await kept.readResponse()).body, "hello");
    proxy.reload({ to, requestTimeoutMs: 60 });
    kept.write("GET / HTTP/1.1\r\nHost:");
    assert.equal((await kept.readHead()).status, 408);
  });
});
