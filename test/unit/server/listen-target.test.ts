import assert from "node:assert/strict";
import { test } from "node:test";
import { StateError } from "sluice";
import { parseListenTarget } from "#src/server/listen-target.js";

test("a number is a port of every address", () => {
  assert.deepEqual(parseListenTarget(3000), { port: 3000 });
});

test("a port and a host are taken as they are", () => {
  assert.deepEqual(parseListenTarget({ port: 0, host: "::1" }), { port: 0, host: "::1" });
});

test("a descriptor of a socket that listens already", () => {
  assert.deepEqual(parseListenTarget({ fd: 3 }), { fd: 3 });
});

test("a path is a unix socket", () => {
  assert.deepEqual(parseListenTarget({ path: "/run/x.sock" }), { path: "/run/x.sock" });
  const undefinedPort = { path: "/run/x.sock", port: undefined, host: undefined };
  assert.deepEqual(parseListenTarget(undefinedPort), { path: "/run/x.sock" });
});

test("where nothing is said is any free port", () => {
  assert.deepEqual(parseListenTarget({ port: 0, host: undefined }), { port: 0, host: undefined });
});

test("a port may be shared, which is said to the transport and left out otherwise", () => {
  assert.deepEqual(parseListenTarget({ port: 80, reusePort: true }), {
    port: 80,
    host: undefined,
    isPortShared: true,
  });
  for (const reusePort of [false, undefined]) {
    const target = { port: 80, host: "::1", reusePort } as { port: number };
    assert.deepEqual(parseListenTarget(target), { port: 80, host: "::1" });
  }
  assert.deepEqual(parseListenTarget({ path: "/run/x.sock", reusePort: false } as { path: string }), {
    path: "/run/x.sock",
  });
});

for (const [target, others, message] of [
  [{ port: 1, reusePort: 1 }, [], "reusePort is 1; it takes true or false"],
  [
    { path: "/run/x.sock", reusePort: true },
    [],
    "reusePort is for ports; the path of a unix socket has one listener",
  ],
  ["8080", [], 'port "8080" is a string; it takes a number, as in Number("8080")'],
  [{ port: "18080" }, [], 'port "18080" is a string; it takes a number, as in Number("18080")'],
  ["here", [], 'cannot listen on "here"; give a port, { port, host, reusePort }, { path } or { fd }'],
  [{ fd: -1 }, [], "fd is -1; it takes the descriptor of a listening socket, such as 3"],
  [{ fd: "3" }, [], 'fd is "3"; it takes the descriptor of a listening socket, such as 3'],
  [
    { fd: 3, port: 80 },
    [],
    "port means nothing beside fd, a socket that listens somewhere already; leave one of them out",
  ],
  [{ port: 1, hostname: "x" }, [], "hostname is not an option of listen; use host"],
  [{ port: 1, resusePort: true }, [], "resusePort is not an option of listen; use reusePort"],
  [
    { port: 1, backlog: 5 },
    [],
    "backlog is not an option of listen; it takes port, host, path, reusePort, fd",
  ],
  [
    { path: "/run/x.sock", port: 1, host: "::1" },
    [],
    "port means nothing beside path: a server listens on a port or on a unix socket; leave one of them out",
  ],
  [
    { path: "/run/x.sock", host: "::1" },
    [],
    "host means nothing beside path: a server listens on a port or on a unix socket; leave one of them out",
  ],
  [{ port: 1, host: 5 }, [], 'host is 5; it takes a name or an address, such as "127.0.0.1"'],
  [{ path: 5 }, [], "path is 5; it takes the path of a unix socket"],
  [1, ["::1"], 'listen takes one argument, and got "::1" too; a host is given as { port, host }'],
  [
    1,
    [undefined, () => {}],
    "listen takes one argument, and got a function too; it answers a promise instead of calling back",
  ],
] as const) {
  test(message, () => {
    assert.throws(() => parseListenTarget(target as never, others), {
      name: "StateError",
      code: "INVALID_ARGUMENT",
      message,
    });
  });
}

for (const target of [-1, 65_536, 0.5, Number.NaN, "80", null, undefined, {}, { port: "80" }, true]) {
  test(`${JSON.stringify(target)} is no place to listen`, () => {
    assert.throws(() => parseListenTarget(target as number), StateError);
  });
}
