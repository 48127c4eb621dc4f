import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { mistakesOf, toldByLine } from "./config-folder.js";

describe("whoever brings a config of nginx", () => {
  const told = "this is a config of nginx; write one in JSON, as docs/migrating-from-nginx.md shows";
  for (const [text, place] of [
    ["server {\n  listen 80;\n}\n", "1:1"],
    ["# the front\n\n  upstream chat {\n    server 127.0.0.1:3000;\n}\n", "3:3"],
    ["user www-data;\nworker_processes auto;\n", "1:1"],
    ["map $http_upgrade $connection_upgrade {\n  default upgrade;\n}", "1:1"],
    ["http\n{\n}", "1:1"],
    ["include /etc/nginx/modules-enabled/*.conf;", "1:1"],
    ["\ufeffevents {}", "1:2"],
    ["proxy_pass http://127.0.0.1:3000;", "1:1"],
  ] as const) {
    test(`is told of it alone: ${JSON.stringify(text.slice(0, 30))}`, (t) => {
      assert.deepEqual(mistakesOf(t, text), [`proxy.json:${place}: ${told}`]);
    });
  }

  for (const text of [
    "server",
    "listen: 8080\nto: ws://a\n",
    "example.com {\n}",
    '"server" {',
    "{ server { } }",
  ]) {
    test(`is not meant by ${JSON.stringify(text)}`, (t) => {
      const lines = mistakesOf(t, text);
      assert.notEqual(lines.length, 0);
      assert.doesNotMatch(lines.join("\n"), /nginx/);
    });
  }

  test("is told what there is in the place of each name", (t) => {
    const lines = toldByLine(
      t,
      `{ "listen": 1, "to": { "url": "ws://a",
        "max_fails": 3 },
        "error_log": "error.log",
        "worker_processes": 4,
        "client_max_body_size": "1m",
        "include": "sites/*.json",
        "root": "/var/www",
        "routes": [{
          "hash": "$cookie_session",
          "gzip": true
        }] }`,
    );
    assert.deepEqual(lines, [
      '2: "max_fails" means nothing in an upstream; use "health": { "passive": { "maxFailures": 3, "ejectMs": 10000 } } of the route',
      '3: "error_log" means nothing in the config; what goes wrong is told on standard error; take it out',
      '4: "worker_processes" means nothing in the config; it is one process on one core; start several, with "reusePort": true at their listeners',
      '5: "client_max_body_size" means nothing in the config; bodies pass whatever their size; take it out',
      '6: "include" means nothing in the config; one file has all of it; write what is in the other here',
      '7: "root" means nothing in the config; it serves no files; write the URL of a server that does as an upstream',
      '9: "hash" means nothing in a route; use "balance": { "hash": "address" }',
      '10: "gzip" means nothing in a route; plain answers are passed on as they come; let their server compress them',
    ]);
  });
});
