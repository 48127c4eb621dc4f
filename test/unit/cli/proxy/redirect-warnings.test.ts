import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { makeCertificates } from "../../../support/certificates.js";
import { hasTool } from "../../../support/outside-process.js";
import { warningsByLine } from "./config-folder.js";

const tls = '"tls": { "certificates": [{ "cert": "server.crt", "key": "server.key" }] }';

function told(t: TestContext, listen: string, others: string): string[] | undefined {
  if (!hasTool(t, "openssl", ["version"])) return undefined;
  const { server } = makeCertificates();
  const files = { "server.crt": server.cert, "server.key": server.key };
  return warningsByLine(t, `{ "to": "ws://a",\n"listen": ${listen},\n${others} }`, files);
}

describe("a warning of redirectToHttps", () => {
  const both = `[80, { "port": 8443, ${tls} }]`;
  for (const [what, listen, others, expected] of [
    [
      "says that no listener with tls has the port",
      both,
      '"redirectToHttps": true',
      '3: redirectToHttps leads to port 443, and no listener with "tls" has it; write "redirectToHttps": { "port": 8443 }, or "redirectToHttps": { "port": 443 } if clients come to "tls" there',
    ],
    [
      "leaves the status as it is",
      both,
      '"redirectToHttps": { "status": 301 }',
      '3: redirectToHttps leads to port 443, and no listener with "tls" has it; write "redirectToHttps": { "status": 301, "port": 8443 }, or "redirectToHttps": { "status": 301, "port": 443 } if clients come to "tls" there',
    ],
    [
      "says that a plain listener has the port",
      both,
      '"redirectToHttps": { "port": 80 }',
      '3: redirectToHttps leads to port 80, where the listener in line 2 has no "tls"; write "redirectToHttps": { "port": 8443 }',
    ],
    [
      "says that a plain listener has the port, and no other has tls",
      "8080",
      '"redirectToHttps": { "port": 8080 }',
      '3: redirectToHttps leads to port 8080, where the listener in line 2 has no "tls"; write the port of a listener with "tls"',
    ],
    [
      "says that every request is redirected",
      "80",
      '"redirectToHttps": true',
      '3: redirectToHttps redirects every request, for no listener has "tls" and nobody is trusted to say that it has ended TLS; write { "port": 443, "tls": { "certificates": [{ "cert": "cert.pem", "key": "key.pem" }] } } in "listen", or "trustedProxies": ["10.0.0.0/8"]',
    ],
    [
      "stands at the route that says it",
      both,
      '"redirectToHttps": false, "routes": [\n{ "path": "/a" },\n{ "redirectToHttps": true }]',
      '5: redirectToHttps leads to port 443, and no listener with "tls" has it; write "redirectToHttps": { "port": 8443 }, or "redirectToHttps": { "port": 443 } if clients come to "tls" there',
    ],
  ] as const) {
    test(what, (t) => {
      const lines = told(t, listen, others);
      if (lines !== undefined) assert.deepEqual(lines, [expected]);
    });
  }

  for (const [when, listen, others] of [
    ["a listener with tls has the port", `[80, { "port": 443, ${tls} }]`, '"redirectToHttps": true'],
    ["a listener with tls has the port that is named", both, '"redirectToHttps": { "port": 8443 }'],
    ["another port is named, which may be that of a container", both, '"redirectToHttps": { "port": 443 }'],
    ["TLS may end before", "80", '"redirectToHttps": true, "trustedProxies": ["10.0.0.0/8"]'],
    ["every listener has tls", `{ "port": 8443, ${tls} }`, '"redirectToHttps": true'],
    ["a port is yet to be chosen", `[80, { "port": 0, ${tls} }]`, '"redirectToHttps": true'],
    ["the proxy listens at a unix socket", '"unix:x.sock"', '"redirectToHttps": true'],
    [
      "all routes say that they do not redirect",
      "80",
      '"redirectToHttps": true, "routes": [{ "redirectToHttps": false }]',
    ],
  ] as const) {
    test(`is not given where ${when}`, (t) => {
      const lines = told(t, listen, others);
      if (lines !== undefined) assert.deepEqual(lines, []);
    });
  }
});
