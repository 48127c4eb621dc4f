import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { toldByLine } from "./config-folder.js";

describe("a proxy that would be in its own way", () => {
  test("is told where", (t) => {
    const told = toldByLine(
      t,
      `{ "listen": [
        8080,
        "127.0.0.1:8080",
        { "path": "run/sock" },
        { "port": 8081, "host": 5 },
        { "port": 8082, "reusePort": true },
        { "port": 8082, "host": "127.0.0.1", "reusePort": true }
      ],
      "admin": 8080,
      "to": "ws://127.0.0.1:8081",
      "routes": [
        { "path": "/a", "to": ["ws://b", "no", "http://localhost:8080"] },
        { "path": "/b", "to": { "url": "ws://127.0.0.1:8080/x", "weight": 0 } },
        {}
      ] }`,
    );
    assert.deepEqual(told, [
      "3: 127.0.0.1:8080 is taken by 8080 in line 2; leave one of them out",
      '5: host is 5; write a name or an address such as "127.0.0.1"',
      "9: admin is where the proxy itself listens, in line 2; write another port",
      '12: to "no" has no scheme; write "ws://no"',
      '12: to "http://localhost:8080" is where the proxy itself listens, in line 2, and requests would come back for ever; write the URL of another server',
      '13: url "ws://127.0.0.1:8080/x" is where the proxy itself listens, in line 2, and requests would come back for ever; write the URL of another server',
      "13: weight is 0; write a whole number from 1 to 1000",
    ]);
  });

  test("is told by what hosts and files stand for, and of its admin port too", (t) => {
    const told = toldByLine(
      t,
      `{ "listen": [ "127.0.0.1:8080", "unix:run/sock" ],
      "admin": "app.localhost:8080",
      "routes": [
        { "path": "/a", "to": "ws://[::ffff:127.0.0.1]:8080" },
        { "path": "/b", "to": "ws://app.localhost:8080" },
        { "path": "/c", "to": "ws://localhost.:8080" }
      ] }`,
    );
    const loop = "is where the proxy itself listens, in line 1";
    const advice = "and requests would come back for ever; write the URL of another server";
    assert.deepEqual(told, [
      `2: admin ${loop}; write another port`,
      `4: to "ws://[::ffff:127.0.0.1]:8080" ${loop}, ${advice}`,
      `5: to "ws://app.localhost:8080" ${loop}, ${advice}`,
      `6: to "ws://localhost.:8080" ${loop}, ${advice}`,
    ]);
    const config = '{ "listen": 8080,\n"admin": 9090, "to": [ "ws://a",\n"http://localhost:9090/metrics" ] }';
    assert.deepEqual(toldByLine(t, config), [
      '3: to "http://localhost:9090/metrics" is the admin port of the proxy itself, in line 2; write the URL of another server',
    ]);
  });

  test("is not one that listens beside itself", (t) => {
    const listen = '"listen": ["127.0.0.1:8080", "127.0.0.2:8080", 0, 0], "admin": "127.0.0.3:8080"';
    assert.deepEqual(toldByLine(t, `{ ${listen}, "to": ["ws://127.0.0.4:8080", "ws://a:8080"] }`), []);
  });
});

describe("the path of a unix socket", () => {
  test("is one that the kernel takes", (t) => {
    const most = process.platform === "linux" ? 107 : 103;
    const longest = `/${"a".repeat(most - 1)}`;
    const config = (path: string): string =>
      JSON.stringify({ listen: `unix:${path}`, to: `ws+unix:${path.replace(/a$/, "b")}` });
    assert.deepEqual(toldByLine(t, config(longest)), []);
    const told = toldByLine(
      t,
      `{ "listen": [
        "unix:${longest}a",
        { "path": "${longest}b" },
        "unix:a\\u0000b" ],
      "to": [
        "ws+unix:${longest}a",
        { "url": "ws+unix:/a%00b" }
      ] }`.replaceAll("\\\\", "\\"),
    );
    const tooLong = `has a path of ${most + 1} bytes, and the kernel takes at most ${most}; use a shorter one`;
    const cut = "has a zero byte, where the kernel would end the path; take it out";
    assert.deepEqual(
      told.map((line) => line.replace(/"(?:[^"])*"…?/, "…")),
      [`2: … ${tooLong}`, `3: … ${tooLong}`, `4: … ${cut}`, `6: to … ${tooLong}`, `7: url … ${cut}`],
    );
  });
});
