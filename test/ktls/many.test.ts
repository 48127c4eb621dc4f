import assert from "node:assert/strict";
import { randomBytes, randomInt } from "node:crypto";
import { test } from "node:test";
import { connect } from "sluice";
import { certificates } from "../support/ring-tls.js";
import { echo, nextMessage, startServer } from "../support/sluice-server.js";
import { readTlsStat, tlsStatBackTo } from "./tls-stat.js";

const transport = "uring";
const MEGABYTE = 1_048_576;
/** Nobody hurries an emulated machine. */
const limits = { maxMessageBytes: 2 * MEGABYTE, maxBufferedBytes: 4 * MEGABYTE, handshakeTimeoutMs: 300_000 };
/** Checked by whoever started the guest: an emulated machine needs half a second for each. */
const connections = Number(process.env.SLUICE_KTLS_CONNECTIONS);
assert.ok(
  Number.isInteger(connections) && connections >= 1,
  "SLUICE_KTLS_CONNECTIONS takes a whole number, at least 1",
);
/** Open at once. */
const AT_ONCE = 10;
const suites = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"];

test(`a megabyte comes back byte for byte on ${connections} connections, and the kernel counts them all`, async (t) => {
  const before = readTlsStat();
  const { server, url } = await startServer(t, echo, { transport, tls: certificates().server, ...limits });
  const noise = randomBytes(8 * MEGABYTE);
  let next = 0;
  const talk = async (): Promise<void> => {
    while (next < connections) {
      const number = next++;
      const tls = { ca: certificates().ca, ciphers: suites[number % suites.length] };
      const ws = await connect(url, { transport, tls, ...limits });
      assert.equal(ws.transport, "uring+ktls");
      const start = randomInt(7 * MEGABYTE);
      const bytes = noise.subarray(start, start + MEGABYTE);
      ws.send(bytes);
      assert.ok(bytes.equals((await nextMessage(ws)) as Uint8Array), `connection ${number}`);
      await ws.close();
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, connections) }, talk));
  await server.close();
  const after = await tlsStatBackTo(before);
  assert.equal(after.TlsTxSw - before.TlsTxSw, 2 * connections, "ends that send");
  assert.equal(after.TlsRxSw - before.TlsRxSw, 2 * connections, "ends that receive");
  assert.equal(after.TlsDecryptError - before.TlsDecryptError, 0, "records that could not be opened");
  const { TlsCurrTxSw, TlsCurrRxSw } = before;
  assert.deepEqual([after.TlsCurrTxSw, after.TlsCurrRxSw], [TlsCurrTxSw, TlsCurrRxSw], "ends that are left");
});
