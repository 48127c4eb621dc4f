// The program openssl at the other end: a client, a server, and one that changes its keys.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { kernelTls } from "#src/ktls/index.js";
import type { Transport } from "#src/transport/index.js";
import { certificates, dialOnRing, listenOnRing } from "../support/ring-tls.js";
import { RecordingSink } from "../unit/transport/recording-sink.js";

/** A program's output so far, and a promise for a piece of it. */
class Program {
  readonly child: ChildProcess;
  #output = "";
  #waiters: { pattern: RegExp; resolve: (match: RegExpExecArray) => void }[] = [];

  constructor(t: TestContext, args: readonly string[]) {
    this.child = spawn("openssl", args, { stdio: ["pipe", "pipe", "pipe"] });
    t.after(async () => {
      if (this.child.exitCode !== null || this.child.signalCode !== null) return;
      this.child.kill("SIGKILL");
      await once(this.child, "exit");
    });
    for (const stream of [this.child.stdout, this.child.stderr])
      stream?.on("data", (chunk: Buffer) => {
        this.#output += chunk;
        this.#tell();
      });
  }

  write(text: string): void {
    this.child.stdin?.write(text);
  }

  prints(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve) => {
      this.#waiters.push({ pattern, resolve });
      this.#tell();
    });
  }

  #tell(): void {
    this.#waiters = this.#waiters.filter(({ pattern, resolve }) => {
      const match = pattern.exec(this.#output);
      if (match !== null) resolve(match);
      return match === null;
    });
  }
}

function keyFiles(t: TestContext): { key: string; cert: string; ca: string } {
  const folder = mkdtempSync(join(tmpdir(), "sluice-ktls-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const files = { key: join(folder, "key.pem"), cert: join(folder, "cert.pem"), ca: join(folder, "ca.pem") };
  writeFileSync(files.key, certificates().server.key);
  writeFileSync(files.cert, certificates().server.cert);
  writeFileSync(files.ca, certificates().ca);
  return files;
}

/** A connection with the kernel's TLS to `openssl s_server`, whose input are its commands and what it sends. */
async function dialOpenssl(t: TestContext, args: readonly string[] = []): Promise<[Transport, Program]> {
  const { key, cert } = keyFiles(t);
  const server = new Program(t, [
    "s_server",
    "-accept",
    "127.0.0.1:0",
    "-key",
    key,
    "-cert",
    cert,
    "-tls1_3",
    ...args,
  ]);
  const [, port] = await server.prints(/ACCEPT 127\.0\.0\.1:(\d+)/);
  const transport = await dialOnRing(t, kernelTls, Number(port));
  assert.equal(transport.kind, "uring+ktls");
  return [transport, server];
}

describe("openssl", () => {
  for (const suite of ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"]) {
    test(`talks to a client of ours: ${suite}`, async (t) => {
      const [transport, server] = await dialOpenssl(t, ["-ciphersuites", suite]);
      const sink = RecordingSink.attachedTo(transport);
      transport.write(Buffer.from("from the kernel\n"));
      await server.prints(/from the kernel/);
      server.write("from openssl\n");
      await sink.received(13);
      assert.equal(sink.text, "from openssl\n");
      server.write("Q\n");
      // It closes the socket before it says so in TLS.
      await sink.called("closed");
      assert.equal(sink.closedError?.code, "TLS_TRUNCATED");
    });
  }

  test("talks to a client of ours that gets no tickets, and to one that gets many", async (t) => {
    for (const count of ["0", "7"]) {
      const [transport, server] = await dialOpenssl(t, ["-num_tickets", count]);
      const sink = RecordingSink.attachedTo(transport);
      server.write("after the tickets\n");
      await sink.received(18);
      assert.equal(sink.text, "after the tickets\n");
    }
  });

  test("talks to a server of ours, and says that the connection is TLS 1.3", async (t) => {
    const { ca } = keyFiles(t);
    const { port, accepted } = await listenOnRing(t, kernelTls);
    const args = ["s_client", "-connect", `127.0.0.1:${port}`, "-servername", "localhost", "-CAfile", ca];
    const client = new Program(t, args);
    const transport = await accepted;
    assert.equal(transport.kind, "uring+ktls");
    const sink = RecordingSink.attachedTo(transport);
    await client.prints(/TLSv1\.3, Cipher is TLS_/);
    client.write("from s_client\n");
    await sink.received(14);
    transport.write(Buffer.from("from the kernel"));
    await client.prints(/from the kernel/);
    transport.end();
    await sink.called("closed");
    // It keeps this until it ends.
    await client.prints(/Post-Handshake New Session Ticket arrived/);
  });

  for (const [command, what] of [
    ["k", "changes its keys"],
    ["K", "changes its keys and asks for the same"],
  ]) {
    test(`ends with an error that says why when it ${what}, and the kernel cannot`, async (t) => {
      const [transport, server] = await dialOpenssl(t);
      const sink = RecordingSink.attachedTo(transport);
      server.write("before\n");
      await sink.received(7);
      server.write(`${command}\n`);
      await sink.called("closed");
      assert.equal(sink.closedError?.code, "TLS_FAILED");
      assert.match(sink.closedError?.message ?? "", /KeyUpdate.*Linux can since 6\.14/);
      assert.equal(sink.text, "before\n");
    });
  }
});
