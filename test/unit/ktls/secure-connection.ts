// A connection whose TLS the kernel does, over a kernel that is played.

import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { cipherSuites } from "#src/ktls/cipher-suite.js";
import { KernelKeys } from "#src/ktls/kernel-keys.js";
import { KtlsTransport } from "#src/ktls/ktls-transport.js";
import type { TlsRole } from "#src/transport/index.js";
import { OP_ASYNC_CANCEL } from "../../support/fake-kernel.js";
import type { Submission } from "../../support/fake-submission.js";
import { RecordingSink, turns } from "../transport/recording-sink.js";
import { FakeConnection } from "../uring/fake-connection.js";

// linux/io_uring.h and linux/tls.h, written down once more.
export const OP_SENDMSG = 9;
export const OP_RECVMSG = 10;
const SOL_TLS = 282;

export const [suite] = cipherSuites;
export const ours = Buffer.alloc(32, 1);
export const theirs = Buffer.alloc(32, 2);

/** What a multishot recvmsg leaves in a buffer: header, control message, and bytes. */
export function received(type: number | undefined, content: Uint8Array): Buffer {
  const message = Buffer.alloc(40 + content.length);
  message.writeUInt32LE(content.length, 8);
  message.set(content, 40);
  if (type === undefined) return message;
  message.writeUInt32LE(17, 4);
  message.writeUInt32LE(17, 16);
  message.writeInt32LE(SOL_TLS, 24);
  message.writeInt32LE(2, 28);
  message[32] = type;
  return message;
}

export class SecureConnection extends FakeConnection {
  readonly secure: KtlsTransport;
  readonly told = new RecordingSink();

  constructor(t: TestContext, role: TlsRole = "client") {
    super(t);
    this.transport.pause();
    const sendKeys = new KernelKeys(this.transport, "send", suite, ours);
    const receiveKeys = new KernelKeys(this.transport, "receive", suite, theirs);
    this.secure = new KtlsTransport(this.transport, role, sendKeys, receiveKeys);
  }

  static async open(t: TestContext, role?: TlsRole): Promise<SecureConnection> {
    const connection = new SecureConnection(t, role);
    connection.secure.attach(connection.told);
    await turns(3);
    return connection;
  }

  get message(): Submission {
    return this.kernel.underWay(OP_RECVMSG, this.fd);
  }

  async record(type: number, content: string | readonly number[], hasMore = true): Promise<void> {
    const bytes = typeof content === "string" ? Buffer.from(content) : Uint8Array.from(content);
    this.kernel.bring(this.message, received(type, bytes), hasMore);
    await turns(3);
  }

  /** Completes the message that is being sent, and answers its type and content. */
  async sentMessage(): Promise<{ type: number; content: number[] }> {
    const submission = this.kernel.underWay(OP_SENDMSG, this.fd);
    const { memory } = this.kernel;
    const header = Buffer.from(memory.at(submission.address, 56));
    const vector = Buffer.from(memory.at(Number(header.readBigUInt64LE(16)), 16));
    const control = Buffer.from(
      memory.at(Number(header.readBigUInt64LE(32)), Number(header.readBigUInt64LE(40))),
    );
    const length = Number(vector.readBigUInt64LE(8));
    const content = [...memory.at(Number(vector.readBigUInt64LE(0)), length)];
    assert.deepEqual(
      [header.readBigUInt64LE(24), control.readInt32LE(8), control.readInt32LE(12)],
      [1n, SOL_TLS, 1],
    );
    assert.equal(control.readBigUInt64LE(0), 17n);
    this.kernel.complete(submission, length);
    await turns(3);
    return { type: control[16], content };
  }

  /** The message that was submitted before everything was cancelled: the kernel has sent it by then. */
  async lastWords(): Promise<{ type: number; content: number[] }> {
    await turns(1);
    const words = await this.sentMessage();
    this.kernel.cancel(this.kernel.underWay(OP_ASYNC_CANCEL));
    return words;
  }

  get keys(): { name: number; value: Uint8Array }[] {
    return this.kernel.sockets.options.map(({ level, name, value }) => {
      assert.equal(level, SOL_TLS);
      return { name, value };
    });
  }
}
