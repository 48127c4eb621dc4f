// What a megabyte costs with the kernel's TLS and with Node's, both over the ring: user and system time of the same transfer,
// as a note and no verdict. An emulated processor has other costs than a real one, for the instructions of AES above all.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import type { Transport } from "#src/transport/index.js";
import { connectPair } from "../support/ring-tls.js";
import { RecordingSink } from "../unit/transport/recording-sink.js";

const MEGABYTES = 16;

async function cost([client, server]: readonly [Transport, Transport]): Promise<string> {
  const bytes = randomBytes(1_048_576);
  const sink = RecordingSink.attachedTo(server, false);
  const drained = RecordingSink.attachedTo(client, false);
  client.write(bytes);
  await sink.received(bytes.length);
  const before = process.cpuUsage();
  for (let i = 1; i <= MEGABYTES; i++) {
    client.write(bytes);
    await sink.received((i + 1) * bytes.length);
  }
  const { user, system } = process.cpuUsage(before);
  assert.equal(drained.isClosed, false);
  const perMegabyte = (time: number): string => (time / 1000 / MEGABYTES).toFixed(1);
  return `${perMegabyte(user)} ms user and ${perMegabyte(system)} ms system for each of ${MEGABYTES} megabytes`;
}

for (const ciphers of ["TLS_AES_128_GCM_SHA256", "TLS_CHACHA20_POLY1305_SHA256"]) {
  test(`a transfer with ${ciphers} arrives whole, whoever does the TLS`, async (t) => {
    const server = { ciphers };
    const kernels = await connectPair(t, { server });
    const nodes = await connectPair(t, { server, successors: {} });
    assert.deepEqual([kernels[0].kind, nodes[0].kind], ["uring+ktls", "uring+tls"]);
    t.diagnostic(`kernel TLS: ${await cost(kernels)}`);
    t.diagnostic(`Node's TLS: ${await cost(nodes)}`);
  });
}
