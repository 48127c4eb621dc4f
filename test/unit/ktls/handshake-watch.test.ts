import assert from "node:assert/strict";
import { createCipheriv } from "node:crypto";
import { describe, test } from "node:test";
import { cipherSuites } from "#src/ktls/cipher-suite.js";
import { HandshakeWatch } from "#src/ktls/handshake-watch.js";
import { TrafficKeys } from "#src/ktls/key-schedule.js";

const [suite] = cipherSuites;
const secrets = {
  CLIENT_HANDSHAKE_TRAFFIC_SECRET: Buffer.alloc(32, 1),
  SERVER_HANDSHAKE_TRAFFIC_SECRET: Buffer.alloc(32, 2),
  CLIENT_TRAFFIC_SECRET_0: Buffer.alloc(32, 3),
  SERVER_TRAFFIC_SECRET_0: Buffer.alloc(32, 4),
};
const HANDSHAKE = 22;
const serverHello = Buffer.concat([
  Buffer.from([HANDSHAKE, 3, 3, 0, 42, 2, 0, 0, 38, 3, 3]),
  Buffer.alloc(32),
  Buffer.from([0, 0x13, 0x01, 0]),
]);
const changeCipherSpec = Buffer.from([20, 3, 3, 0, 1, 1]);
const finished = Buffer.from([20, 0, 0, 2, 7, 7]);
const ticket = Buffer.from([4, 0, 0, 1, 9]);

/** A protected record (RFC 8446 §5.2). */
function protect(secret: Buffer, sequence: number, type: number, content: Uint8Array): Buffer {
  const { key, iv } = new TrafficKeys(suite, secret);
  iv[11] ^= sequence;
  const header = Buffer.from([23, 3, 3, 0, content.length + 1 + 16]);
  const cipher = createCipheriv("aes-128-gcm", key, iv);
  cipher.setAAD(header);
  const inner = Buffer.concat([cipher.update(Buffer.concat([content, Buffer.from([type])])), cipher.final()]);
  return Buffer.concat([header, inner, cipher.getAuthTag()]);
}

function watching(role: "client" | "server"): HandshakeWatch {
  const watch = new HandshakeWatch(role);
  for (const [label, secret] of Object.entries(secrets))
    watch.keyLog.note(Buffer.from(`${label} ${"00".repeat(32)} ${secret.toString("hex")}\n`));
  return watch;
}

/** Each end's last record of the handshake. */
const serverFinished = protect(secrets.SERVER_HANDSHAKE_TRAFFIC_SECRET, 0, HANDSHAKE, finished);
const clientFinished = protect(secrets.CLIENT_HANDSHAKE_TRAFFIC_SECRET, 0, HANDSHAKE, finished);

describe("a handshake that is watched", () => {
  test("is complete with the Finished of both ends, whatever pieces it is sent in", () => {
    const watch = watching("client");
    for (const record of [serverHello, changeCipherSpec]) watch.received(record);
    assert.equal(watch.hasPeerFinished, false);
    watch.received(serverFinished);
    assert.equal(watch.hasPeerFinished, true);
    const flight = Buffer.concat([changeCipherSpec, clientFinished]);
    for (const byte of flight.subarray(0, -1)) watch.sent(Uint8Array.of(byte));
    assert.equal(watch.hasFinished, false);
    watch.sent(flight.subarray(-1));
    assert.deepEqual([watch.hasFinished, watch.isLost, watch.suite], [true, false, suite]);
  });

  for (const [what, behind] of [
    ["in the same write", true],
    ["later", false],
  ] as const) {
    test(`is lost when this end sends a record behind its Finished, ${what}: nobody has counted it`, () => {
      const watch = watching("client");
      for (const record of [serverHello, serverFinished]) watch.received(record);
      const next = protect(secrets.CLIENT_TRAFFIC_SECRET_0, 0, HANDSHAKE, ticket);
      for (const bytes of behind ? [Buffer.concat([clientFinished, next])] : [clientFinished, next])
        watch.sent(bytes);
      assert.equal(watch.isLost, true);
    });
  }

  test("is lost with a record that its keys do not open", () => {
    const watch = watching("server");
    watch.sent(serverHello);
    watch.received(protect(secrets.CLIENT_TRAFFIC_SECRET_0, 0, HANDSHAKE, finished));
    assert.deepEqual([watch.isLost, watch.hasPeerFinished], [true, false]);
  });

  test("counts the tickets that a server holds back, and nothing else", () => {
    const watch = watching("server");
    watch.sent(Buffer.concat([serverHello, serverFinished]));
    watch.received(clientFinished);
    const tickets = [0, 1].map((number) =>
      protect(secrets.SERVER_TRAFFIC_SECRET_0, number, HANDSHAKE, ticket),
    );
    assert.equal(watch.countTickets(Buffer.concat(tickets)), 2);
    assert.equal(watch.countTickets(new Uint8Array(0)), 0);
    assert.equal(watch.countTickets(Buffer.concat(tickets).subarray(0, -1)), undefined, "a record is torn");
    const alert = protect(secrets.SERVER_TRAFFIC_SECRET_0, 0, 21, Uint8Array.of(2, 40));
    assert.equal(watch.countTickets(alert), undefined, "an alert is for Node's TLS to send");
  });

  test("is forgotten when it is wiped", () => {
    const watch = watching("client");
    const secret = watch.trafficSecret("theirs");
    watch.wipe();
    assert.deepEqual([watch.trafficSecret("theirs"), secret], [undefined, Buffer.alloc(32)]);
  });
});
