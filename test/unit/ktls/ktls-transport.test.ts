// A connection whose TLS the kernel does, over a kernel that is played.

import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { cipherSuites } from "#src/ktls/cipher-suite.js";
import { cryptoInfo } from "#src/ktls/crypto-info.js";
import { KernelKeys } from "#src/ktls/kernel-keys.js";
import { nextTrafficSecret, TrafficKeys } from "#src/ktls/key-schedule.js";
import { KtlsTransport } from "#src/ktls/ktls-transport.js";
import type { Submission } from "../../support/fake-submission.js";
import { RecordingSink, turns } from "../transport/recording-sink.js";
import { FakeConnection } from "../uring/fake-connection.js";

// linux/io_uring.h, linux/tls.h and errno.h, written down once more.
const OP_SENDMSG = 9;
const OP_RECVMSG = 10;
const SOL_TLS = 282;
const TLS_TX = 1;
const TLS_RX = 2;
const EBUSY = 16;
const EKEYEXPIRED = 127;
const MSG_WAITALL = 0x100;

const [suite] = cipherSuites;
const ours = Buffer.alloc(32, 1);
const theirs = Buffer.alloc(32, 2);

/** What a multishot recvmsg leaves in a buffer: header, control message, and bytes. */
function received(type: number | undefined, content: Uint8Array): Buffer {
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

class SecureConnection extends FakeConnection {
  readonly secure: KtlsTransport;
  readonly told = new RecordingSink();

  constructor(t: TestContext) {
    super(t);
    this.transport.pause();
    const sendKeys = new KernelKeys(this.transport, "send", suite, ours);
    const receiveKeys = new KernelKeys(this.transport, "receive", suite, theirs);
    this.secure = new KtlsTransport(this.transport, sendKeys, receiveKeys);
  }

  static async open(t: TestContext): Promise<SecureConnection> {
    const connection = new SecureConnection(t);
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

  get keys(): { name: number; value: Uint8Array }[] {
    return this.kernel.sockets.options.map(({ level, name, value }) => {
      assert.equal(level, SOL_TLS);
      return { name, value };
    });
  }
}

describe("a connection with the kernel's TLS", () => {
  test("delivers what records hold, and never an empty one", async (t) => {
    const connection = await SecureConnection.open(t);
    assert.deepEqual([connection.secure.kind, connection.secure.isSecure], ["uring+ktls", true]);
    await connection.record(23, "data");
    await connection.record(23, []);
    await connection.record(23, " and more");
    assert.equal(connection.told.text, "data and more");
    assert.deepEqual(connection.told.calls, ["receive"]);
  });

  test("overlooks tickets, also several in a record and one in several, and an alert that says nothing", async (t) => {
    const connection = await SecureConnection.open(t);
    await connection.record(22, [4, 0, 0, 1, 9, 4, 0, 0, 2, 7]);
    await connection.record(22, [8, 4, 0]);
    await connection.record(22, [0, 0]);
    await connection.record(21, [1, 90]);
    await connection.record(23, "data");
    assert.equal(connection.told.text, "data");
    assert.equal(connection.told.isClosed, false);
  });

  test("has ended when the peer says close_notify, whatever comes behind, and can still send", async (t) => {
    const connection = await SecureConnection.open(t);
    await connection.record(23, "last");
    await connection.record(21, [1, 0]);
    assert.deepEqual(connection.told.calls, ["receive", "ended"]);
    connection.secure.write(Buffer.from("answer"));
    await turns(2);
    assert.equal(await connection.sentAll(), "answer");
    connection.secure.end();
    await turns(2);
    assert.deepEqual(await connection.sentMessage(), { type: 21, content: [1, 0] });
    assert.deepEqual(connection.kernel.shutDowns, [connection.fd]);
  });

  test("is cut when TCP ends without close_notify, behind what came", async (t) => {
    const connection = await SecureConnection.open(t);
    await connection.record(23, "part of it");
    connection.kernel.bring(connection.message, received(undefined, new Uint8Array(0)), false);
    await turns(4);
    assert.deepEqual(connection.told.calls, ["receive", "closed"]);
    assert.equal(connection.told.closedError?.code, "TLS_TRUNCATED");
  });

  test("is not cut when TCP ends after this end said its own close_notify", async (t) => {
    const connection = await SecureConnection.open(t);
    connection.secure.end();
    await turns(2);
    await connection.sentMessage();
    connection.kernel.bring(connection.message, received(undefined, new Uint8Array(0)), false);
    await turns(4);
    assert.deepEqual(
      connection.told.calls.filter((call) => call !== "drained"),
      ["ended", "closed"],
    );
    assert.equal(connection.told.closedError, undefined);
  });

  test("keeps the end behind what came into a pause", async (t) => {
    const connection = await SecureConnection.open(t);
    connection.secure.pause();
    connection.kernel.bring(connection.message, received(23, Buffer.from("late")));
    await connection.record(21, [1, 0]);
    assert.deepEqual(connection.told.calls, []);
    connection.secure.resume();
    await turns(3);
    assert.deepEqual([connection.told.text, connection.told.calls], ["late", ["receive", "ended"]]);
  });

  for (const [what, type, content, message] of [
    ["a fatal alert", 21, [2, 20], /alert bad_record_mac/],
    ["an alert that nobody knows", 21, [2, 200], /alert number 200/],
    ["a message that this end cannot answer", 22, [13, 0, 0, 1, 0], /message of type 13/],
    ["a record that has no place here", 20, [1], /record of type 20/],
  ] as const) {
    test(`ends with an error for ${what}`, async (t) => {
      const connection = await SecureConnection.open(t);
      await connection.record(type, content);
      await turns(4);
      assert.equal(connection.told.closedError?.code, "TLS_FAILED");
      assert.match(connection.told.closedError?.message ?? "", message);
    });
  }

  test("sends without waiting for all, which the kernel's TLS cannot, and goes on with what is left", async (t) => {
    const connection = await SecureConnection.open(t);
    connection.secure.write(Buffer.from("abcdef"));
    await turns(2);
    assert.equal(connection.sent(2), "abcdef");
    await turns(2);
    assert.equal(connection.send.operationFlags & MSG_WAITALL, 0);
    assert.equal(await connection.sentAll(), "cdef");
  });
});

describe("a KeyUpdate", () => {
  const infoOf = (secret: Buffer): Buffer => cryptoInfo(suite, new TrafficKeys(suite, secret), 0);

  test("gives the kernel the peer's next keys, and the receive begins again", async (t) => {
    const connection = await SecureConnection.open(t);
    connection.kernel.bring(connection.message, received(22, Uint8Array.of(24, 0, 0, 1, 0)));
    connection.kernel.complete(connection.message, -EKEYEXPIRED);
    await turns(4);
    assert.deepEqual(connection.keys, [
      { name: TLS_RX, value: new Uint8Array(infoOf(nextTrafficSecret(suite, theirs))) },
    ]);
    await connection.record(23, "with new keys");
    assert.equal(connection.told.text, "with new keys");
  });

  test("that asks for the same is answered once, and what follows is protected with the new keys", async (t) => {
    const connection = await SecureConnection.open(t);
    await connection.record(22, [24, 0, 0, 1, 1]);
    await connection.record(22, [24, 0, 0, 1, 1]);
    connection.secure.write(Buffer.from("behind it"));
    await turns(2);
    assert.deepEqual(
      connection.keys.map(({ name }) => name),
      [TLS_RX, TLS_RX],
    );
    assert.equal(connection.isSending, false, "data waits for the keys");
    assert.deepEqual(await connection.sentMessage(), { type: 22, content: [24, 0, 0, 1, 0] });
    const [, , sendKeys] = connection.keys;
    assert.deepEqual(sendKeys, {
      name: TLS_TX,
      value: new Uint8Array(infoOf(nextTrafficSecret(suite, ours))),
    });
    assert.equal(await connection.sentAll(), "behind it");
    assert.equal(connection.kernel.isUnderWay(OP_SENDMSG), false);
  });

  test("ends the connection where the kernel cannot follow it", async (t) => {
    const connection = await SecureConnection.open(t);
    connection.kernel.sockets.optionAnswers.push(-EBUSY);
    await connection.record(22, [24, 0, 0, 1, 1]);
    await turns(4);
    assert.equal(connection.told.closedError?.code, "TLS_FAILED");
    assert.match(connection.told.closedError?.message ?? "", /KeyUpdate.*6\.14/);
  });

  test("changes no keys of a connection that has ended meanwhile", async (t) => {
    const connection = await SecureConnection.open(t);
    await connection.record(22, [24, 0, 0, 1, 1]);
    connection.secure.destroy();
    connection.kernel.complete(connection.kernel.underWay(OP_SENDMSG), -125);
    await turns(4);
    assert.deepEqual(
      connection.keys.map(({ name }) => name),
      [TLS_RX],
    );
  });
});

test("a connection that ends before anybody has come is told to who comes", async (t) => {
  const connection = new SecureConnection(t);
  await turns(3);
  assert.equal(connection.kernel.isUnderWay(OP_RECVMSG), false, "nothing is read for nobody");
  connection.secure.destroy();
  await turns(4);
  const late = RecordingSink.attachedTo(connection.secure);
  await turns(2);
  assert.deepEqual(late.calls, ["closed"]);
});
