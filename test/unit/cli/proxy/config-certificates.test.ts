import assert from "node:assert/strict";
import { createPrivateKey } from "node:crypto";
import { describe, type TestContext, test } from "node:test";
import { type Certificates, makeCertificates } from "../../../support/certificates.js";
import { hasTool } from "../../../support/outside-process.js";
import { toldByLine } from "./config-folder.js";

function filesOf({ ca, server, second, client }: Certificates): Record<string, string> {
  const format = { type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "right" } as const;
  const locked = createPrivateKey(server.key).export(format).toString();
  const pairs = Object.entries({ server, second, client }).flatMap(([name, { cert, key }]) => [
    [`${name}.crt`, cert],
    [`${name}.key`, key],
  ]);
  return {
    ...Object.fromEntries(pairs),
    "ca.crt": ca,
    "locked.key": locked,
    wrong: "wrong\n",
    right: "right\n",
    text: "x",
  };
}

function told(t: TestContext, text: string): string[] {
  return toldByLine(t, text, filesOf(makeCertificates()));
}

describe("certificates in a config file", () => {
  test("are looked into, each for what it is to be", (t) => {
    if (!hasTool(t, "openssl", ["version"])) return;
    const lines = told(
      t,
      `{ "listen": { "port": 1, "tls": {
        "ca": "server.key",
        "certificates": [
          { "cert": "server.key", "key": "server.crt" },
          { "cert": "server.crt",
            "key": "second.key" },
          { "cert": "text", "key": "text" },
          { "cert": "server.crt", "key": "locked.key" },
          { "cert": "server.crt", "key": "locked.key",
            "passphraseFile": "wrong" },
          { "cert": "server.crt", "key": "locked.key", "passphraseFile": "right" },
          { "cert": "client.crt", "key": "client.key" }
        ] } },
      "to": [
        { "url": "wss://a", "tls": { "ca": "server.key" } },
        { "url": "wss://b", "tls": { "ca": "ca.crt", "cert": "client.crt",
          "key": "server.key" } },
        { "url": "wss://c", "tls": { "ca": "ca.crt", "cert": "client.key", "key": "client.crt" } }
      ] }`,
    );
    assert.deepEqual(lines, [
      '2: ca "server.key" holds a key and no certificate; write the name of the file with the certificate of the authority',
      '4: cert "server.key" holds a key and no certificate; write the name of the file with the certificate',
      '4: key "server.crt" holds a certificate and no key; write the name of the file with the key of the certificate',
      "6: tls.certificates[1].key does not belong to the certificate beside it; it takes the key that does",
      '7: cert "text" is no PEM file, for it has no "-----BEGIN"; write the name of the file with the certificate',
      '7: key "text" is no PEM file, for it has no "-----BEGIN"; write the name of the file with the key of the certificate',
      '8: tls.certificates[3].key is encrypted; it takes its "passphraseFile" beside it',
      "10: tls.certificates[4].passphraseFile does not open the key; it takes the one that the key was encrypted with",
      '12: tls.certificates[6] names no host, and only the first may be for none; write "names": ["example.com"]',
      '15: ca "server.key" holds a key and no certificate; write the name of the file with the certificate of the authority',
      "17: to[1].tls.key does not belong to the certificate beside it; it takes the key that does",
      '18: cert "client.key" holds a key and no certificate; write the name of the file with the certificate',
      '18: key "client.crt" holds a certificate and no key; write the name of the file with the key of the certificate',
    ]);
  });
});
