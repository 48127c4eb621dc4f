import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { cryptoInfo } from "#src/ktls/crypto-info.js";
import { nextTrafficSecret, TrafficKeys } from "#src/ktls/key-schedule.js";
import { turns } from "../transport/recording-sink.js";
import { OP_SENDMSG, ours, received, SecureConnection, suite, theirs } from "./secure-connection.js";

// linux/tls.h and errno.h, written down once more.
const TLS_TX = 1;
const TLS_RX = 2;
const EBUSY = 16;
const EKEYEXPIRED = 127;

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
