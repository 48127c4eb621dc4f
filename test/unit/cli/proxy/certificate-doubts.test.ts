import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { describe, test } from "node:test";
import { hostDoubt, validityDoubt } from "#src/cli/proxy/certificate-doubts.js";
import { makeCertificates } from "../../../support/certificates.js";
import { hasTool } from "../../../support/outside-process.js";
import { warningsByLine } from "./config-folder.js";

const uncovered =
  "is in no certificate that is shown here, and clients that come by it over TLS refuse those; add one that names it";
const ended =
  "ended on 2020-02-01, and clients refuse it; write the file of the one that was made in its place";

describe("a certificate", () => {
  test("is refused before it begins and after it has ended", (t) => {
    if (!hasTool(t, "openssl", ["version"])) return;
    const cert = new X509Certificate(makeCertificates().server.cert);
    const { validFrom, validTo } = cert;
    const [begin, end] = [validFrom, validTo].map((time) => Date.parse(time));
    for (const now of [begin, end]) assert.equal(validityDoubt(cert, now), undefined);
    const day = (time: number): string => new Date(time).toISOString().slice(0, 10);
    assert.equal(
      validityDoubt(cert, begin - 1),
      `begins on ${day(begin)}, and clients refuse it until then; write the file of one that holds now`,
    );
    assert.match(validityDoubt(cert, end + 1) ?? "", new RegExp(`^ended on ${day(end)}, and `));
  });

  test("is for the hosts and addresses that it names", (t) => {
    if (!hasTool(t, "openssl", ["version"])) return;
    const { server, second } = makeCertificates();
    const certs = [server, second].map(({ cert }) => new X509Certificate(cert));
    for (const host of ["localhost", "SECOND.test", "127.0.0.1"])
      assert.equal(hostDoubt(host, certs), undefined);
    for (const host of ["third.test", "*.second.test", "[::1]"])
      assert.equal(hostDoubt(host, certs), uncovered);
    assert.equal(hostDoubt("third.test", []), undefined);
  });
});

describe("a warning of a listener", () => {
  test("is about certificates that are over, and hosts that have none", (t) => {
    if (!hasTool(t, "openssl", ["version"])) return;
    const { server, expired } = makeCertificates();
    const files = {
      "server.crt": server.cert,
      "server.key": server.key,
      "expired.crt": expired.cert,
      "expired.key": expired.key,
    };
    const told = warningsByLine(
      t,
      `{ "listen": [80, { "port": 443, "tls": { "certificates": [
        { "cert": "server.crt", "key": "server.key" },
        { "cert": "expired.crt", "key": "expired.key" }
      ] } }],
      "to": "ws://a",
      "routes": [
        { "host": "localhost" },
        { "host": [
          "127.0.0.1",
          "*.localhost"
        ] },
        { "host": "other.test" }
      ] }`,
      files,
    );
    assert.deepEqual(told, [
      `3: tls.certificates[1].cert ${ended}`,
      `10: host "*.localhost" ${uncovered}`,
      `12: host "other.test" ${uncovered}`,
    ]);
  });

  test("is about no host where nothing listens with tls", (t) => {
    assert.deepEqual(warningsByLine(t, '{ "listen": 80, "to": "ws://a", "host": "a.test" }'), []);
  });

  test("is about ports that this Node.js does not share", (t) => {
    const told = warningsByLine(
      t,
      '{ "listen": { "port": 80,\n"reusePort": true }, "to": "ws://a", "transport": "node" }',
    );
    const [major, minor] = process.versions.node.split(".").map(Number);
    const isSharing = major >= 24 || (major === 23 && minor >= 1) || (major === 22 && minor >= 12);
    const why = `Node.js shares them from 22.12 and 23.1 on, and this is ${process.versions.node}`;
    const problem = `the port cannot be shared over Node's sockets: ${why}; transport "uring" shares them on Linux`;
    assert.deepEqual(told, isSharing ? [] : [`2: reusePort cannot be had here: ${problem}`]);
  });
});
