import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { toldByLine } from "./config-folder.js";

describe("no mistake in a config file hides another", () => {
  for (const [what, text, expected] of [
    [
      "in one route",
      `{ "listen": 1, "routes": [{
        "path": "/a",
        "pathPrefix": "/b",
        "host": "a b",
        "requestHeaders": { "a b": "c",
          "Connection": "close" },
        "balance": { "hash": { "cookie": "a=b" } },
        "to": "ws://127.0.0.1:2"
      }] }`,
      [
        "3: pathPrefix stands beside path, and a route has one of them; leave the other out",
        '4: host "a b" is no host name; write one such as "example.com" or "*.example.com"',
        '5: "a b" is no name of a header; write one such as "X-Served-By"',
        '6: "Connection" says where a message ends or what is agreed to, and cannot be changed; take it out',
        '7: cookie "a=b" is no name of a cookie; write one such as "session"',
      ],
    ],
    [
      "of an upstream, and a route without any requests",
      `{ "listen": 1, "routes": [
        { "pathPrefix": "/a", "to": 5 },
        { "path": "/a/b",
          "to": "ftp://x" },
        { "name": "x", "path": "/c", "to": "ws://a", "retries": -1 },
        { "name": "x", "path": "/d", "to": "ws://a", "mode": "none" }
      ] }`,
      [
        '2: to is 5; write a URL such as "ws://127.0.0.1:3000", an object such as { "url": "ws://127.0.0.1:3000", "weight": 2 } or a list [ … ] of such',
        "3: this route can never match, for the one in line 2 has every request that it could; put it above that one, or take it out",
        '4: to "ftp://x" is no URL of an upstream: scheme "ftp:" is not ws:, wss:, http: or https:; write one such as "ws://127.0.0.1:3000"',
        "5: retries is -1; write a whole number of at least 0",
        '6: this route has the name "x", which the one in line 5 has too; logs and metrics know routes by their names: give it another',
        '6: mode is "none"; write "relay" or "inspect"',
      ],
    ],
    [
      "of several upstreams",
      `{ "listen": 1, "to": [
        "ws://a", "nothing",
        { "url": "ws://b", "tls": {}, "wieght": 1 },
        { "url": "x:1", "weight": 0, "tls": {} },
        "ws://a",
        { "url": "ws://a" }
      ] }`,
      [
        '2: to "nothing" has no scheme; write "ws://nothing"',
        "3: to[2].tls means nothing for a URL without TLS; use wss: or https:, or leave it out",
        '3: "wieght" means nothing in an upstream; did you mean "weight"?',
        '4: url "x:1" has no scheme; write "ws://x:1"',
        "4: weight is 0; write a whole number from 1 to 1000",
        '5: to[4] "ws://a" is given as to[0] already; for a larger share give one of them a weight, such as "weight": 2',
        '6: to[5] "ws://a" is given as to[0] already; for a larger share give one of them a weight, such as "weight": 2',
      ],
    ],
    [
      "of the defaults and of the routes, each once",
      `{ "listen": [{ "port": 1, "proxyProtocol": true }, "1"],
        "drain": { "code": 1005, "timeoutMs": -1 },
        "host": "a:1",
        "path": "/a",
        "health": { "active": { "statuses": [204], "intervalMs": 0 } },
        "routes": [
          { "to": "ws://a" },
          { "pathPrefix": "/b" },
          { "path": "/c", "to": "ws://c?d", "queue": { "maxWaiting": -1 } }
        ] }`,
      [
        '1: proxyProtocol needs "trustedProxies", or every connection is cut; write "trustedProxies": ["10.0.0.0/8"]',
        "1: 1 stands here twice; leave one of them out",
        "2: code is 1005, which may not be sent; write 1012, 1001, or one from 3000 to 4999",
        '2: timeoutMs is -1; write a number from 0 to 2147483647 or "none"',
        '3: host "a:1" has a port, and ports are not compared; leave it out',
        '5: statuses means nothing without "path"; write "path": "/health"',
        "5: intervalMs is 0; write a number from 1 to 2147483647",
        '8: a route needs "to"; write "to": "ws://127.0.0.1:3000"',
        "8: pathPrefix stands beside path, and a route has one of them; leave the other out",
        '9: to "ws://c?d" has a query; only a path is put before that of requests',
        "9: maxWaiting is -1; write a whole number of at least 0",
      ],
    ],
    [
      "of a listener",
      `{ "listen": [
        { "path": "x", "port": 1, "host": 5 },
        { "port": 2, "tls": {
          "minVersion": "TLSv1.3", "maxVersion": "TLSv1.2",
          "certificates": [{ "cert": "no", "key": "none", "names": ["a b"] }]
        } }
      ], "to": "ws://a" }`,
      [
        "2: port means nothing beside path; leave one of them out",
        '2: host is 5; write a name or an address such as "127.0.0.1"',
        "2: host means nothing beside path; leave one of them out",
        "4: minVersion TLSv1.3 is newer than maxVersion; leave one of them out",
        '5: cert "no" cannot be read: there is no file no (ENOENT); write the name of a file, relative to this one or from the root',
        '5: key "none" cannot be read: there is no file none (ENOENT); write the name of a file, relative to this one or from the root',
        '5: names "a b" is no host name; write one such as "example.com" or "*.example.com"',
      ],
    ],
    [
      "of JSON",
      `{ "listen": 1, "routes": [
        { "path": yes, "to": "ws://a" },
        { "path": "/b", "to": "ws://a", "host": "b:1" },
        { "path": "/b", "to": "ws://a", "host": "b" },
        { "path": "/b", "to": "ws://a", "host": "b" },
      ] }`,
      [
        "2: yes is no value of JSON; write true",
        '3: host "b:1" has a port, and ports are not compared; leave it out',
        "5: this route can never match, for the one in line 4 has every request that it could; put it above that one, or take it out",
        "5: a comma before ] is none of JSON; take it out",
      ],
    ],
    [
      "of JSON that ends too early, and of nothing that may stand behind its end",
      `{ "listen": 1 },
        "to": "ws://a" }`,
      ["1: there is more behind the end of the value; take it out, or a bracket above is too much"],
    ],
    [
      "of JSON where the routes are, and not that they are missing",
      `{ "listen": 1,
        "routes": yes }`,
      ["2: yes is no value of JSON; write true"],
    ],
    [
      "of a list of routes that is none",
      `{ "listen": 1,
        "routes": { "path": "/a" },
        "to": { "url": "ws://a", "tls": {} } }`,
      [
        '2: routes is an object { … }; write a list such as [{ "path": "/chat", "to": "ws://127.0.0.1:3000" }]',
        "3: to.tls means nothing for a URL without TLS; use wss: or https:, or leave it out",
      ],
    ],
  ] as const) {
    test(what, (t) => assert.deepEqual(toldByLine(t, text), expected));
  }
});

