import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey } from "node:crypto";
import { describe, test } from "node:test";
import { createProxy } from "#src/proxy/index.js";
import { certificateProblem, keyProblem, pairProblem } from "#src/proxy/pem-content.js";
import { codeWords, tell } from "#src/proxy/words.js";
import { makeCertificates } from "../../support/certificates.js";
import { hasTool } from "../../support/outside-process.js";

function block(label: string, content: string): string {
  return `-----BEGIN ${label}-----\n${content}\n-----END ${label}-----\n`;
}

function encrypted(key: string): string {
  const format = { type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "right" } as const;
  return createPrivateKey(key).export(format).toString();
}

describe("what a PEM file holds", () => {
  test("is said where a certificate is wanted", (t) => {
    if (!hasTool(t, "openssl", ["version"])) return;
    const { server, ca } = makeCertificates();
    const { cert, key } = server;
    for (const good of [cert, cert + ca, key + cert, Buffer.from(cert), cert.replaceAll("\n", "\r\n")])
      assert.equal(certificateProblem(good), undefined);
    for (const [pem, problem] of [
      [key, /^holds a key and no certificate$/],
      [block("CERTIFICATE REQUEST", "AAAA"), /^holds a request for a certificate and no certificate$/],
      [block("DH PARAMETERS", "AAAA"), /^holds no certificate$/],
      [cert.slice(0, -30), /^holds a certificate that is cut off$/],
      [cert + block("CERTIFICATE", "AAAA"), /^holds a certificate that cannot be read \(.+\)$/],
      [block("CERTIFICATE", "!!!!"), /^holds a certificate that cannot be read \(.+\)$/],
    ] as const)
      assert.match(String(certificateProblem(pem)), problem);
  });

  test("is said where a key is wanted", (t) => {
    if (!hasTool(t, "openssl", ["version"])) return;
    const { cert, key } = makeCertificates().server;
    for (const good of [key, cert + key, encrypted(key), Buffer.from(key)])
      assert.equal(keyProblem(good), undefined);
    assert.equal(keyProblem(cert), "holds a certificate and no key");
    const shared = createPublicKey(key).export({ type: "spki", format: "pem" }).toString();
    assert.equal(keyProblem(shared), "holds a public key and no private one");
    assert.equal(keyProblem(block("DH PARAMETERS", "AAAA")), "holds no key");
  });

  test("is said of a certificate and its key beside each other", (t) => {
    if (!hasTool(t, "openssl", ["version"])) return;
    const { server, second, ca } = makeCertificates();
    const { cert, key } = server;
    const locked = encrypted(key);
    for (const good of [server, { cert: cert + ca, key }, { cert: key + cert, key: key + cert }])
      assert.equal(pairProblem(good), undefined);
    assert.equal(pairProblem({ cert, key: locked, passphrase: "right" }), undefined);
    for (const [pair, name, problem] of [
      [{ cert: key, key: cert }, "cert", /^holds a key and no certificate; it takes one, /],
      [{ cert, key: cert }, "key", /^holds a certificate and no key; it takes the key of the certificate$/],
      [
        { cert, key: second.key },
        "key",
        /^does not belong to the certificate beside it; it takes the key that does$/,
      ],
      [
        { cert: ca + cert, key },
        "cert",
        /^has the certificate of the key behind others; it takes that one first$/,
      ],
      [{ cert, key: locked }, "key", /^is encrypted; it takes its passphrase beside it$/],
      [{ cert, key: locked, passphrase: "wrong" }, "passphrase", /^does not open the key; it takes the one /],
      [
        { cert, key: block("PRIVATE KEY", "AAAA") },
        "key",
        /^holds a key that cannot be read \(.+\); it takes /,
      ],
    ] as const) {
      const found = pairProblem(pair);
      assert.equal(found?.name, name);
      assert.match(tell(found.problem, codeWords), problem);
    }
  });
});

describe("tls of an upstream", () => {
  test("has authorities, and a key of its certificate", (t) => {
    if (!hasTool(t, "openssl", ["version"])) return;
    const { ca, client, server } = makeCertificates();
    const made = (tls: object) => createProxy({ to: [{ url: "wss://a", tls }] });
    for (const tls of [{ ca }, { ca: [ca, Buffer.from(server.cert)] }, client, { ca, ...client }]) made(tls);
    const code = "INVALID_ARGUMENT";
    assert.throws(() => made({ ca: [ca, client.key] }), {
      code,
      message: "to[0].tls.ca holds a key and no certificate; it takes the certificate of an authority",
    });
    assert.throws(() => made({ cert: client.cert, key: server.key }), {
      code,
      message: "to[0].tls.key does not belong to the certificate beside it; it takes the key that does",
    });
  });
});
