import assert from "node:assert/strict";
import { createCipheriv } from "node:crypto";
import { describe, test } from "node:test";
import { type CipherSuite, cipherSuites } from "#src/ktls/cipher-suite.js";
import { cryptoInfo } from "#src/ktls/crypto-info.js";
import { HandshakeMessages } from "#src/ktls/handshake-messages.js";
import { TrafficKeys } from "#src/ktls/key-schedule.js";
import { openRecord, recordLength } from "#src/ktls/record.js";
import { RecordSplitter } from "#src/ktls/record-splitter.js";
import { clientAlert, clientData, derivations } from "./rfc8448.js";

const [aes128] = cipherSuites;
const keysOf = (suite: CipherSuite): TrafficKeys =>
  new TrafficKeys(suite, Buffer.alloc(suite.hash === "sha384" ? 48 : 32, 5));

/** A protected record as RFC 8446 §5.2 makes it. */
function protect(
  suite: CipherSuite,
  keys: TrafficKeys,
  sequence: number,
  type: number,
  content: Uint8Array,
  padding = 0,
): Buffer {
  const inner = Buffer.concat([content, Buffer.from([type]), Buffer.alloc(padding)]);
  const header = Buffer.from([23, 3, 3, (inner.length + 16) >> 8, (inner.length + 16) & 255]);
  const nonce = Buffer.from(keys.iv);
  for (let i = 0; i < 4; i++) nonce[11 - i] ^= (sequence >>> (8 * i)) & 255;
  const cipher = createCipheriv(suite.algorithm as "aes-128-gcm", keys.key, nonce, { authTagLength: 16 });
  cipher.setAAD(header, { plaintextLength: inner.length });
  return Buffer.concat([header, cipher.update(inner), cipher.final(), cipher.getAuthTag()]);
}

describe("a protected record", () => {
  test("opens to what RFC 8448 §3 says was in it", () => {
    const keys = new TrafficKeys(aes128, derivations[2].secret);
    const content = Uint8Array.from({ length: 50 }, (_, i) => i);
    assert.deepEqual(openRecord(aes128, keys, 0, clientData), { type: 23, content: Buffer.from(content) });
    assert.deepEqual(openRecord(aes128, keys, 1, clientAlert), { type: 21, content: Buffer.from([1, 0]) });
  });

  test("opens with its own keys and number only", () => {
    const keys = new TrafficKeys(aes128, derivations[2].secret);
    assert.equal(openRecord(aes128, keys, 1, clientData), undefined);
    assert.equal(
      openRecord(aes128, new TrafficKeys(aes128, derivations[3].secret), 0, clientData),
      undefined,
    );
    for (const at of [0, 4, 5, 40, clientData.length - 1]) {
      const changed = Buffer.from(clientData);
      changed[at] ^= 1;
      assert.equal(openRecord(aes128, keys, 0, changed), undefined, `byte ${at}`);
    }
    for (let length = 0; length < clientData.length; length++)
      assert.equal(openRecord(aes128, keys, 0, clientData.subarray(0, length)), undefined);
  });

  test("may be padded, and be of every suite", () => {
    for (const suite of cipherSuites) {
      const keys = keysOf(suite);
      for (const [sequence, padding] of [
        [0, 0],
        [1, 1],
        [70_000, 300],
      ]) {
        const record = protect(suite, keys, sequence, 22, Buffer.from("content"), padding);
        assert.deepEqual(openRecord(suite, keys, sequence, record), {
          type: 22,
          content: Buffer.from("content"),
        });
      }
    }
  });
});

describe("the length of a record", () => {
  test("stands in its header", () => {
    assert.equal(recordLength(Uint8Array.of(22, 3, 1, 2, 0)), 512);
    assert.equal(recordLength(Uint8Array.of(23, 3, 3, 0x41, 0)), 16_640);
  });

  test("is none where the header is none of TLS, or says more than RFC 8446 §5.2 allows", () => {
    for (const header of ["GET /", "\x19\x03\x03\x00\x01", "\x16\x02\x03\x00\x01", "\x17\x03\x03\x41\x01"])
      assert.equal(recordLength(Buffer.from(header, "latin1")), undefined, JSON.stringify(header));
  });
});

test("records come out of bytes whole, wherever those were cut", () => {
  const records = [
    Buffer.from([22, 3, 3, 0, 3, 1, 2, 3]),
    Buffer.from([20, 3, 3, 0, 1, 1]),
    Buffer.from(clientAlert),
  ];
  const all = Buffer.concat(records);
  for (let size = 1; size <= all.length; size++) {
    const splitter = new RecordSplitter();
    const found: Uint8Array[] = [];
    for (let at = 0; at < all.length; at += size)
      found.push(...(splitter.push(all.subarray(at, at + size)) ?? assert.fail("no records")));
    assert.deepEqual(
      found.map((record) => Buffer.from(record)),
      records,
      `in pieces of ${size}`,
    );
  }
  assert.equal(new RecordSplitter().push(Buffer.from("HTTP/1.1 400")), undefined);
});

test("messages of the handshake are seen to end, however records cut them up", () => {
  const message = (type: number, length: number): number[] => [
    type,
    0,
    length >> 8,
    length & 255,
    ...Buffer.alloc(length),
  ];
  const all = Uint8Array.from([
    ...message(8, 2),
    ...message(11, 300),
    ...message(20, 32),
    ...message(14, 0),
    ...message(4, 1),
  ]);
  for (let size = 1; size <= all.length; size++) {
    const messages = new HandshakeMessages();
    const types: number[] = [];
    for (let at = 0; at < all.length; at += size) types.push(...messages.push(all.subarray(at, at + size)));
    assert.deepEqual(types, [8, 11, 20, 14, 4], `in pieces of ${size}`);
  }
});

test("the kernel is told version, cipher, IV, key, salt and number, each in its place", () => {
  const secret = derivations[2];
  const info = cryptoInfo(aes128, new TrafficKeys(aes128, secret.secret), 258);
  const expected = [
    Buffer.from([0x04, 0x03, 51, 0]),
    secret.iv.subarray(4),
    secret.key,
    secret.iv.subarray(0, 4),
    Buffer.from([0, 0, 0, 0, 0, 0, 1, 2]),
  ];
  assert.deepEqual(info, Buffer.concat(expected));
  // linux/tls.h: tls12_crypto_info_aes_gcm_128, _aes_gcm_256 and _chacha20_poly1305.
  const lengths = cipherSuites.map((suite) => cryptoInfo(suite, keysOf(suite), 0).length);
  assert.deepEqual(lengths, [40, 56, 56]);
});
