import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { FlagValues } from "#src/cli/command.js";
import { FlagReader } from "#src/cli/flag-value.js";
import { readFlagPlan } from "#src/cli/proxy/flag-plan.js";
import type { ProxyPlan } from "#src/cli/proxy/proxy-plan.js";
import { makeCertificates } from "../../../support/certificates.js";
import { hasTool } from "../../../support/outside-process.js";
import { newFolder } from "./config-folder.js";

function planOf(values: FlagValues): ProxyPlan {
  return readFlagPlan(new FlagReader({ listen: ["8080"], to: ["ws://a"], ...values }));
}

describe("the flags of sluice proxy", () => {
  test("become options of the proxy", () => {
    const { options } = planOf({
      to: ["ws://a", "wss://b"],
      balance: "least-connections",
      health: "/health",
      "host-pattern": ["*.example.com"],
      "path-prefix": "/chat",
      "send-proxy-protocol": "2",
      mode: "inspect",
      "trusted-proxy": ["10.0.0.0/8"],
      "max-clients": "5",
      "idle-timeout": "none",
      "connect-timeout": "0.5",
      "handshake-timeout": "2",
      transport: "node",
    });
    assert.deepEqual(options, {
      to: ["ws://a", "wss://b"],
      balance: "least-connections",
      health: { active: { path: "/health" } },
      host: ["*.example.com"],
      pathPrefix: "/chat",
      sendProxyProtocol: 2,
      mode: "inspect",
      trustedProxies: ["10.0.0.0/8"],
      maxClients: 5,
      idleTimeoutMs: Infinity,
      connectTimeoutMs: 500,
      handshakeTimeoutMs: 2000,
      transport: "node",
    });
  });

  for (const [text, balance] of [
    ["hash-address", { hash: "address" }],
    ["hash-header:X-User", { hash: { header: "X-User" } }],
    ["hash-cookie:session", { hash: { cookie: "session" } }],
  ] as const) {
    test(`--balance ${text} is understood`, () => {
      assert.deepEqual(planOf({ balance: text }).options.balance, balance);
    });
  }

  test("say how upstreams are checked: by a path, or by connecting alone", () => {
    assert.deepEqual(planOf({ health: "/" }).options.health, { active: { path: "/" } });
    assert.deepEqual(planOf({ health: "connect" }).options.health, { active: true });
  });

  test("bound the clients by either name of the flag, and not by both", () => {
    assert.equal(planOf({ "max-connections": "7" }).options.maxClients, 7);
    assert.throws(() => planOf({ "max-connections": "7", "max-clients": "7" }), {
      message: "--max-clients and --max-connections cannot both be; leave one of them out",
    });
  });

  test("say how it ends, and where the admin port is", () => {
    const { drain, admin } = planOf({
      "drain-code": "1001",
      "drain-timeout": "3",
      linger: "60",
      admin: "9090",
    });
    assert.deepEqual(drain, { code: 1001, timeoutMs: 3000, lingerMs: 60_000 });
    assert.deepEqual(admin, { port: 9090, host: "127.0.0.1" });
    assert.deepEqual(planOf({ admin: "[::1]:1" }).admin, { port: 1, host: "::1" });
  });

  test("take PROXY headers on a unix socket from everybody who may connect", () => {
    assert.equal(planOf({ listen: ["unix:/x"], "proxy-protocol": true }).listeners[0].proxyProtocol, true);
  });

  test("name a certificate and its key", (t) => {
    if (!hasTool(t, "openssl", ["version"])) return;
    const { server, second } = makeCertificates();
    const folder = newFolder(t, { cert: server.cert, key: server.key, other: second.key });
    const [cert, key, other] = ["cert", "key", "other"].map((name) => join(folder, name));
    assert.deepEqual(planOf({ cert, key }).listeners[0].certificates, [server]);
    for (const [values, message] of [
      [
        { cert, key: other },
        /^--key does not belong to the certificate beside it; it takes the key that does$/,
      ],
      [{ cert: key, key: cert }, /^--cert holds a key and no certificate; it takes one, /],
    ] as const)
      assert.throws(() => planOf(values), { message });
  });

  test("warn of a certificate that clients refuse", (t) => {
    if (!hasTool(t, "openssl", ["version"])) return;
    const { server, expired } = makeCertificates();
    const folder = newFolder(t, { ...server, "expired.cert": expired.cert, "expired.key": expired.key });
    const [cert, key] = ["cert", "key"].map((name) => join(folder, name));
    assert.deepEqual(planOf({ cert, key, "host-pattern": ["localhost"] }).warnings, []);
    const old = { cert: join(folder, "expired.cert"), key: join(folder, "expired.key") };
    const [first, second, ...others] = planOf({ ...old, "host-pattern": ["a.test", "localhost"] }).warnings;
    assert.match(first, /^sluice: warning: --cert ended on 2020-02-01, and clients refuse it; /);
    assert.match(second, /^sluice: warning: --host-pattern "a\.test" is in no certificate /);
    assert.deepEqual(others, []);
  });

  for (const [values, message] of [
    [{ listen: [] }, "sluice proxy needs --listen, such as --listen 8080, or --config"],
    [{ to: [] }, "sluice proxy needs --to, such as --to ws://127.0.0.1:3000, or --config"],
    [{ listen: ["http"] }, '--listen is "http"; it takes PORT, HOST:PORT, [IPV6]:PORT or unix:FILE'],
    [{ listen: ["*:1"] }, '--listen "*:1" has "*" for an address; give 1, a port of all addresses'],
    [
      { admin: "*:1" },
      '--admin "*:1" has "*" for an address; give [::]:1, a port of all addresses, or 1, of this machine alone',
    ],
    [
      { "host-pattern": ["_"] },
      '--host-pattern "_" is a word for any host elsewhere, and no host name; leave it out',
    ],
    [
      { "path-prefix": "= /x" },
      '--path-prefix "= /x" has "=" before it, as in nginx; write "path": "/x" in a config file',
    ],
    [{ listen: ["1", "1"] }, "--listen 1 is given twice; leave one of them out"],
    [{ listen: ["1", "127.0.0.1:1"] }, "--listen 127.0.0.1:1 is taken by --listen 1; leave one of them out"],
    [
      { admin: "8080" },
      "--admin is where the proxy itself listens, with --listen 8080; give it another port",
    ],
    [
      { to: ["ws://a", "ws://localhost:8080/x"] },
      '--to "ws://localhost:8080/x" is where the proxy itself listens, with --listen 8080, and requests would come back for ever; give the URL of another server',
    ],
    [
      { listen: [`unix:/${"a".repeat(150)}`] },
      `--listen "unix:/${"a".repeat(150)}" has a path of 151 bytes, and the kernel takes at most ${process.platform === "linux" ? 107 : 103}; use a shorter one`,
    ],
    [
      { admin: "9090", to: ["ws://app.localhost:9090"] },
      '--to "ws://app.localhost:9090" is the admin port of the proxy itself, with --admin; give the URL of another server',
    ],
    [
      { listen: ["127.0.0.1:8080"], admin: "app.localhost:8080" },
      "--admin is where the proxy itself listens, with --listen 127.0.0.1:8080; give it another port",
    ],
    [
      { to: ["ws://u:secret@h"] },
      '--to has a user name or password, which logs and metrics would show; use "requestHeaders": { "Authorization": "Basic dXNlcjpwYXNzd29yZA==" } in a config file',
    ],
    [
      { to: ["ws://a", "ws://a"] },
      '--to "ws://a" is given as --to already; for a larger share give one of them a weight, such as "weight": 2 in a config file',
    ],
    [{ to: ["localhost:3000"] }, '--to "localhost:3000" has no scheme; write "ws://localhost:3000"'],
    [
      { "access-log": "/no/such/a.log" },
      '--access-log "/no/such/a.log" cannot be made, for there is no folder /no/such; make that, or write another name',
    ],
    [{ admin: "unix:/x" }, '--admin is "unix:/x"; it takes PORT, HOST:PORT or [IPV6]:PORT'],
    [{ "path-prefix": "x" }, '--path-prefix "x" begins with no slash; write "/x"'],
    [
      { "path-prefix": "/x/*" },
      '--path-prefix "/x/*" has "*", and no pattern is understood; write --path-prefix "/x/", which has every path below it',
    ],
    [
      { "trusted-proxy": ["x"] },
      '--trusted-proxy "x" is no address and no network; write one such as "10.0.0.0/8" or "::1"',
    ],
    [
      { balance: "hash-header:" },
      '--balance is "hash-header:"; it takes round-robin, least-connections, hash-address, hash-header:NAME, hash-cookie:NAME',
    ],
    [{ health: "conect" }, '--health is "conect"; it takes connect, or a path such as /health'],
    [{ health: "/a#b" }, '--health "/a#b" has what is no visible ASCII, or a #; write it percent-encoded'],
    [{ mode: "look" }, '--mode is "look"; it takes relay, inspect'],
    [{ "drain-code": "1000" }, '--drain-code is "1000"; it takes 1001, 1012'],
    [
      { "proxy-protocol": true },
      '--proxy-protocol needs --trusted-proxy, or every connection is cut; write --trusted-proxy "10.0.0.0/8"',
    ],
    [{ "max-clients": "x" }, '--max-clients is "x"; it takes a whole number from 1 to 100000000'],
    [{ "max-connections": "0" }, '--max-connections is "0"; it takes a whole number from 1 to 100000000'],
  ] as const) {
    test(`are answered with what to do: ${JSON.stringify(values)}`, () => {
      assert.throws(() => planOf(values as FlagValues), { message });
    });
  }
});
