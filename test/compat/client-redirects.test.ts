// Redirects: which are followed, what the listener is told, and which headers go along.

import assert from "node:assert/strict";
import { createServer, type IncomingHttpHeaders, ServerResponse } from "node:http";
import { compare } from "./implementations.js";
import { type After, connectTo, endWith, event, failed, startHttp, startServer } from "./support/peers.js";
import type { CompatServer, CompatSocket, Options, WsModule } from "./support/ws-module.js";

/** A server that sends every request for a WebSocket elsewhere. */
async function startRedirecting(t: After, location: (port: number) => string, status = 302) {
  const requests: IncomingHttpHeaders[] = [];
  const { http, port } = await startHttp(t, createServer());
  http.on("upgrade", (request, socket) => {
    requests.push(request.headers);
    const response = new ServerResponse(request);
    response.assignSocket(socket as never);
    response.writeHead(status, { Location: location(port), "Content-Length": 0 });
    response.end();
    socket.end();
  });
  return { port, requests };
}

/** Redirects to itself on /next, where it accepts. */
async function startSameHost(t: After, module: WsModule): Promise<{ port: number; server: CompatServer }> {
  const { http, port } = await startHttp(t);
  const server = new module.WebSocketServer({ noServer: true });
  endWith(t, server);
  http.on("upgrade", (request, socket, head) => {
    if (request.url === "/next") {
      server.handleUpgrade(request, socket, head, (ws) => server.emit("connection", ws, request));
    } else socket.end("HTTP/1.1 307 Temporary Redirect\r\nLocation: /next\r\nContent-Length: 0\r\n\r\n");
  });
  return { port, server };
}

const basic = `Basic ${Buffer.from("me:secret").toString("base64")}`;

await compare("redirects", (module, check) => {
  check("are failures unless they are to be followed", async (t) => {
    const { port } = await startRedirecting(t, () => "ws://127.0.0.1:1/");
    const client = connectTo(t, module, `ws://127.0.0.1:${port}`);
    client.on("redirect", () => assert.fail("redirected"));
    assert.equal((await failed(client)).message, "Unexpected server response: 302");
  });

  for (const status of [300, 301, 302, 303, 307, 308, 399]) {
    check(`of status ${status} are followed, and the url is the last one`, async (t) => {
      const { server, port: target } = await startServer(t, module);
      const accepted = event(server, "connection");
      const { port } = await startRedirecting(t, () => `http://127.0.0.1:${target}/there?a=b`, status);
      const client = connectTo(t, module, `ws://127.0.0.1:${port}/here`, { followRedirects: true });
      assert.equal(client.url, `ws://127.0.0.1:${port}/here`);
      const [[, request]] = await Promise.all([accepted, event(client, "open")]);
      assert.equal(request.url, "/there?a=b");
      assert.equal(client.url, `ws://127.0.0.1:${target}/there?a=b`);
    });
  }

  for (const status of [200, 400]) {
    check(`of status ${status} are none`, async (t) => {
      const { port } = await startRedirecting(t, () => "/", status);
      const client = connectTo(t, module, `ws://127.0.0.1:${port}`, { followRedirects: true });
      assert.equal((await failed(client)).message, `Unexpected server response: ${status}`);
    });
  }

  check("without a location are none", async (t) => {
    const { port } = await startRedirecting(t, () => "");
    const client = connectTo(t, module, `ws://127.0.0.1:${port}`, { followRedirects: true });
    assert.equal((await failed(client)).message, "Unexpected server response: 302");
  });

  for (const [options, count] of [
    [{}, 10],
    [{ maxRedirects: 1 }, 1],
    [{ maxRedirects: 0 }, 0],
  ] as const) {
    check(`are no more than ${count} with ${JSON.stringify(options)}`, async (t) => {
      const { port, requests } = await startRedirecting(t, () => "/again");
      const client = connectTo(t, module, `ws://127.0.0.1:${port}`, { followRedirects: true, ...options });
      assert.equal((await failed(client)).message, "Maximum redirects exceeded");
      assert.equal(requests.length, count + 1);
      assert.equal(client.readyState, client.CLOSED);
    });
  }

  for (const [location, message] of [
    ["http://", "Invalid URL: http://"],
    ["ws://a:b:c/", "Invalid URL: ws://a:b:c/"],
    [
      "ftp://localhost/",
      'The URL\'s protocol must be one of "ws:", "wss:", "http:", "https:", or "ws+unix:"',
    ],
    ["/there#part", "The URL contains a fragment identifier"],
    ["ws+unix:", "The URL's pathname is empty"],
  ] as const) {
    check(`to ${location} fail with an error event`, async (t) => {
      const { port } = await startRedirecting(t, () => location);
      const client = connectTo(t, module, `ws://127.0.0.1:${port}`, { followRedirects: true });
      const ended = event(client, "close");
      const [error] = await event(client, "error");
      assert.equal(error.name, "SyntaxError");
      assert.equal(error.message, message);
      assert.deepEqual(await ended, [1006, Buffer.alloc(0)]);
    });
  }

  check("are told with the new url and the new request, which can be changed", async (t) => {
    const { port, server } = await startSameHost(t, module);
    const accepted = event(server, "connection");
    const client = connectTo(t, module, `ws://127.0.0.1:${port}`, { followRedirects: true });
    let told: unknown[] = [];
    client.on("redirect", (...given: unknown[]) => {
      told = given;
      (given[1] as { setHeader(name: string, value: string): void }).setHeader("X-Late", "1");
    });
    const [[, request]] = await Promise.all([accepted, event(client, "open")]);
    assert.equal(told.length, 2);
    assert.equal(told[0], `ws://127.0.0.1:${port}/next`);
    assert.equal(request.headers["x-late"], "1");
  });

  check("can be ended from their event", async (t) => {
    const { port } = await startSameHost(t, module);
    for (const method of ["close", "terminate"] as const) {
      const client = connectTo(t, module, `ws://127.0.0.1:${port}`, { followRedirects: true });
      client.on("redirect", () => client[method]());
      client.on("open", () => assert.fail("opened"));
      assert.equal(
        (await failed(client)).message,
        "WebSocket was closed before the connection was established",
      );
    }
  });

  check("call finishRequest for every request", async (t) => {
    const { port } = await startSameHost(t, module);
    const paths: string[] = [];
    const client = connectTo(t, module, `ws://127.0.0.1:${port}/first`, {
      followRedirects: true,
      finishRequest: (request: { path: string; end(): void }) => {
        paths.push(request.path);
        request.end();
      },
    });
    await event(client, "open");
    assert.deepEqual(paths, ["/first", "/next"]);
  });
});

