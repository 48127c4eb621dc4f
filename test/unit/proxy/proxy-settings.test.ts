import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createProxy, type ProxyOptions, resolveProxyOptions } from "#src/proxy/index.js";

const to = "ws://127.0.0.1:3000";

/** As JavaScript may have it. */
function given(options: unknown): ProxyOptions {
  return options as ProxyOptions;
}

function refuses(options: unknown, message: string): void {
  assert.throws(() => resolveProxyOptions(given(options)), { code: "INVALID_ARGUMENT", message });
}

describe("the hooks of a proxy", () => {
  test("are told of by their names, and misspelt ones with the name that was meant", () => {
    const hook = (): void => {};
    refuses({ to, hooks: { requst: hook } }, "requst is not an option of hooks; use request");
    refuses(
      { to, hooks: { upstreamheath: hook } },
      "upstreamheath is not an option of hooks; use upstreamHealth",
    );
    refuses({ to, hooks: { proxyReq: hook } }, "proxyReq is not an option of hooks; use upstreamRequest");
    refuses(
      { to, hooks: { tick: hook } },
      "tick is not an option of hooks; it takes request, upstreamSelected, upstreamRequest, upstreamResponse, message, close, log, upstreamHealth, tlsFailed, error",
    );
  });

  test("are functions", () => {
    refuses({ to, hooks: { log: true } }, "hooks.log is true; it takes a function");
    refuses({ to, hooks: [] }, "hooks is an array; it takes an object with functions");
    assert.deepEqual(resolveProxyOptions({ to, hooks: { log: undefined } }).hooks, { log: undefined });
  });
});

describe("the limits of inspect", () => {
  const inspect = { maxMessageBytes: 1000 };
  const message = 'inspect means nothing in mode "relay"; write mode: "inspect", or leave it out';
  const beside =
    'inspect means nothing while no route has mode "inspect"; write mode: "inspect", or leave it out';

  test("are refused in mode relay, by default too", () => {
    refuses({ to, inspect }, message);
    refuses({ to, mode: "relay", inspect }, message);
    refuses({ routes: [{ to, inspect }] }, `routes[0]: ${message}`);
    refuses({ to, mode: "inspect", routes: [{ mode: "relay", name: "a", inspect }] }, `route a: ${message}`);
    refuses({ to, inspect: { maxMessageBytes: -1 } }, message);
  });

  test("are refused beside routes none of which would have them", () => {
    refuses({ to, inspect, routes: [{ path: "/a" }, {}] }, beside);
    refuses({ to, inspect, mode: "inspect", routes: [{ mode: "relay" }] }, beside);
    refuses({ to, inspect: { maxFragments: 0 }, routes: [{}] }, beside);
  });

  test("are the defaults of the routes in mode inspect, and of no others", () => {
    const routes = [
      { path: "/a", mode: "inspect" },
      { path: "/b", mode: "inspect", inspect: { maxMessageBytes: 5 } },
      {},
    ];
    const settings = resolveProxyOptions(given({ to, inspect, routes }));
    const limits = settings.routes.map((route) => route.inspect.connection.maxMessageBytes);
    assert.deepEqual(limits, [1000, 5, 1_048_576]);
    refuses(
      { to, inspect: { maxMessageBytes: -1 }, routes },
      "inspect.maxMessageBytes is -1; it takes a number of at least 0",
    );
  });
});

describe("replacePath", () => {
  const advice = 'write the one that it replaces, such as pathPrefix: "/api", or leave it out';
  const message = `replacePath takes the place of path or pathPrefix, and the route has neither; ${advice}`;

  test("is refused where there is nothing that it could replace", () => {
    refuses({ to, replacePath: "" }, message);
    refuses({ to, routes: [{ path: "/a" }, { replacePath: "/b" }] }, `routes[1]: ${message}`);
    const beside = `replacePath means nothing while no route has path or pathPrefix; ${advice}`;
    refuses({ to, replacePath: "/b", routes: [{ host: "a" }, {}] }, beside);
  });

  test("is the default of the routes with a path, and of no others", () => {
    const routes = [{ path: "/a" }, { pathPrefix: "/b" }, { pathPrefix: "/c", replacePath: "/d" }, {}];
    const settings = resolveProxyOptions(given({ to, replacePath: "/x", routes }));
    assert.deepEqual(
      settings.routes.map((route) => route.replacePath),
      ["/x", "/x", "/d", undefined],
    );
    resolveProxyOptions(given({ to, pathPrefix: "/a", replacePath: "", routes: [{}] }));
    refuses({ to, replacePath: "x", routes }, 'replacePath "x" begins with no slash; write "/x"');
  });
});

