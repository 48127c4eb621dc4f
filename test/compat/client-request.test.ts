// The request of a client, as a server reads it.

import assert from "node:assert/strict";
import { Agent, type ClientRequestArgs } from "node:http";
import { type AddressInfo, connect, type NetConnectOpts, type Socket } from "node:net";
import { startRawServer } from "../support/raw-server.js";
import type { WireHead } from "../support/wire.js";
import { compare } from "./implementations.js";
import { idleClient } from "./support/idle-agent.js";
import { type After, connectPair, connectTo, event, startServer } from "./support/peers.js";
import type { CompatSocket, Options, WsModule } from "./support/ws-module.js";

/** The head that a client with these options writes. */
async function requestOf(t: After, module: WsModule, options: Options = {}, path = "/"): Promise<WireHead> {
  const server = await startRawServer(t);
  const client = connectTo(t, module, `ws://127.0.0.1:${server.port}${path}`, options);
  client.on("error", () => {});
  return (await server.accept()).readHead();
}

const offers: [unknown, string | undefined][] = [
  [undefined, "permessage-deflate; client_max_window_bits"],
  [true, "permessage-deflate; client_max_window_bits"],
  [{}, "permessage-deflate; client_max_window_bits"],
  [false, undefined],
  [null, undefined],
  [{ clientMaxWindowBits: true }, "permessage-deflate; client_max_window_bits"],
  [{ clientMaxWindowBits: 10 }, "permessage-deflate; client_max_window_bits=10"],
  [{ clientMaxWindowBits: false }, "permessage-deflate"],
  [{ serverMaxWindowBits: 12 }, "permessage-deflate; server_max_window_bits=12; client_max_window_bits"],
  [
    { serverNoContextTakeover: true, clientNoContextTakeover: true },
    "permessage-deflate; server_no_context_takeover; client_no_context_takeover; client_max_window_bits",
  ],
  [
    {
      serverNoContextTakeover: true,
      clientNoContextTakeover: true,
      serverMaxWindowBits: 9,
      clientMaxWindowBits: 8,
    },
    "permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9; client_max_window_bits=8",
  ],
];

await compare("the request of a client", (module, check) => {
  check("asks for a WebSocket of version 13 with a fresh key", async (t) => {
    const first = await requestOf(t, module, {}, "/a/b?c=d");
    const second = await requestOf(t, module);
    assert.equal(first.startLine, "GET /a/b?c=d HTTP/1.1");
    const { headers } = first;
    assert.equal(headers.get("sec-websocket-version"), "13");
    assert.equal(headers.get("connection"), "Upgrade");
    assert.equal(headers.get("upgrade"), "websocket");
    assert.match(headers.get("host") ?? "", /^127\.0\.0\.1:\d+$/);
    assert.equal(Buffer.from(headers.get("sec-websocket-key") ?? "", "base64").length, 16);
    assert.notEqual(headers.get("sec-websocket-key"), second.headers.get("sec-websocket-key"));
    assert.deepEqual([...headers.keys()].sort(), [
      "connection",
      "host",
      "sec-websocket-extensions",
      "sec-websocket-key",
      "sec-websocket-version",
      "upgrade",
    ]);
  });

  for (const [perMessageDeflate, offer] of offers) {
    check(`with the compression ${JSON.stringify(perMessageDeflate)} offers ${offer}`, async (t) => {
      const options = perMessageDeflate === undefined ? {} : { perMessageDeflate };
      const { headers } = await requestOf(t, module, options);
      assert.equal(headers.get("sec-websocket-extensions"), offer);
    });
  }

  check("says its origin where its version has it", async (t) => {
    const origin = "https://a.example";
    const modern = await requestOf(t, module, { origin });
    assert.equal(modern.headers.get("origin"), origin);
    assert.equal(modern.headers.has("sec-websocket-origin"), false);
    const old = await requestOf(t, module, { origin, protocolVersion: 8 });
    assert.equal(old.headers.get("sec-websocket-version"), "8");
    assert.equal(old.headers.get("sec-websocket-origin"), origin);
    assert.equal(old.headers.has("origin"), false);
  });

  check("has the headers of the options, save those of the handshake", async (t) => {
    const given = {
      "X-Mine": "1",
      Host: "other.example",
      Cookie: "a=b",
      Upgrade: "h2c",
      Connection: "close",
      "Sec-WebSocket-Key": "mine",
      "Sec-WebSocket-Version": "7",
    };
    const { headers } = await requestOf(t, module, { headers: given });
    assert.equal(headers.get("x-mine"), "1");
    assert.equal(headers.get("host"), "other.example");
    assert.equal(headers.get("cookie"), "a=b");
    assert.equal(headers.get("upgrade"), "websocket");
    assert.equal(headers.get("connection"), "Upgrade");
    assert.equal(headers.get("sec-websocket-version"), "13");
    assert.notEqual(headers.get("sec-websocket-key"), "mine");
  });

  check("has the name and password of the address, decoded", async (t) => {
    const server = await startRawServer(t);
    for (const [login, expected] of [
      ["me:secret", "me:secret"],
      ["me", "me:"],
      [":secret", ":secret"],
      ["a%40b:c%2Fd%25", "a@b:c/d%"],
    ] as const) {
      const client = connectTo(t, module, `ws://${login}@127.0.0.1:${server.port}`);
      client.on("error", () => {});
      const { headers } = await (await server.accept()).readHead();
      assert.equal(headers.get("authorization"), `Basic ${Buffer.from(expected).toString("base64")}`);
    }
  });

  check(
    "has the auth of the options when the address has none, and no other than a given header",
    async (t) => {
      const basic = (text: string): string => `Basic ${Buffer.from(text).toString("base64")}`;
      const { headers } = await requestOf(t, module, { auth: "a:b" });
      assert.equal(headers.get("authorization"), basic("a:b"));
      const given = await requestOf(t, module, { auth: "a:b", headers: { Authorization: "Own" } });
      assert.equal(given.headers.get("authorization"), "Own");
      const server = await startRawServer(t);
      const url = `ws://c:d@127.0.0.1:${server.port}`;
      connectTo(t, module, url, { auth: "a:b" }).on("error", () => {});
      const addressed = await (await server.accept()).readHead();
      assert.equal(addressed.headers.get("authorization"), basic("c:d"));
    },
  );
});

