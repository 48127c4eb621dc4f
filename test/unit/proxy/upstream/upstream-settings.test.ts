import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createProxy, type ProxyOptions } from "#src/proxy/index.js";
import type { RouteOptions } from "#src/proxy/route-options.js";
import { lookAtRoute } from "#src/proxy/route-settings.js";
import { isSameUpstream, resolveUpstreams } from "#src/proxy/upstream/upstream-settings.js";
import { codeWords, tell } from "#src/proxy/words.js";

const a = "ws://127.0.0.1:1";
const b = "ws://127.0.0.1:2";

/** As JSON or JavaScript may have it. */
function given(options: unknown): RouteOptions {
  return options as RouteOptions;
}

describe("the settings of upstreams", () => {
  test("have the documented defaults", () => {
    const { upstreams, ...rest } = resolveUpstreams({ to: a });
    assert.deepEqual(rest, {
      balance: "round-robin",
      passive: { maxFailures: 3, ejectMs: 10_000 },
      active: undefined,
      queue: { maxWaiting: 1024, timeoutMs: 5000 },
    });
    const [{ address, ...upstream }] = upstreams;
    assert.deepEqual(upstream, {
      url: a,
      weight: 1,
      maxConnections: Infinity,
      isBackup: false,
      tls: undefined,
    });
    assert.equal(address.target.port, 1);
  });

  test("have defaults for checks", () => {
    const defaults = {
      path: undefined,
      statuses: undefined,
      intervalMs: 5000,
      timeoutMs: 2000,
      preamble: undefined,
      rise: 2,
      fall: 3,
    };
    assert.deepEqual(resolveUpstreams({ to: a, health: { active: true } }).active, defaults);
    assert.deepEqual(resolveUpstreams({ to: a, health: { active: {} } }).active, defaults);
    assert.equal(resolveUpstreams({ to: a, health: { active: false } }).active, undefined);
    assert.equal(resolveUpstreams({ to: a, health: { passive: false } }).passive, undefined);
  });

  test("are what was given", () => {
    const tls = { rejectUnauthorized: false };
    const settings = resolveUpstreams({
      to: [a, { url: "wss://127.0.0.1:2/base", weight: 1000, maxConnections: 5, isBackup: true, tls }],
      balance: { hash: { cookie: "sid" } },
      health: {
        passive: { maxFailures: 1, ejectMs: 1 },
        active: { path: "/up?x=1", statuses: [200, 503], intervalMs: 1, timeoutMs: 2, rise: 3, fall: 4 },
      },
      queue: { maxWaiting: 0, timeoutMs: 0 },
    });
    const { weight, maxConnections, isBackup } = settings.upstreams[1];
    assert.deepEqual([weight, maxConnections, isBackup, settings.upstreams[1].tls], [1000, 5, true, tls]);
    assert.deepEqual(settings.balance, { hash: { cookie: "sid" } });
    assert.deepEqual(settings.passive, { maxFailures: 1, ejectMs: 1 });
    assert.deepEqual(settings.active, {
      path: "/up?x=1",
      statuses: [200, 503],
      intervalMs: 1,
      timeoutMs: 2,
      preamble: undefined,
      rise: 3,
      fall: 4,
    });
    assert.deepEqual(settings.queue, { maxWaiting: 0, timeoutMs: 0 });
  });

  for (const url of ["ws+unix:/tmp/x.sock", "http://h", "https://h", "wss://h/p", "ws://[::1]:80"])
    test(`take ${url}`, () => assert.equal(resolveUpstreams({ to: url }).upstreams[0].url, url));

  const mistakes: readonly (readonly [options: unknown, message: RegExp])[] = [
    [{ to: [] }, /^to is an empty list; it takes the URL of at least one upstream$/],
    [{ to: [a, 5] }, /^to\[1\] is 5; it takes a URL such as/],
    [{ to: [{}] }, /^to\[0\]\.url is undefined; it takes a URL/],
    [{ to: { url: null } }, /^to\.url is null; it takes a URL/],
    [{ to: [a, "host:1"] }, /^to\[1\] "host:1" has no scheme; write "ws:\/\/host:1"$/],
    [{ to: "[::1]:1/x" }, /^to "\[::1\]:1\/x" has no scheme; write "ws:\/\/\[::1\]:1\/x"$/],
    [{ to: "a b" }, /^to "a b" is no URL of an upstream; write one such as "ws:\/\/127\.0\.0\.1:3000"$/],
    [
      { to: { url: "ftp://h" } },
      /^to\.url "ftp:\/\/h" is no URL of an upstream: scheme "ftp:" is not .*; write one/,
    ],
    [{ to: "ws://u:secret@h:99999" }, /^to is no URL of an upstream; (?!.*secret)/],
    [{ to: `${a}/?q=1` }, /^to "ws:.*" has a query; only a path is put before that of requests$/],
    [
      { to: "http://unix:/run/a.sock" },
      /^to "http:.*" is a path on .*; for a socket use "ws\+unix:\/run\/a\.sock"$/,
    ],
    [{ to: "ws://u:secret@h" }, /^to has a user name or password, (?!.*secret)/],
    [{ to: [a, { url: b, wieght: 2 }] }, /^wieght is not an option of to\[1\]; use weight$/],
    [{ to: [{ url: a, backup: true }] }, /^backup is not an option of to\[0\]; use isBackup$/],
    [{ to: [{ url: a, weight: 0 }] }, /^to\[0\]\.weight is 0; it takes an integer from 1 to 1000$/],
    [{ to: { url: a, weight: 1001 } }, /^to\.weight is 1001; /],
    [{ to: { url: a, weight: 1.5 } }, /^to\.weight is 1\.5; /],
    [{ to: { url: a, weight: "3" } }, /^to\.weight is "3"; /],
    [{ to: { url: a, maxConnections: 0 } }, /^to\.maxConnections is 0; it takes a number of at least 1$/],
    [{ to: { url: a, maxConnections: Number.NaN } }, /^to\.maxConnections is NaN; /],
    [{ to: { url: a, isBackup: 1 } }, /^to\.isBackup is 1; it takes true or false$/],
    [{ to: { url: "wss://h", tls: true } }, /^to\.tls is true; it takes an object such as \{ ca \}$/],
    [{ to: { url: "wss://h", tls: { ca: "ca.pem" } } }, /^to\.tls\.ca has no "-----BEGIN"; it takes PEM/],
    [{ to: { url: a, tls: {} } }, /^to\.tls means nothing for a URL without TLS; use wss: or https:/],
    [{ to: [a, b, a] }, /^to\[2\] "ws:.*" is given as to\[0\] already; .* a weight, such as weight: 2$/],
    [{ to: a, balance: "random" }, /^balance is "random"; it takes "round-robin", "least-connections", /],
    [{ to: a, balance: { hash: "cookie" } }, /^balance is \{"hash":"cookie"\}; /],
    [{ to: a, balance: { hash: { header: "a b" } } }, /^balance is /],
    [{ to: a, balance: { hash: { cookie: "x", header: "y" } } }, /^balance is /],
    [{ to: a, balance: { hash: "address", extra: 1 } }, /^balance is /],
    [{ to: a, balance: null }, /^balance is null; /],
    [{ to: a, health: true }, /^the options of health are true; they are given as an object$/],
    [{ to: a, health: { pasive: {} } }, /^pasive is not an option of health; use passive$/],
    [{ to: a, health: { passive: true } }, /^the options of health\.passive are true/],
    [
      { to: a, health: { passive: { maxFailures: 0 } } },
      /^health\.passive\.maxFailures is 0; it takes an integer of at least 1$/,
    ],
    [
      { to: a, health: { passive: { ejectMs: 0 } } },
      /^health\.passive\.ejectMs is 0; it takes a number of at least 1$/,
    ],
    [{ to: a, health: { active: 5 } }, /^the options of health\.active are 5/],
    [
      { to: a, health: { active: { path: "up" } } },
      /^health\.active\.path "up" begins with no slash; write "\/up"$/,
    ],
    [{ to: a, health: { active: { path: "/a b" } } }, /^health\.active\.path "\/a b" has what is no visible/],
    [{ to: a, health: { active: { path: "/a\r\nX: y" } } }, /^health\.active\.path "\/a.* has what is no /],
    [
      { to: a, health: { active: { path: "/a#b" } } },
      /^health\.active\.path "\/a#b" has what is no visible /,
    ],
    [
      { to: a, health: { active: { statuses: [200] } } },
      /^health\.active\.statuses means nothing without path; write path: "\/health"$/,
    ],
    [{ to: a, health: { active: { path: "/", statuses: [] } } }, /^health\.active\.statuses is \[\]; /],
    [
      { to: a, health: { active: { path: "/", statuses: [200, 101] } } },
      /^health\.active\.statuses is \[200, 101\]; /,
    ],
    [{ to: a, health: { active: { path: "/", statuses: "200" } } }, /^health\.active\.statuses is "200"; /],
    [{ to: a, health: { active: { intervalMs: 0 } } }, /^health\.active\.intervalMs is 0; /],
    [
      { to: a, health: { active: { intervalMs: 1e12 } } },
      /^health\.active\.intervalMs is 1000000000000; at most/,
    ],
    [{ to: a, health: { active: { timeoutMs: -1 } } }, /^health\.active\.timeoutMs is -1; /],
    [{ to: a, health: { active: { rise: 0 } } }, /^health\.active\.rise is 0; /],
    [{ to: a, health: { active: { fall: 1.5 } } }, /^health\.active\.fall is 1\.5; /],
    [{ to: a, queue: 5 }, /^the options of queue are 5/],
    [{ to: a, queue: { maxWaiting: -1 } }, /^queue\.maxWaiting is -1; it takes an integer of at least 0$/],
    [{ to: a, queue: { maxWaiting: Infinity } }, /^queue\.maxWaiting is Infinity; /],
    [{ to: a, queue: { timeoutMs: "5s" } }, /^queue\.timeoutMs is "5s"; /],
  ];
  for (const [options, message] of mistakes) {
    test(`say what is wrong with ${JSON.stringify(options)}`, () => {
      const [{ told }] = lookAtRoute(given(options), 0).mistakes;
      assert.match(tell(told, codeWords), message);
    });
  }

  test("show no password of a URL, whatever is wrong with it", () => {
    const to = ["ws://u:secret@h", "ws://u:secret@h"];
    const texts = lookAtRoute({ to }, 0).mistakes.map(({ told }) => tell(told, codeWords));
    assert.equal(texts.length, 3);
    for (const text of texts) assert.doesNotMatch(text, /secret/);
  });

  test("take no URL object, and say what of it they take", () => {
    const [{ place, told }] = lookAtRoute(given({ to: [new URL(a)] }), 0).mistakes;
    assert.equal(place, "to[0]");
    const text = tell(told, codeWords);
    assert.equal(text, "to[0] is a URL object; it takes the text of one, which is its href");
  });

  test("are the same for the same URL and TLS", () => {
    const [one] = resolveUpstreams({ to: { url: "wss://h", tls: { servername: "x" } } }).upstreams;
    const [same] = resolveUpstreams({
      to: { url: "wss://h", tls: { servername: "x" }, weight: 2 },
    }).upstreams;
    const [other] = resolveUpstreams({ to: { url: "wss://h", tls: { servername: "y" } } }).upstreams;
    assert.deepEqual([isSameUpstream(one, same), isSameUpstream(one, other)], [true, false]);
  });
});

describe("a mistake in one of several routes", () => {
  const routes = (second: object): ProxyOptions => given({ routes: [{ to: a }, second] });

  test("has the place of what is wrong, however it is told", () => {
    for (const [options, place] of [
      [{ to: [a, { url: b, weight: 0 }] }, "to[1].weight"],
      [{ to: [a, { url: "ws://b?c" }] }, "to[1].url"],
      [{ to: [a, { url: b, wieght: 2 }] }, "to[1]"],
      [{ to: { url: a, tls: {} } }, "to.tls"],
      [{ to: a, queue: { timeoutMs: "5s" } }, "queue.timeoutMs"],
      [{ to: a, mode: "inspect", inspect: { maxMessageBytes: -1 } }, "inspect"],
      [{ to: a, pathPrefix: "a" }, "pathPrefix"],
      [{ to: a, retries: -1 }, "retries"],
    ] as const)
      assert.deepEqual(
        lookAtRoute(given(options), 0).mistakes.map((mistake) => mistake.place),
        [place],
      );
  });

  test("is told with the number of the route", () => {
    assert.throws(() => createProxy(routes({ to: [{ url: b, weight: 0 }] })), {
      code: "INVALID_ARGUMENT",
      message: "routes[1]: to[0].weight is 0; it takes an integer from 1 to 1000",
    });
  });

  test("is told with the name of the route, if it has one", () => {
    assert.throws(() => createProxy(routes({ name: "chat", to: "127.0.0.1:1" })), {
      name: "StateError",
      code: "INVALID_ARGUMENT",
      message: 'route chat: to "127.0.0.1:1" has no scheme; write "ws://127.0.0.1:1"',
    });
  });

  test("leaves a proxy as it was when it is reloaded", () => {
    const proxy = createProxy({ to: a });
    assert.throws(() => proxy.reload(routes({ to: "nothing" })), { code: "INVALID_ARGUMENT" });
  });
});