describe("the hook message", () => {
  const hooks = { message: (): void => {} };
  const message =
    'hooks.message would never be called, for no route has mode "inspect"; write mode: "inspect" for those whose messages it is to see, or leave it out';

  test("is refused while no route is in mode inspect", () => {
    refuses({ to, hooks }, message);
    refuses({ to, mode: "relay", hooks }, message);
    refuses({ to, mode: "inspect", hooks, routes: [{ mode: "relay" }] }, message);
  });

  test("is taken where one is", () => {
    resolveProxyOptions({ to, mode: "inspect", hooks });
    resolveProxyOptions({ hooks, routes: [{ path: "/a", to, mode: "inspect" }, { to }] });
    resolveProxyOptions({ to, hooks: { message: undefined } });
  });

  test("leaves a proxy as it was when it is reloaded without one", (t) => {
    const proxy = createProxy({ to, mode: "inspect", hooks });
    t.after(() => proxy.close());
    assert.throws(() => proxy.reload({ to, hooks }), { code: "INVALID_ARGUMENT", message });
  });
});

describe("the options of a proxy", () => {
  test("are told of where they stand: beside the routes, or in one of them", () => {
    const routes = [{ path: "/a", to, retries: 1 }, { to }];
    refuses({ routes, retries: -1 }, "retries is -1; it takes an integer of at least 0");
    refuses(
      { routes: [...routes, { path: "/b", to, mode: "x" }] },
      'routes[2]: mode is "x"; it takes "relay" or "inspect"',
    );
    refuses({ routes: [5] }, "routes[0] is 5; it takes a route, such as { path, to }");
    refuses(
      { routes: [{ path: "/a" }] },
      'routes[0]: to is undefined; it takes a URL such as "ws://127.0.0.1:3000", or { url }',
    );
    refuses(
      { mode: "x" },
      'a proxy needs to, the URL of an upstream such as "ws://127.0.0.1:3000", or routes',
    );
  });

  test("are told what words of other proxies are called here", () => {
    for (const [name, advice] of [
      ["location", "use pathPrefix, or path for one alone"],
      ["proxy_pass", "use to"],
      ["upstream", "use to, with a list for several"],
      ["server_name", "use host"],
      ["ssl_certificate", "give it to listen, as in proxy.listen({ port, tls })"],
    ] as const) {
      refuses({ to, [name]: "x" }, `${name} is not an option of createProxy; ${advice}`);
      refuses({ routes: [{ to, [name]: "x" }] }, `routes[0]: ${name} is not an option of a route; ${advice}`);
    }
    refuses(
      { routes: [{ to, sendRealIp: true }] },
      "routes[0]: sendRealIp is not an option of a route; write it beside routes",
    );
    refuses(
      { to, health: { path: "/x" } },
      'path is not an option of health; use active: { path: "/health" }',
    );
    refuses(
      { to, health: { active: { interval: 5 } } },
      "interval is not an option of health.active; use intervalMs",
    );
  });

  test("name hosts that are asked for", () => {
    for (const [host, problem] of [
      ["a:1", "has a port, and ports are not compared; leave it out"],
      ["[::1]:1", "has a port, and ports are not compared; leave it out"],
      ["::1", 'is an IPv6 address without brackets; write "[::1]"'],
      ["a.example.", 'ends with a dot, which is not compared; write "a.example"'],
      ["*", "is a word for any host elsewhere, and no host name; leave it out"],
      ["_", "is a word for any host elsewhere, and no host name; leave it out"],
      [
        ".a.example",
        'begins with a dot; write "*.a.example", and "a.example" beside it for the domain itself',
      ],
      [".a b", 'is no host name; write one such as "example.com" or "*.example.com"'],
      ["*..example", 'is no host name; write one such as "example.com" or "*.example.com"'],
      ["a..example", 'is no host name; write one such as "example.com" or "*.example.com"'],
      ["a,b", 'is no host name; write one such as "example.com" or "*.example.com"'],
      ["b\u00fccher.example", 'is no host name; write one such as "example.com" or "*.example.com"'],
    ])
      refuses({ to, host }, `host "${host}" ${problem}`);
    refuses(
      { to, host: [] },
      "host is an empty list; it takes at least one name, or is left out for any host",
    );
    refuses({ to, host: ["a", 5] }, 'host is 5; it takes a host name such as "example.com"');
    resolveProxyOptions({ to, host: ["A.example", "*.b.example", "_a.example", "[::1]", "127.0.0.1"] });
  });

  test("have paths as requests have them", () => {
    const plain = (literal: string): string =>
      `and no pattern is understood; write pathPrefix: "${literal}", which has every path below it`;
    for (const [path, problem] of [
      ["api", 'begins with no slash; write "/api"'],
      ["", 'begins with no slash; write "/"'],
      ["/api/*", `has "*", ${plain("/api/")}`],
      ["/*", `has "*", ${plain("/")}`],
      ["/api*", `has "*", ${plain("/api")}`],
      ["/user/{id}", `has "{", ${plain("/user/")}`],
      ["^/ws", `has "^", ${plain("/ws")}`],
      ["~ ^/ws/(\\d+)$", `has "~", ${plain("/ws/")}`],
      ["~* \\.(png|jpg)$", `has "~", ${plain("/")}`],
      ["/a\\.b", `has "\\\\", ${plain("/a")}`],
      ["/ws/.*", `has "*", ${plain("/ws/")}`],
      ["/a?b", 'has a query or fragment, and routes are told apart without; write "/a"'],
      ["/a#b*", 'has a query or fragment, and routes are told apart without; write "/a"'],
      ["/a b", 'has " ", which is percent-encoded in requests; write "/a%20b"'],
      ["/\u00fc", 'has "\u00fc", which is percent-encoded in requests; write "/%C3%BC"'],
      ["/a\ud800", 'has "\\ud800", which is in no path; take it out'],
      ['/a"b', 'has "\\"", which is percent-encoded in requests; write "/a%22b"'],
      ["= /ws", 'has "=" before it, as in nginx; write path: "/ws"'],
      ["/%61pi/%c3%bc", 'is never what is compared; write "/api/%C3%BC", which is'],
      ["/a/../b", 'has a segment "." or "..", and requests with one are refused; write "/b"'],
      ["/a/./", 'has a segment "." or "..", and requests with one are refused; write "/a/"'],
      ["/a/%2e%2e/b", 'has a segment "." or "..", and requests with one are refused; write "/b"'],
      ["/a%5Cb", "has a backslash or a zero byte, and requests with one are refused; take it out"],
    ] as const) {
      refuses({ to, pathPrefix: path }, `pathPrefix ${JSON.stringify(path)} ${problem}`);
      refuses({ to, path }, `path ${JSON.stringify(path)} ${problem}`);
    }
    refuses({ to, path: 5 }, 'path is 5; it takes a path such as "/chat"');
    for (const path of [
      "/",
      "/a/",
      "//a",
      "/~a/b.c/-_",
      "/a:b@c;d=1,2",
      "/$(a)!'+&",
      "/a%20b/%C3%BC",
      "/.well-known/x",
    ])
      resolveProxyOptions({ to, pathPrefix: path });
  });

  test("have replacements that can be asked for", () => {
    const refused = [
      ["x", 'begins with no slash; write "/x"'],
      [
        "/v2/*",
        'has "*", and no pattern is understood; write "/v2/", behind which the rest of the path comes',
      ],
      ["/a?b", 'has a query or fragment, and that of the request stays; write "/a"'],
      ["/\u00fc", 'has "\u00fc", which is percent-encoded in requests; write "/%C3%BC"'],
    ] as const;
    for (const [replacePath, problem] of refused)
      refuses({ to, path: "/a", replacePath }, `replacePath ${JSON.stringify(replacePath)} ${problem}`);
    for (const replacePath of ["", "/", "/%61/%c3"]) resolveProxyOptions({ to, path: "/a", replacePath });
  });

  test("trust networks, and change headers that may be changed", () => {
    const unfit = "holds what no header may, such as a line feed; take it out";
    for (const [options, message] of [
      [
        { trustedProxies: ["::1", "10.0.0.0/33"] },
        'trustedProxies "10.0.0.0/33" is no address and no network; write one such as "10.0.0.0/8" or "::1"',
      ],
      [{ trustedProxies: [10] }, 'trustedProxies has 10; it takes texts such as "10.0.0.0/8"'],
      [
        { requestHeaders: { "a b": "c" } },
        'requestHeaders "a b" is no name of a header; write one such as "X-Served-By"',
      ],
      [
        { responseHeaders: { Upgrade: null } },
        'responseHeaders "Upgrade" says where a message ends or what is agreed to, and cannot be changed; take it out',
      ],
      [{ requestHeaders: { "X-A": "b\nc" } }, `requestHeaders.X-A ${unfit}`],
      [{ requestHeaders: { "X-A": 5 } }, "requestHeaders.X-A is 5; it takes a text, or null"],
    ] as const)
      refuses({ to, ...options }, message);
    resolveProxyOptions(given({ to, requestHeaders: { "X-A": "", "X-B": null, "X-C": undefined } }));
  });

  test("give each route some request, or are refused", () => {
    const advice = "has every request that it could; put it above that one, or take it out";
    const b = { path: "/b", to };
    refuses({ routes: [{ to }, b] }, `routes[1] can never match, for routes[0] ${advice}`);
    refuses({ routes: [b, b] }, `routes[1] can never match, for routes[0] ${advice}`);
    refuses(
      {
        to,
        routes: [{ path: "/a" }, { name: "all", pathPrefix: "/" }, { name: "x", host: "x", path: "/b" }],
      },
      `route x can never match, for route all ${advice}`,
    );
    refuses(
      { to, host: "a", routes: [{}, { path: "/b" }] },
      `routes[1] can never match, for routes[0] ${advice}`,
    );
    resolveProxyOptions(given({ to, host: "a", routes: [{}, { host: "b" }] }));
    const proxy = createProxy({ to });
    assert.throws(() => proxy.reload({ routes: [{ to }, b] }), { code: "INVALID_ARGUMENT" });
  });

  test("give each route a name of its own, or are refused", () => {
    const refused: [string, Parameters<typeof resolveProxyOptions>[0]][] = [
      [
        "a",
        {
          routes: [
            { name: "a", path: "/a", to },
            { path: "/b", to },
            { name: "a", path: "/c", to },
          ],
        },
      ],
      ["b", { name: "b", to, routes: [{ path: "/a" }, { name: "c", path: "/c" }, { path: "/b" }] as never }],
      [
        "*/x*",
        {
          routes: [
            { name: "*/x*", path: "/a", to },
            { path: "/b", to },
            { pathPrefix: "/x", to },
          ],
        },
      ],
    ];
    for (const [name, options] of refused)
      assert.throws(() => resolveProxyOptions(options), {
        code: "INVALID_ARGUMENT",
        message: `routes[2] has the name "${name}", which routes[0] has too; logs and metrics know routes by their names: give it another`,
      });
    const { routes } = resolveProxyOptions({
      name: "rest",
      to,
      routes: [{ name: "a", path: "/a" }, {}] as never,
    });
    assert.deepEqual(
      routes.map(({ name }) => name),
      ["a", "rest"],
    );
  });
});
