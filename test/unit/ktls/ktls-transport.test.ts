import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { RecordingSink, turns } from "../transport/recording-sink.js";
import { OP_RECVMSG, OP_SENDMSG, received, SecureConnection } from "./secure-connection.js";

/** sys/socket.h, written down once more. */
const MSG_WAITALL = 0x100;

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
