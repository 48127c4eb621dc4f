// A connection whose TLS the kernel does, over a kernel that is played.

import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { cipherSuites } from "#src/ktls/cipher-suite.js";
import { cryptoInfo } from "#src/ktls/crypto-info.js";
import { KernelKeys } from "#src/ktls/kernel-keys.js";
import { nextTrafficSecret, TrafficKeys } from "#src/ktls/key-schedule.js";
import { KtlsTransport } from "#src/ktls/ktls-transport.js";
import type { TlsRole } from "#src/transport/index.js";
import { OP_ASYNC_CANCEL } from "../../support/fake-kernel.js";
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

  test("is cut as well when this end has said its own close_notify, which ends one direction", async (t) => {
    const connection = await SecureConnection.open(t);
    connection.secure.end();
    await turns(2);
    await connection.sentMessage();
    connection.kernel.bring(connection.message, received(undefined, new Uint8Array(0)), false);
    await turns(4);
    assert.deepEqual(
      connection.told.calls.filter((call) => call !== "drained"),
      ["closed"],
    );
    assert.equal(connection.told.closedError?.code, "TLS_TRUNCATED");
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

  for (const [what, content, message] of [
    ["a fatal alert", [2, 20], /alert bad_record_mac/],
    ["an alert that nobody knows", [2, 200], /alert number 200/],
  ] as const) {
    test(`ends with an error for ${what}, and answers nothing`, async (t) => {
      const connection = await SecureConnection.open(t);
      await connection.record(21, content);
      await turns(4);
      assert.equal(connection.told.closedError?.code, "TLS_FAILED");
      assert.match(connection.told.closedError?.message ?? "", message);
      assert.equal(connection.kernel.isUnderWay(OP_SENDMSG), false);
    });
  }

  for (const [what, role, type, content, message, alert] of [
    ["an alert of one byte", "client", 21, [2], /alert of 1 bytes; it has 2/, 50],
    ["an alert of four bytes", "client", 21, [1, 90, 1, 0], /alert of 4 bytes/, 50],
    ["a message that it cannot answer", "client", 22, [13, 0, 0, 1, 0], /message of type 13/, 10],
    ["a ticket from a client", "server", 22, [4, 0, 0, 1, 0], /message of type 4/, 10],
    ["an empty handshake record", "client", 22, [], /empty TLS handshake record/, 10],
    ["a message that is longer than any", "client", 22, [4, 3, 0, 0, 1], /longer than any/, 50],
    ["a record that has no place here", "client", 20, [1], /record of type 20/, 10],
  ] as const) {
    test(`ends with an error for ${what}, and tells the peer`, async (t) => {
      const connection = await SecureConnection.open(t, role);
      connection.kernel.cancelling = "by the test";
      connection.kernel.bring(connection.message, received(type, Uint8Array.from(content)));
      assert.deepEqual(await connection.lastWords(), { type: 21, content: [2, alert] });
      await turns(4);
      assert.equal(connection.told.closedError?.code, "TLS_FAILED");
      assert.match(connection.told.closedError?.message ?? "", message);
    });
  }

  for (const [errno, message, alert] of [
    [74, /changed on the way/, 20],
    [90, /too long/, 22],
    [22, /no TLS record/, 70],
  ] as const) {
    test(`ends with an error for what the kernel cannot take (${errno}), and tells the peer`, async (t) => {
      const connection = await SecureConnection.open(t);
      connection.kernel.cancelling = "by the test";
      connection.kernel.complete(connection.message, -errno);
      assert.deepEqual(await connection.lastWords(), { type: 21, content: [2, alert] });
      await turns(4);
      const error = connection.told.closedError;
      assert.deepEqual([error?.code, error?.retryable], ["TLS_FAILED", false]);
      assert.match(error?.message ?? "", message);
    });
  }

  test("keeps the system's word for other failures", async (t) => {
    const connection = await SecureConnection.open(t);
    connection.kernel.complete(connection.message, -104);
    await turns(4);
    assert.equal(connection.told.closedError?.code, "CONNECTION_RESET");
  });

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

  for (const [content, message] of [
    [[24], /does not fill/],
    [[24, 0, 0, 1], /does not fill/],
    [[24, 0, 0, 1, 0, 4, 0, 0, 1, 1], /does not fill/],
    [[24, 0, 0, 2, 0, 0], /does not fill/],
    [[24, 0, 0, 1, 2], /request 2/],
    [[4, 0, 0, 1, 9, 24, 0, 0, 1, 0], /shares its TLS record/],
  ] as const) {
    test(`has to be whole and alone in its record: ${content}`, async (t) => {
      const connection = await SecureConnection.open(t);
      await connection.record(22, content);
      await turns(4);
      assert.equal(connection.told.closedError?.code, "TLS_FAILED");
      assert.match(connection.told.closedError?.message ?? "", message);
      assert.deepEqual(connection.keys, []);
    });
  }

  test("that the kernel sees where there is none ends the connection, and is not waited for again and again", async (t) => {
    const connection = await SecureConnection.open(t);
    await connection.record(22, [4, 0, 0, 9, 1]);
    connection.kernel.bring(connection.message, received(22, Uint8Array.of(24, 2, 3)));
    connection.kernel.complete(connection.message, -EKEYEXPIRED);
    await turns(6);
    assert.equal(connection.told.closedError?.code, "TLS_FAILED");
    assert.match(connection.told.closedError?.message ?? "", /begins like a KeyUpdate/);
  });

  test("lets the kernel wait for new keys once", async (t) => {
    const connection = await SecureConnection.open(t);
    connection.kernel.bring(connection.message, received(22, Uint8Array.of(24, 0, 0, 1, 0)));
    connection.kernel.complete(connection.message, -EKEYEXPIRED);
    await turns(4);
    connection.kernel.complete(connection.message, -EKEYEXPIRED);
    await turns(6);
    assert.equal(connection.told.closedError?.code, "TLS_FAILED");
  });

  for (const [errno, message] of [
    [EBUSY, /KeyUpdate.*EBUSY.*6\.14/],
    [12, /KeyUpdate.*ENOMEM\)$/],
  ] as const) {
    test(`ends the connection where the kernel does not follow it (${errno})`, async (t) => {
      const connection = await SecureConnection.open(t);
      connection.kernel.sockets.optionAnswers.push(-errno);
      await connection.record(22, [24, 0, 0, 1, 1]);
      await turns(4);
      assert.equal(connection.told.closedError?.code, "TLS_FAILED");
      assert.match(connection.told.closedError?.message ?? "", message);
    });
  }

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
