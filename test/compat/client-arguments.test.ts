// What the constructor of a client takes and what it throws for, before anything is sent.

import assert from "node:assert/strict";
import { compare } from "./implementations.js";
import { IdleAgent, idleClient } from "./support/idle-agent.js";

const schemes = 'The URL\'s protocol must be one of "ws:", "wss:", "http:", "https:", or "ws+unix:"';
const badSubprotocol = "An invalid or duplicated subprotocol was specified";

await compare("the address of a client", (module, check) => {
  const { WebSocket } = module;

  for (const [address, message] of [
    ["", "Invalid URL: "],
    ["here", "Invalid URL: here"],
    ["ws://", "Invalid URL: ws://"],
    ["//localhost", "Invalid URL: //localhost"],
    ["ftp://localhost", schemes],
    ["file:///here", schemes],
    ["ws+unix:", "The URL's pathname is empty"],
    ["ws://localhost#part", "The URL contains a fragment identifier"],
    ["wss://localhost/#part", "The URL contains a fragment identifier"],
    ["https://localhost/a#b", "The URL contains a fragment identifier"],
  ] as const) {
    check(`may not be ${JSON.stringify(address)}`, () => {
      assert.throws(() => new WebSocket(address), { name: "SyntaxError", message });
      if (!message.startsWith("Invalid")) {
        assert.throws(() => new WebSocket(new URL(address)), { name: "SyntaxError", message });
      }
    });
  }

  check("may not be left out", () => {
    const make = WebSocket as unknown as { new (): unknown };
    assert.throws(() => new make(), { name: "SyntaxError", message: "Invalid URL: undefined" });
  });

  for (const [address, url] of [
    ["ws://localhost", "ws://localhost/"],
    ["ws://localhost:80/a?b=c", "ws://localhost/a?b=c"],
    ["wss://LOCALHOST:443", "wss://localhost/"],
    ["http://localhost:8080/", "ws://localhost:8080/"],
    ["ws://localhost/a b", "ws://localhost/a%20b"],
    ["ws://me:secret@localhost/", "ws://me:secret@localhost/"],
    ["ws+unix:/tmp/s:/path", "ws+unix:/tmp/s:/path"],
    ["ws+unix://tmp/s", "ws+unix://tmp/s"],
  ] as const) {
    check(`${address} is the url ${url}`, () => {
      if (address.startsWith("wss")) return;
      assert.equal(idleClient(WebSocket, address).client.url, url);
      const given = new URL(address);
      assert.equal(idleClient(WebSocket, given).client.url, url);
      assert.equal(given.href, new URL(address).href);
    });
  }

  for (const [address, host, port] of [
    ["ws://[::1]", "::1", 80],
    ["ws://[::1]:8080", "::1", "8080"],
    ["ws://localhost", "localhost", 80],
    ["http://localhost:9", "localhost", "9"],
  ] as const) {
    check(`${address} is asked of ${host}, port ${port}`, () => {
      const { options, request } = idleClient(WebSocket, address);
      assert.equal(options.host, host);
      assert.equal(options.port, port);
      assert.equal(request.path, "/");
      assert.equal(request.method, "GET");
    });
  }
});