describe("limits of inspect in a config file", () => {
  test("are a mistake where nothing is inspected", (t) => {
    assert.deepEqual(
      toldByLine(
        t,
        `{ "listen": 1, "to": "ws://a", "routes": [
          { "path": "/a", "mode": "inspect" },
          { "path": "/b", "inspect": {} },
          { "path": "/c",
            "mode": "relay",
            "inspect": { "heartbeat": false } },
          { "path": "/d", "mode": "look", "inspect": {} }
        ], "inspect": {} }`,
      ),
      [
        '3: inspect means nothing in mode "relay"; write "mode": "inspect", or leave it out',
        '6: inspect means nothing in mode "relay"; write "mode": "inspect", or leave it out',
        '7: mode is "look"; write "relay" or "inspect"',
      ],
    );
    assert.deepEqual(toldByLine(t, '{ "listen": 1, "to": "ws://a", "routes": [{}],\n"inspect": {} }'), [
      '2: inspect means nothing while no route has mode "inspect"; write "mode": "inspect", or leave it out',
    ]);
    assert.deepEqual(toldByLine(t, '{ "listen": 1, "to": "ws://a",\n"inspect": {} }'), [
      '2: inspect means nothing in mode "relay"; write "mode": "inspect", or leave it out',
    ]);
  });
});

describe("replacePath in a config file", () => {
  test("is a mistake where there is nothing that it could replace", (t) => {
    const told = toldByLine(
      t,
      `{ "listen": 1, "to": "ws://a", "routes": [
        { "path": "no", "replacePath": "/x" },
        { "host": "b", "replacePath": "/x" },
        { "pathPrefix": "/c" }, {}
      ],
      "replacePath": "" }`,
    );
    assert.deepEqual(told, [
      '2: path "no" begins with no slash; write "/no"',
      '3: replacePath takes the place of path or pathPrefix, and the route has neither; write the one that it replaces, such as "pathPrefix": "/api", or leave it out',
    ]);
  });
});

