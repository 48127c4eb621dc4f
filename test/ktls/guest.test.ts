// What the guest of `npm run test:ktls` has to offer, before anything is tested in it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { connect } from "sluice";
import { probe } from "sluice/uring";
import { echo, nextMessage, startServer } from "../support/sluice-server.js";

describe("the guest", () => {
  test("is the one that the tests of kernel TLS are for", () => {
    assert.equal(process.env.SLUICE_KTLS_GUEST, "1");
  });

  test("has a kernel that encrypts TLS on TCP sockets", () => {
    const available = readFileSync("/proc/sys/net/ipv4/tcp_available_ulp", "utf8");
    assert.ok(available.trim().split(" ").includes("tls"), available);
    assert.deepEqual(probe().kernelTls, { isAvailable: true, reason: undefined });
  });

  test("has the modules of every cipher of TLS 1.3 that the kernel can use", () => {
    const loaded = readFileSync("/proc/modules", "utf8")
      .split("\n")
      .map((line) => line.split(" ")[0]);
    for (const name of ["tls", "aesni_intel", "gcm", "chacha20poly1305"])
      assert.ok(loaded.includes(name), name);
  });

  test("has io_uring", () => {
    assert.deepEqual(probe().uring, { isAvailable: true, reason: undefined });
  });

  test("carries an echo from ring to ring over plain TCP", async (t) => {
    const { url } = await startServer(t, echo, { transport: "uring" });
    const ws = await connect(url, { transport: "uring" });
    t.after(() => ws.terminate());
    for (const message of ["short", "long ".repeat(20_000)]) {
      ws.send(message);
      assert.equal(await nextMessage(ws), message);
    }
    await ws.close();
    assert.equal((await ws.closed).code, 1000);
  });
});