await compare("the subprotocols and the options of a client", (module, check) => {
  const { WebSocket } = module;

  for (const protocols of [
    null,
    "",
    "a b",
    "a,b",
    "ä",
    "a\n",
    1,
    true,
    [""],
    ["a", "a"],
    ["a", ""],
    ["a", null],
    ["a", undefined],
    [1],
    ["(a)"],
  ]) {
    check(`the subprotocol may not be ${JSON.stringify(protocols)}`, () => {
      const options = { agent: new IdleAgent() };
      assert.throws(() => new WebSocket("ws://localhost", protocols as string, options), {
        name: "SyntaxError",
        message: badSubprotocol,
      });
      if (protocols === null) return;
      assert.throws(() => new WebSocket("ws://localhost", { ...options, protocols }), {
        name: "SyntaxError",
        message: badSubprotocol,
      });
    });
  }

  check("subprotocols are asked for in their order, separated by commas", () => {
    const asked = (protocols?: string | string[]): unknown =>
      idleClient(WebSocket, "ws://localhost", {}, protocols).request.getHeader("sec-websocket-protocol");
    assert.equal(asked("a"), "a");
    assert.equal(asked(["b", "a", "!#$%&'*+-.^_`|~"]), "b,a,!#$%&'*+-.^_`|~");
    assert.equal(asked([]), undefined);
    assert.equal(asked(undefined), undefined);
  });

  check("options may be the second argument, and hold the subprotocols", () => {
    for (const [protocols, expected] of [
      [undefined, undefined],
      ["a", "a"],
      [["a", "b"], "a,b"],
    ] as const) {
      for (const isSecond of [true, false]) {
        const agent = new IdleAgent();
        const options = { agent, protocols };
        if (isSecond) new WebSocket("ws://localhost", options);
        else new WebSocket("ws://localhost", undefined, options);
        assert.equal(agent.kept[0]?.request.getHeader("sec-websocket-protocol"), expected);
      }
    }
  });

  check("the subprotocols of the second argument win over those of the options", () => {
    const agent = new IdleAgent();
    new WebSocket("ws://localhost", ["a"], { agent, protocols: ["b"] });
    assert.equal(agent.kept[0]?.request.getHeader("sec-websocket-protocol"), "a");
  });

  for (const protocolVersion of [0, 7, 12, 14, 1000, "13", null, undefined]) {
    check(`the protocol version may not be ${JSON.stringify(protocolVersion)}`, () => {
      assert.throws(() => new WebSocket("ws://localhost", { agent: new IdleAgent(), protocolVersion }), {
        name: "RangeError",
        message: `Unsupported protocol version: ${protocolVersion} (supported versions: 8, 13)`,
      });
    });
  }

  check("the version is looked at before the address, and the address before the subprotocols", () => {
    assert.throws(() => new WebSocket("nothing", ["a", "a"], { protocolVersion: 1 }), { name: "RangeError" });
    assert.throws(() => new WebSocket("nothing", ["a", "a"]), { message: "Invalid URL: nothing" });
  });

  check("the options are not changed", () => {
    const agent = new IdleAgent();
    const options = Object.freeze({ agent, headers: Object.freeze({ a: "b" }), perMessageDeflate: true });
    new WebSocket("ws://localhost", options);
    assert.equal(agent.kept[0]?.request.getHeader("a"), "b");
  });

  check("where to connect is not for the options to say", () => {
    const { options, request } = idleClient(WebSocket, "ws://localhost:81/a", {
      host: "example.com",
      hostname: "example.com",
      port: 9,
      path: "/b",
      method: "POST",
      socketPath: "/nowhere",
      protocol: "https:",
      timeout: 1,
    });
    assert.equal(options.host, "localhost");
    assert.equal(options.port, "81");
    assert.equal(request.path, "/a");
    assert.equal(request.method, "GET");
    assert.equal(options.socketPath, undefined);
  });

  check("other options of a request reach the agent", () => {
    const lookup = (): void => {};
    const { options } = idleClient(WebSocket, "ws://localhost", {
      localAddress: "127.0.0.2",
      family: 4,
      lookup,
    });
    assert.equal(options.localAddress, "127.0.0.2");
    assert.equal(options.family, 4);
    assert.equal(options.lookup, lookup);
  });

  check("null in place of an address makes a socket without a connection, as servers need it", () => {
    const socket = new WebSocket(null, undefined, {});
    assert.equal(socket.readyState, WebSocket.CONNECTING);
    assert.equal(socket.url, undefined);
    assert.equal(socket.protocol, "");
    assert.equal(socket.extensions, "");
    assert.equal(socket.binaryType, "nodebuffer");
    assert.equal(socket.isPaused, false);
  });
});
