import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { readConfig } from "#src/cli/proxy/config/config-file.js";
import { describePlan, type ProxyPlan } from "#src/cli/proxy/proxy-plan.js";
import { makeCertificates } from "../../../support/certificates.js";
import { hasTool } from "../../../support/outside-process.js";
import { projectPath } from "../../../support/paths.js";
import { mistakesOf, newFolder } from "./config-folder.js";

function planOf(t: TestContext, config: object): ProxyPlan {
  return readConfig(join(newFolder(t, { "proxy.json": JSON.stringify(config) }), "proxy.json"));
}

const to = "ws://127.0.0.1:3000";

describe("the config file of the proxy", () => {
  test("becomes listeners, options, and all that the command needs", (t) => {
    const { listeners, options, admin, drain, accessLog } = planOf(t, {
      $schema: "x",
      listen: [8080, "127.0.0.1:8081", "[::1]:0", { port: 8082, host: "localhost", proxyProtocol: true }],
      trustedProxies: ["10.0.0.0/8", "::1"],
      routes: [
        {
          name: "chat",
          path: "/chat",
          to,
          idleTimeoutMs: "none",
          requestHeaders: { "X-A": "b", Server: null },
        },
        { to: [to, { url: "http://127.0.0.1:2", weight: 2 }], balance: { hash: { cookie: "s" } } },
      ],
      connectTimeoutMs: 100,
      accessLog: "-",
      admin: 9090,
      drain: { code: 1001, timeoutMs: "none" },
    });
    assert.deepEqual(
      listeners.map(({ name, target, proxyProtocol }) => ({ name, target, proxyProtocol })),
      [
        { name: "8080", target: { port: 8080 }, proxyProtocol: false },
        { name: "127.0.0.1:8081", target: { host: "127.0.0.1", port: 8081 }, proxyProtocol: false },
        { name: "[::1]:0", target: { host: "::1", port: 0 }, proxyProtocol: false },
        { name: "localhost:8082", target: { host: "localhost", port: 8082 }, proxyProtocol: true },
      ],
    );
    assert.deepEqual(options, {
      trustedProxies: ["10.0.0.0/8", "::1"],
      routes: [
        {
          name: "chat",
          path: "/chat",
          to,
          idleTimeoutMs: Infinity,
          requestHeaders: { "X-A": "b", Server: null },
        },
        { to: [to, { url: "http://127.0.0.1:2", weight: 2 }], balance: { hash: { cookie: "s" } } },
      ],
      connectTimeoutMs: 100,
    });
    assert.deepEqual(admin, { port: 9090, host: "127.0.0.1" });
    assert.deepEqual(drain, { code: 1001, timeoutMs: Infinity, lingerMs: Infinity });
    assert.equal(accessLog, "-");
  });

  test("counts what it has in words", (t) => {
    assert.equal(describePlan(planOf(t, { listen: 0, to })), "1 listener, 1 route, 1 upstream");
    const routes = [{ path: "/a" }, { path: "/b", to: [to, "ws://b"] }];
    assert.equal(
      describePlan(planOf(t, { listen: [1, 2], to, routes })),
      "2 listeners, 2 routes, 3 upstreams",
    );
  });

  test("names files relative to itself", (t) => {
    if (!hasTool(t, "openssl", ["version"])) return;
    const { ca, server } = makeCertificates();
    const tls = { certificates: [{ cert: "tls/cert.pem", key: "tls/key.pem" }], minVersion: "TLSv1.3" };
    const folder = newFolder(t, {
      "tls/cert.pem": server.cert,
      "tls/key.pem": server.key,
      "tls/ca.pem": ca,
      "log/access.log": "",
      "proxy.json": JSON.stringify({
        listen: ["unix:run/sock", { port: 0, tls }],
        to: { url: "wss://127.0.0.1:1", tls: { ca: "tls/ca.pem" } },
        accessLog: "log/access.log",
      }),
    });
    const { listeners, options, accessLog } = readConfig(join(folder, "proxy.json"));
    assert.deepEqual(listeners[0].target, { path: join(folder, "run/sock") });
    assert.deepEqual(listeners[1].certificates, [{ cert: server.cert, key: server.key }]);
    assert.deepEqual(listeners[1].tls, { minVersion: "TLSv1.3" });
    assert.deepEqual(options.to, { url: "wss://127.0.0.1:1", tls: { ca } });
    assert.equal(accessLog, join(folder, "log/access.log"));
  });

  test("the example of the documentation is valid", (t) => {
    if (!hasTool(t, "openssl", ["version"])) return;
    const page = readFileSync(projectPath("docs/proxy-configuration.md"), "utf8");
    const [, example = ""] = /```json\n(.*?)```/s.exec(page) ?? [];
    const { server } = makeCertificates();
    const files = { "tls/cert.pem": server.cert, "tls/key.pem": server.key };
    assert.deepEqual(mistakesOf(t, example, files), []);
  });

  test("all mistakes are told at once, those of JSON and those of meaning", (t) => {
    const text = `{
  // where
  "listen": 8080,
  "routs": [],
  "to": 'ws://127.0.0.1:3000',
  "mode": "inspct",
}`;
    assert.deepEqual(mistakesOf(t, text), [
      "proxy.json:2:3: JSON has no comments; take this one out",
      'proxy.json:4:3: "routs" means nothing in the config; did you mean "routes"?',
      'proxy.json:5:9: JSON has double quotes only; write "ws://127.0.0.1:3000"',
      'proxy.json:6:11: mode is "inspct"; write "relay" or "inspect"',
      "proxy.json:6:19: a comma before } is none of JSON; take it out",
    ]);
  });

  // What stands at the place of the mistake, and how its line goes on.
  for (const [what, config, at, text] of [
    ["nothing to listen on", { to }, "{", 'the config needs "listen"; write "listen": 8080'],
    [
      "no upstream",
      { listen: 1 },
      "{",
      'the config has no upstream; write "to": "ws://127.0.0.1:3000", or "routes"',
    ],
    ["a route without an upstream", { listen: 1, routes: [{}] }, "{}", 'a route needs "to"; write "to"'],
    [
      "no object",
      [],
      "[",
      'the config is a list [ … ]; write an object such as { "listen": 8080, "to": "ws://127.0.0.1:3000" }',
    ],
    [
      "a port that is none",
      { listen: 65_536, to },
      "65536",
      "listen is 65536; write a whole number from 0 to 65535, ",
    ],
    [
      "a port in letters",
      { listen: "http", to },
      '"http"',
      'listen "http" is no address to listen on; write one such as',
    ],
    [
      "a port of all addresses as nginx has it",
      { listen: ["*:8080"], to },
      '"*:8080"',
      'listen "*:8080" has "*" for an address; write 8080, a port of all addresses',
    ],
    [
      "a host for all addresses",
      { listen: { port: 1, host: "*" }, to },
      '"*"',
      'host "*" is no address; leave it out, and the port is one of all addresses',
    ],
    [
      "a host without a name",
      { listen: { port: 1, host: "" }, to },
      '""',
      'host "" is no address; leave it out, and the port is one of all addresses',
    ],
    [
      "an admin port of all addresses",
      { listen: 1, to, admin: "*:9090" },
      '"*:9090"',
      'admin "*:9090" has "*" for an address; write "[::]:9090", a port of all addresses, or "127.0.0.1:9090"',
    ],
    ["one place twice", { listen: [1, "1"], to }, '"1"', "1 stands here twice; leave one of them out"],
    [
      "a listener of nothing",
      { listen: {}, to },
      "{}",
      'a listener needs "port" or "path"; write "port": 8080',
    ],
    [
      "a socket with a port",
      { listen: { path: "x", port: 12 }, to },
      "12",
      "port means nothing beside path; leave one",
    ],
    [
      "PROXY headers of nobody",
      { listen: { port: 1, proxyProtocol: true }, to },
      '{"port"',
      'proxyProtocol needs "trustedProxies", or every connection is cut; write ',
    ],
    ["a number as text", { listen: 1, to, retries: "2" }, '"2"', 'retries is "2"; write 2'],
    ["a URL of nothing", { listen: 1, to: "ftp://x" }, '"ftp:', 'to "ftp://x" is no URL of an upstream: '],
    ["a URL without a scheme", { listen: 1, to: "h:1" }, '"h:1"', 'to "h:1" has no scheme; write "ws://h:1"'],
    [
      "a URL with a password, which is not shown",
      { listen: 1, to: "ws://u:p@h" },
      '"ws:',
      "to has a user name or password, ",
    ],
    ["a URL with a query", { listen: 1, to: "ws://h/?a" }, '"ws:', 'to "ws://h/?a" has a query; only'],
    [
      "a socket as nginx has it",
      { listen: 1, to: "http://unix:/run/a.sock" },
      '"http:',
      'to "http://unix:/run/a.sock" is a path on a host called unix; for a socket use "ws+unix:/run/a.sock"',
    ],
    ["an empty list", { listen: 1, to: [] }, "[]", "to is an empty list; it takes a URL such as"],
    [
      "no network",
      { listen: 1, to, trustedProxies: ["x"] },
      '"x"',
      'trustedProxies "x" is no address and no network; ',
    ],
    [
      "both paths",
      { listen: 1, to, routes: [{ path: "/", pathPrefix: "/a" }] },
      '"/a"',
      "pathPrefix stands beside path, and a route has one of them; leave",
    ],
    [
      "a path without a slash",
      { listen: 1, to, path: "x" },
      '"x"',
      'path "x" begins with no slash; write "/x"',
    ],
    [
      "a path with a pattern of nginx",
      { listen: 1, to, routes: [{ pathPrefix: "~ ^/ws" }] },
      '"~ ^/ws"',
      'pathPrefix "~ ^/ws" has "~", and no pattern is understood; write "pathPrefix": "/ws", which has every path below it',
    ],
    [
      "a replacement with a query",
      { listen: 1, to, path: "/a", replacePath: "/b?c" },
      '"/b?c"',
      'replacePath "/b?c" has a query or fragment, and that of the request stays; write "/b"',
    ],
    ["a path with a query", { listen: 1, to, path: "/?" }, '"/?"', 'path "/?" has a query or fragment'],
    [
      "a host with a port",
      { listen: 1, to, host: "x:1" },
      '"x:1"',
      'host "x:1" has a port, and ports are not compared; leave',
    ],
    [
      "a host as nginx has it for any",
      { listen: 1, to, host: "_" },
      '"_"',
      'host "_" is a word for any host elsewhere, and no host name; leave it out',
    ],
    [
      "a domain as nginx has it",
      { listen: 1, to, host: [".a.example"] },
      '".a.example"',
      'host ".a.example" begins with a dot; write "*.a.example", and "a.example" beside it for the domain itself',
    ],
    [
      "a host that is none",
      { listen: 1, to, routes: [{ host: "a b" }] },
      '"a b"',
      'host "a b" is no host name; write one such as',
    ],
    [
      "two hashes",
      { listen: 1, to, balance: { hash: { header: "a", cookie: "b" } } },
      '{"header"',
      'hash takes one of "header" and "cookie"',
    ],
    [
      "a header that is none",
      { listen: 1, to, requestHeaders: { "a b": "c" } },
      '"a b"',
      '"a b" is no name of a header; write',
    ],
    [
      "a header with a line feed",
      { listen: 1, to, requestHeaders: { a: "b\nc" } },
      '"b\\nc"',
      "a holds what no header may",
    ],
    [
      "a close code that is never sent",
      { listen: 1, to, drain: { code: 1005 } },
      "1005",
      "code is 1005, which may not be sent; write",
    ],
    [
      "a word of other proxies",
      { listen: 1, to, changeOrigin: true },
      '"changeOrigin"',
      '"changeOrigin" means nothing in the config; use "preserveHost": false',
    ],
    [
      "an admin port of a file",
      { listen: 1, to, admin: "unix:x" },
      '"unix:x"',
      'admin "unix:x" is no address to listen on; write ',
    ],
    [
      "a file that is not there",
      { listen: 1, to: { url: "wss://a", tls: { ca: "no" } } },
      '"no"',
      'ca "no" cannot be read: there is no file no (ENOENT); write the name of a file',
    ],
    [
      "a route that never matches",
      { listen: 1, to, routes: [{ pathPrefix: "/" }, { path: "/chat" }] },
      '{"path":',
      "this route can never match, for the one in line 1 has every request that it could; put it above",
    ],
    [
      "a name that another route has",
      {
        listen: 1,
        to,
        routes: [
          { name: "chat", path: "/a" },
          { name: "chat", path: "/b" },
        ],
      },
      '"chat","path":"/b"',
      'this route has the name "chat", which the one in line 1 has too; logs and metrics know routes by their names: ',
    ],
    [
      "a name for all routes",
      { listen: 1, to, name: "chat", routes: [{ path: "/a" }, { path: "/b" }] },
      '{"path":"/b"',
      'this route has the name "chat", which the one in line 1 has too; logs and metrics know routes by their names: ',
    ],
  ] as const) {
    test(`says where there is ${what}`, (t) => {
      const json = JSON.stringify(config);
      const told = mistakesOf(t, json);
      assert.equal(told.length, 1, told.join("\n"));
      const place = `proxy.json:1:${json.indexOf(at) + 1}: `;
      assert.ok(told[0].startsWith(`${place}${text}`), `${told[0]}\n${place}${text}`);
    });
  }

  test("each mistake is one line of a place, what is wrong, and what to write instead", (t) => {
    const config = {
      listen: [{}, "x"],
      to: ["x:1", 5],
      mode: 1,
      retries: -1,
      path: "a",
      forwarded: [],
      drain: { code: 1 },
    };
    const told = mistakesOf(t, JSON.stringify(config));
    assert.equal(told.length, 9, told.join("\n"));
    for (const line of told) assert.match(line, /^proxy\.json:\d+:\d+: [^\n]+; [^\n]+$/);
  });

  test("what no listener could use is told, beside files that are right", (t) => {
    if (!hasTool(t, "openssl", ["version"])) return;
    const { server, client } = makeCertificates();
    const files = { c: server.cert, k: server.key, nc: client.cert, nk: client.key };
    const [named, nameless] = [
      { cert: "c", key: "k" },
      { cert: "nc", key: "nk" },
    ];
    const told = (tls: object): string[] =>
      mistakesOf(t, JSON.stringify({ listen: { port: 1, tls }, to }), files);
    const cases: [object, RegExp][] = [
      [{ certificates: [named, nameless] }, /tls\.certificates\[1\] names no host/],
      [{ certificates: [{ ...named, names: ["a b"] }] }, /names "a b" is no host name/],
      [{ certificates: [named], ciphers: "none" }, /tls\.ciphers "none" cannot be used: .*no cipher match/],
      [
        { certificates: [named], minVersion: "TLSv1.3", maxVersion: "TLSv1.2" },
        /minVersion TLSv1\.3 is newer/,
      ],
    ];
    for (const [tls, expected] of cases) {
      const lines = told(tls);
      assert.equal(lines.length, 1, lines.join("\n"));
      assert.match(lines[0], expected);
    }
  });

  test("a file that cannot be read is told in one line", () => {
    const file = join(tmpdir(), "sluice-there-is-no-such-file.json");
    assert.throws(() => readConfig(file), {
      lines: [
        `${file}: the config cannot be read: there is no file ${file} (ENOENT); write the name of a JSON file`,
      ],
    });
  });

  test("a mistake in the options of all routes is told once", (t) => {
    const routes = [
      { path: "/a", to },
      { path: "/b", to },
    ];
    const told = mistakesOf(t, JSON.stringify({ listen: 1, host: "a b", routes }));
    assert.equal(told.length, 1, told.join("\n"));
  });
});
