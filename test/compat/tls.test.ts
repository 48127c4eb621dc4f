// WebSockets over TLS: wss:, certificates, the name that is asked for, and leaving TLS by a redirect.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { createServer as createNetServer } from "node:net";
import type { TLSSocket } from "node:tls";
import { type Certificates, makeCertificates } from "../support/certificates.js";
import { compare } from "./implementations.js";
import { type After, connectTo, endWith, event, failed, portOf, startHttp } from "./support/peers.js";
import type { CompatServer, CompatSocket, Options, WsModule } from "./support/ws-module.js";

let made: Certificates | undefined;
const certificates = (): Certificates => {
  made ??= makeCertificates();
  return made;
};

async function startSecure(
  t: After,
  module: WsModule,
  options: Options = {},
): Promise<{ server: CompatServer; port: number }> {
  const { http, port } = await startHttp(t, createSecureServer({ ...certificates().server, ...options }));
  const server = new module.WebSocketServer({ server: http });
  endWith(t, server);
  return { server, port };
}

await compare("over TLS", (module, check) => {
  const lax = { rejectUnauthorized: false };

  check("wss: connects, and messages of any length pass", async (t) => {
    const { server, port } = await startSecure(t, module);
    server.on("connection", (socket: CompatSocket) => {
      socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
    });
    for (const scheme of ["wss", "https"]) {
      const client = connectTo(t, module, `${scheme}://localhost:${port}`, { ca: certificates().ca });
      assert.equal(client.url, `wss://localhost:${port}/`);
      await event(client, "open");
      assert.equal((client._socket as TLSSocket).encrypted, true);
      for (const data of ["a", Buffer.alloc(3_000_000, "abc")]) {
        const echoed = event(client, "message");
        client.send(data);
        assert.equal(Buffer.compare((await echoed)[0], Buffer.from(data)), 0);
      }
      const ended = event(client, "close");
      client.close(1000);
      assert.equal((await ended)[0], 1000);
    }
  });

  check("a certificate that nobody vouches for is an error, as is another name's", async (t) => {
    const { port } = await startSecure(t, module);
    const error = await failed(connectTo(t, module, `wss://localhost:${port}`));
    assert.match(error.code ?? "", /UNABLE_TO|SELF_SIGNED/);
    const named = { ca: certificates().ca, servername: "other.example" };
    const other = await failed(connectTo(t, module, `wss://localhost:${port}`, named));
    assert.equal(other.code, "ERR_TLS_CERT_ALTNAME_INVALID");
  });

  check("the client's certificate is seen by the server", async (t) => {
    const { ca, client: pair } = certificates();
    const { server, port } = await startSecure(t, module, { ca, requestCert: true });
    const accepted = event(server, "connection");
    connectTo(t, module, `wss://localhost:${port}`, { ...pair, ca });
    const [, request] = await accepted;
    assert.equal(request.socket.authorized, true);
    assert.equal(request.socket.getPeerCertificate().subject.CN, "tester");
  });

  for (const [host, options, expected] of [
    ["localhost", {}, "localhost"],
    ["127.0.0.1", {}, false],
    ["localhost", { servername: "" }, false],
    ["127.0.0.1", { servername: "named.example" }, "named.example"],
  ] as const) {
    check(`the name asked for at ${host} with ${JSON.stringify(options)} is ${expected}`, async (t) => {
      const { server, port } = await startSecure(t, module);
      const accepted = event(server, "connection");
      connectTo(t, module, `wss://${host}:${port}`, { ...lax, ...options });
      assert.equal((await accepted)[1].socket.servername, expected);
    });
  }

  check("ws: is not understood by a server of TLS", async (t) => {
    const { port } = await startSecure(t, module);
    const error = await failed(connectTo(t, module, `ws://localhost:${port}`));
    assert.ok(error instanceof Error);
  });

  check("versions that do not meet are one error", async (t) => {
    const { port } = await startSecure(t, module, { minVersion: "TLSv1.3" });
    const client = connectTo(t, module, `wss://localhost:${port}`, { ...lax, maxVersion: "TLSv1.2" });
    let errors = 0;
    client.on("error", () => errors++);
    await event(client, "close");
    assert.equal(errors, 1);
  });

  check("the default ports are not in the Host header", () => {
    for (const [url, host] of [
      ["wss://localhost:443", "localhost"],
      ["wss://localhost:8443", "localhost:8443"],
      ["ws://localhost:80", "localhost"],
      ["ws://localhost:88", "localhost:88"],
      ["ws://localhost:443", "localhost:443"],
    ] as const) {
      const client = new module.WebSocket(url, { lookup: () => {} });
      assert.equal(client._req?.getHeader("host"), host);
      client.on("error", () => {});
      client.terminate();
    }
  });
});

/** One port that speaks both: a redirect from TLS, and a server that is reached without it. */
async function startLeaving(t: After, module: WsModule): Promise<{ port: number; server: CompatServer }> {
  const secure = createSecureServer(certificates().server);
  const plain = createServer();
  const server = new module.WebSocketServer({ server: plain });
  endWith(t, server);
  const both = createNetServer((socket) => {
    t.after(() => socket.destroy());
    socket.once("readable", () => {
      const first = socket.read(1) as Buffer | null;
      if (first === null) return;
      socket.unshift(first);
      (first[0] === 22 ? secure : plain).emit("connection", socket);
    });
  });
  t.after(() => both.close());
  both.listen(0, "127.0.0.1");
  await once(both, "listening");
  const port = portOf(both as never);
  secure.on("upgrade", (_request, socket) => {
    socket.on("error", () => {});
    socket.end(`HTTP/1.1 302 Found\r\nLocation: ws://localhost:${port}/\r\n\r\n`);
  });
  return { port, server };
}

await compare("a redirect from wss: to ws: on the same host", (module, check) => {
  const basic = `Basic ${Buffer.from("me:secret").toString("base64")}`;

  async function follow(t: After, options: Options, isHeard: boolean): Promise<IncomingHttpHeaders> {
    const { port, server } = await startLeaving(t, module);
    const accepted = event(server, "connection");
    const client = connectTo(t, module, `wss://localhost:${port}`, {
      followRedirects: true,
      rejectUnauthorized: false,
      ...options,
    });
    if (isHeard) client.on("redirect", () => {});
    const [[, request]] = await Promise.all([accepted, event(client, "open")]);
    assert.equal(client.url, `ws://localhost:${port}/`);
    return request.headers;
  }

  check("loses what is secret, and keeps the host's name", async (t) => {
    const headers = { Authorization: basic, Cookie: "a=b", Host: "named.example", "X-Other": "1" };
    const received = await follow(t, { headers }, false);
    assert.equal(received.authorization, undefined);
    assert.equal(received.cookie, undefined);
    assert.equal(received.host, "named.example");
    assert.equal(received["x-other"], "1");
    assert.equal((await follow(t, { auth: "me:secret" }, false)).authorization, undefined);
  });

  check("keeps all of it for a listener of redirect", async (t) => {
    const received = await follow(t, { headers: { Authorization: basic, Cookie: "a=b" } }, true);
    assert.equal(received.authorization, basic);
    assert.equal(received.cookie, "a=b");
    assert.equal((await follow(t, { auth: "me:secret" }, true)).authorization, basic);
  });
});
