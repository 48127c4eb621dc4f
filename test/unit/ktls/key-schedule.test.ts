import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { describe, test } from "node:test";
import { cipherSuites, suiteOfServerHello } from "#src/ktls/cipher-suite.js";
import { nextTrafficSecret, TrafficKeys } from "#src/ktls/key-schedule.js";
import { derivations } from "./rfc8448.js";

const [aes128, aes256, chacha] = cipherSuites;

describe("the keys of a traffic secret", () => {
  for (const { name, secret, key, iv } of derivations) {
    test(`are those of RFC 8448 §3: ${name}`, () => {
      const keys = new TrafficKeys(aes128, secret);
      assert.deepEqual([keys.key, keys.iv], [key, iv]);
    });
  }

  test("are as long as the suite says, and are wiped when they are told to", () => {
    for (const [suite, keyBytes] of [
      [aes128, 16],
      [aes256, 32],
      [chacha, 32],
    ] as const) {
      const keys = new TrafficKeys(suite, Buffer.alloc(suite.hash === "sha384" ? 48 : 32, 7));
      assert.deepEqual([keys.key.length, keys.iv.length], [keyBytes, 12]);
      keys.wipe();
      assert.ok([...keys.key, ...keys.iv].every((byte) => byte === 0));
    }
  });

  test("are followed, after a KeyUpdate, by those of a secret that follows from theirs (RFC 8446 §7.2)", () => {
    for (const suite of cipherSuites) {
      const secret = Buffer.alloc(suite.hash === "sha384" ? 48 : 32, 3);
      const next = nextTrafficSecret(suite, secret);
      assert.equal(next.length, secret.length);
      assert.notDeepEqual(next, secret);
      // HKDF's expansion has one block here, RFC 5869 §2.3: the HMAC of label and length, and a 1.
      const label = Buffer.concat([
        Buffer.from([0, secret.length, 17]),
        Buffer.from("tls13 traffic upd"),
        Buffer.from([0]),
      ]);
      const expected = createHmac(suite.hash, secret)
        .update(Buffer.concat([label, Buffer.from([1])]))
        .digest();
      assert.deepEqual(next, expected);
    }
  });
});

describe("the cipher suite of a ServerHello", () => {
  /** A record with a ServerHello, with a session's id of so many bytes. */
  function serverHello(code: number, sessionBytes: number): Uint8Array {
    const body = [
      3,
      3,
      ...Buffer.alloc(32, 9),
      sessionBytes,
      ...Buffer.alloc(sessionBytes),
      code >> 8,
      code & 255,
    ];
    const message = [2, 0, 0, body.length, ...body];
    return Uint8Array.from([22, 3, 3, 0, message.length, ...message]);
  }

  test("is found behind the session's id, however long that is", () => {
    for (const suite of cipherSuites) {
      for (const length of [0, 8, 32])
        assert.equal(suiteOfServerHello(serverHello(suite.code, length)), suite);
    }
  });

  test("is none that the kernel does not have, as those of TLS 1.2 are", () => {
    assert.equal(suiteOfServerHello(serverHello(0xc02f, 32)), undefined);
    assert.equal(suiteOfServerHello(serverHello(0x1304, 32)), undefined);
  });

  test("is none in a record of another kind, or one that ends too early", () => {
    const hello = serverHello(0x1301, 32);
    for (let length = 0; length < hello.length; length++)
      assert.equal(suiteOfServerHello(hello.subarray(0, length)), undefined, `${length} bytes`);
    assert.equal(suiteOfServerHello(hello.with(0, 23)), undefined);
    assert.equal(suiteOfServerHello(hello.with(5, 1)), undefined);
  });
});