describe("redirectToHttps in a config file", () => {
  test("is true, false, or an object with a port and a status", (t) => {
    for (const value of ["true", "false", "{}", '{ "port": 8443, "status": 301 }'])
      assert.deepEqual(toldByLine(t, `{ "listen": 1, "to": "ws://a", "redirectToHttps": ${value} }`), []);
    const told = toldByLine(
      t,
      `{ "listen": 1, "to": "ws://a", "redirectToHttps": "https", "routes": [
        { "path": "/a", "redirectToHttps": { "port": 0 } },
        { "path": "/b", "redirectToHttps": { "status": 303 } },
        { "path": "/c", "redirectToHttps": { "code": 301 } },
        { "path": "/d", "return": 301 }
      ] }`,
    );
    assert.deepEqual(told, [
      '1: redirectToHttps is "https"; write true or false or an object such as { "port": 8443 }',
      "2: port is 0; write a whole number from 1 to 65535",
      "3: status is 303; write 301, 302, 307 or 308",
      '4: "code" means nothing in a redirect; use "status"',
      '5: "return" means nothing in a route; use "redirectToHttps"',
    ]);
  });
});

describe("words of other proxies in a config file", () => {
  test("are told what they are called here, and nothing of what is missing for their sake", (t) => {
    const told = toldByLine(
      t,
      `{ "bind": 8080, "routes": [
        { "location": "/ws", "replacePath": "",
          "proxy_pass": "http://127.0.0.1:3000" },
        { "server_name": "a.example",
          "upstream": ["ws://a"],
          "balance": { "cookie": "sid" } },
        { "to": { "server": "a", "max_conns": 5 }, "balance": { "address": true } },
        { "to": "ws://a", "path": "/b", "location": "/c", "retries": -1 },
        { "to": "ws://a", "path": "/b", "hots": "x", "ssl_certificate": "x" }
      ],
      "ssl_certificate": "x",
      "server": "y" }`,
    );
    const pair = '[{ "cert": "cert.pem", "key": "key.pem" }]';
    const certificates = `use "listen": [{ "port": 8443, "tls": { "certificates": ${pair} } }] beside "routes"`;
    assert.deepEqual(told, [
      '1: "bind" means nothing in the config; use "listen": "127.0.0.1:8080"',
      '2: "location" means nothing in a route; use "pathPrefix", or "path" for one alone',
      '3: "proxy_pass" means nothing in a route; use "to"',
      '4: "server_name" means nothing in a route; use "host"',
      '5: "upstream" means nothing in a route; use "to", with a list for several',
      '6: "cookie" means nothing in balance; write { "hash": { "cookie": "sid" } }',
      '7: "server" means nothing in an upstream; use "url"',
      '7: "max_conns" means nothing in an upstream; use "maxConnections"',
      '7: "address" means nothing in balance; write { "hash": "address" }',
      '8: "location" means nothing in a route; use "pathPrefix", or "path" for one alone',
      "8: retries is -1; write a whole number of at least 0",
      '9: "hots" means nothing in a route; did you mean "host"?',
      `9: "ssl_certificate" means nothing in a route; ${certificates}`,
      `11: "ssl_certificate" means nothing in the config; ${certificates}`,
      '12: "server" means nothing in the config; use "to"',
    ]);
  });

  test("are told so of a listener", (t) => {
    const pair = '[{ "cert": "cert.pem", "key": "key.pem" }]';
    const told = toldByLine(
      t,
      `{ "to": "ws://a", "listen": [
        { "port": 1, "ssl_certificate": "x" },
        { "port": 2, "tls": { "ssl_certificate": "x", "ssl_certificate_key": "y" } },
        { "port": 3, "tls": { "certificates": [{ "ssl_certificate": "x" }] } }
      ] }`,
    );
    assert.deepEqual(told, [
      `2: "ssl_certificate" means nothing in a listener; use "tls": { "certificates": ${pair} }`,
      `3: "ssl_certificate" means nothing in tls of a listener; use "certificates": ${pair}`,
      `3: "ssl_certificate_key" means nothing in tls of a listener; use "certificates": ${pair}`,
      '4: a certificate needs "key"; write "key": "key.pem"',
      '4: "ssl_certificate" means nothing in a certificate; use "cert"',
    ]);
  });
});

describe("a route that can never match", () => {
  test("is looked for with the defaults that it has", (t) => {
    const routes = '"routes": [{}, { "host": "b.example" }]';
    assert.deepEqual(toldByLine(t, `{ "listen": 1, "to": "ws://a", "host": "a.example", ${routes} }`), []);
    assert.equal(toldByLine(t, `{ "listen": 1, "to": "ws://a", ${routes} }`).length, 1);
  });
});