await compare("the headers of a redirected request", (module, check) => {
  const headers = { AUTHORIZATION: "Own", Cookie: "a=b", hOST: "named.example", "X-Other": "1" };

  async function follow(
    t: After,
    from: { port: number; host?: string },
    to: CompatServer,
    options: Options,
    prepare: (client: CompatSocket) => void = () => {},
  ): Promise<IncomingHttpHeaders> {
    const accepted = event(to, "connection");
    const url = `ws://${from.host ?? "127.0.0.1"}:${from.port}`;
    const client = connectTo(t, module, url, { followRedirects: true, ...options });
    prepare(client);
    const [, request] = await accepted;
    return request.headers;
  }

  check("are all there on the same host", async (t) => {
    const { port, server } = await startSameHost(t, module);
    const received = await follow(t, { port }, server, { headers });
    assert.equal(received.authorization, "Own");
    assert.equal(received.cookie, "a=b");
    assert.equal(received.host, "named.example");
    assert.equal(received["x-other"], "1");
  });

  check("carry the name and password of the first address on the same host", async (t) => {
    const { port, server } = await startSameHost(t, module);
    const received = await follow(t, { port, host: "me:secret@127.0.0.1" }, server, {});
    assert.equal(received.authorization, basic);
    const again = await follow(t, { port }, server, { auth: "me:secret" });
    assert.equal(again.authorization, basic);
  });

  check("lose authorization, cookies and the host's name on another host", async (t) => {
    const { server, port: target } = await startServer(t, module);
    const { port, requests } = await startRedirecting(t, () => `ws://127.0.0.1:${target}/`);
    const received = await follow(t, { port }, server, { headers });
    assert.equal(requests[0]?.authorization, "Own");
    assert.equal(requests[0]?.cookie, "a=b");
    assert.equal(requests[0]?.host, "named.example");
    assert.equal(received.authorization, undefined);
    assert.equal(received.cookie, undefined);
    assert.equal(received.host, `127.0.0.1:${target}`);
    assert.equal(received["x-other"], "1");
  });

  check("lose the name and password of the first address on another host", async (t) => {
    const { server, port: target } = await startServer(t, module);
    const { port, requests } = await startRedirecting(t, () => `ws://127.0.0.1:${target}/`);
    for (const [host, options] of [
      ["me:secret@127.0.0.1", {}],
      ["127.0.0.1", { auth: "me:secret" }],
    ] as const) {
      const received = await follow(t, { port, host }, server, options);
      assert.equal(requests.at(-1)?.authorization, basic);
      assert.equal(received.authorization, undefined);
    }
  });

  check("are for the listener to remove on another host, if there is one", async (t) => {
    const { server, port: target } = await startServer(t, module);
    const { port } = await startRedirecting(t, () => `ws://127.0.0.1:${target}/`);
    const listen = (client: CompatSocket): void => {
      client.on("redirect", () => {});
    };
    const received = await follow(t, { port }, server, { headers }, listen);
    assert.equal(received.authorization, "Own");
    assert.equal(received.cookie, "a=b");
    assert.equal(received.host, "named.example");
  });

  check("carry the name and password of another host's address for the listener only", async (t) => {
    const { server, port: target } = await startServer(t, module);
    const { port } = await startRedirecting(t, () => `ws://me:secret@127.0.0.1:${target}/`);
    const alone = await follow(t, { port }, server, {});
    assert.equal(alone.authorization, undefined);
    const heard = await follow(t, { port }, server, {}, (client) => client.on("redirect", () => {}));
    assert.equal(heard.authorization, basic);
  });
});