await compare("the way of a client to its server", (module, check) => {
  check("createConnection is given where to connect, and its socket is taken", async (t) => {
    const { server, port } = await startServer(t, module);
    const accepted = event(server, "connection");
    let made: Socket | undefined;
    let told: Options = {};
    const createConnection = (options: Options): Socket => {
      told = options;
      made = connect({ host: "127.0.0.1", port });
      return made;
    };
    const client = connectTo(t, module, "ws://example.invalid:81", { createConnection });
    await Promise.all([accepted, event(client, "open")]);
    assert.equal(told.host, "example.invalid");
    assert.equal(String(told.port), "81");
    assert.equal(client._socket, made);
  });

  check("an agent of node:http may carry it", async (t) => {
    let connections = 0;
    class Counting extends Agent {
      override createConnection(options: ClientRequestArgs): Socket {
        connections++;
        return connect(options as NetConnectOpts);
      }
    }
    const agent = new Counting();
    t.after(() => agent.destroy());
    await connectPair(t, module, { client: { agent } });
    assert.equal(connections, 1);
  });

  check("localAddress and family are obeyed", async (t) => {
    const client = { localAddress: "127.0.0.1", family: 4 };
    const { peer } = await connectPair(t, module, { client });
    assert.equal(peer._socket.remoteAddress, "127.0.0.1");
  });

  check("lookup says where a name is", async (t) => {
    const { port, server } = await startServer(t, module);
    const accepted = event(server, "connection");
    type Found = (error: null, address: unknown, family?: number) => void;
    const lookup = (_name: string, options: { all?: boolean }, found: Found): void => {
      if (options.all === true) found(null, [{ address: "127.0.0.1", family: 4 }]);
      else found(null, "127.0.0.1", 4);
    };
    const client = connectTo(t, module, `ws://name.invalid:${port}`, { lookup });
    await Promise.all([accepted, event(client, "open")]);
  });

  check("finishRequest is given the request and the client, and sends the request itself", async (t) => {
    const { server, url } = await startServer(t, module);
    const accepted = event(server, "connection");
    let told: unknown[] = [];
    const client = connectTo(t, module, url, {
      finishRequest: (...given: unknown[]) => {
        told = given;
        const [request] = given as [{ setHeader(name: string, value: string): void; end(): void }];
        setImmediate(() => {
          request.setHeader("X-Late", "yes");
          request.end();
        });
      },
    });
    assert.equal(told.length, 2);
    assert.equal(told[0], client._req);
    assert.equal(told[1], client);
    const [, request] = await accepted;
    assert.equal(request.headers["x-late"], "yes");
    await event(client, "open");
  });

  check("finishRequest is called before the constructor returns", () => {
    let given: CompatSocket | undefined;
    const finishRequest = (_request: unknown, socket: CompatSocket): void => {
      given = socket;
    };
    const { client } = idleClient(module.WebSocket, "ws://localhost", { finishRequest });
    assert.equal(given, client);
  });

  check("an address of ws+unix without a path asks for the root of nothing", () => {
    const { options, request } = idleClient(module.WebSocket, "ws+unix:/tmp/s");
    assert.equal(options.socketPath, "/tmp/s");
    assert.equal(request.path, "/");
    const rooted = idleClient(module.WebSocket, "ws+unix:/tmp/s:/room?a=b");
    assert.equal(rooted.options.socketPath, "/tmp/s");
    assert.equal(rooted.request.path, "/room?a=b");
  });

  check("the socket of an open connection is a socket with addresses", async (t) => {
    const { client, peer } = await connectPair(t, module);
    const { port } = client._socket.address() as AddressInfo;
    assert.equal(peer._socket.remotePort, port);
  });
});
