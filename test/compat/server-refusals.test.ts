// The requests that a server refuses, and the bytes it refuses them with.

import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { Duplex } from "node:stream";
import { openRaw } from "../support/raw-client.js";
import { headOf, sampleKey, upgradeHead } from "../support/wire.js";
import { compare } from "./implementations.js";
import { type After, event, startServer, turn } from "./support/peers.js";
import { refusal } from "./support/refusal.js";
import type { CompatSocket, Options, WsModule } from "./support/ws-module.js";

/** Everything that the server writes before it ends. */
async function answerTo(t: After, module: WsModule, request: string, options: Options = {}): Promise<string> {
  const { server, port } = await startServer(t, module, options);
  server.on("connection", () => assert.fail("the request was accepted"));
  const raw = await openRaw(t, { port });
  raw.write(request);
  return (await raw.readToEnd()).toString();
}

const supported = ["Sec-WebSocket-Version: 13, 8"];

const badHeaders: { what: string; headers: Record<string, string | undefined>; answer: string }[] = [
  { what: "another upgrade", headers: { Upgrade: "h2c" }, answer: refusal(400, "Invalid Upgrade header") },
  {
    what: "a list of upgrades",
    headers: { Upgrade: "websocket, h2c" },
    answer: refusal(400, "Invalid Upgrade header"),
  },
  ...[undefined, "", "short", `${sampleKey}=`, sampleKey.slice(1), "dGhlIHNhbXBsZSBub25j*Q=="].map((key) => ({
    what: `the key ${key}`,
    headers: { "Sec-WebSocket-Key": key },
    answer: refusal(400, "Missing or invalid Sec-WebSocket-Key header"),
  })),
  ...[undefined, "", "7", "12", "14", "13, 8", "thirteen"].map((version) => ({
    what: `the version ${version}`,
    headers: { "Sec-WebSocket-Version": version },
    answer: refusal(400, "Missing or invalid Sec-WebSocket-Version header", supported),
  })),
  ...["", "a,,b", ",a", "a,", "a b", "a,a", "a;b", '"a"'].map((protocols) => ({
    what: `the subprotocols ${JSON.stringify(protocols)}`,
    headers: { "Sec-WebSocket-Protocol": protocols },
    answer: refusal(400, "Invalid Sec-WebSocket-Protocol header"),
  })),
];

await compare("a server refuses", (module, check) => {
  check("a method that is not GET with 405", async (t) => {
    const request = upgradeHead().replace("GET", "POST");
    assert.equal(await answerTo(t, module, request), refusal(405, "Invalid HTTP method"));
  });

  for (const { what, headers, answer } of badHeaders) {
    check(`${what} with 400`, async (t) => {
      assert.equal(await answerTo(t, module, upgradeHead(headers)), answer);
    });
  }

  for (const extensions of [
    "",
    "permessage-deflate;",
    "a b",
    "permessage-deflate; a=",
    "permessage-deflate; x",
  ]) {
    check(`the extensions ${JSON.stringify(extensions)}, if it compresses`, async (t) => {
      const request = upgradeHead({ "Sec-WebSocket-Extensions": extensions });
      assert.equal(
        await answerTo(t, module, request, { perMessageDeflate: true }),
        refusal(400, "Invalid or unacceptable Sec-WebSocket-Extensions header"),
      );
    });
  }

  for (const target of ["/", "/other", "/here/", "/Here", "/?/here"]) {
    check(`the path ${target} when it is at /here`, async (t) => {
      const request = upgradeHead({}, target);
      assert.equal(await answerTo(t, module, request, { path: "/here" }), refusal(400));
    });
  }

  check("what its shouldHandle does not want", async (t) => {
    const { server, port } = await startServer(t, module);
    let asked: IncomingMessage | undefined;
    server.shouldHandle = (request) => {
      asked = request;
      return false;
    };
    const raw = await openRaw(t, { port });
    raw.write(upgradeHead({}, "/somewhere"));
    assert.equal((await raw.readToEnd()).toString(), refusal(400));
    assert.equal(asked?.url, "/somewhere");
  });

  check("the first fault in the order of method, upgrade, key, version, path and subprotocols", async (t) => {
    const faults: Record<string, string | undefined> = {
      Upgrade: "h2c",
      "Sec-WebSocket-Key": undefined,
      "Sec-WebSocket-Version": "1",
      "Sec-WebSocket-Protocol": ",",
    };
    const bodies: string[] = [];
    let request = upgradeHead(faults, "/wrong").replace("GET", "POST");
    const mend = [
      () => "",
      () => "Upgrade",
      () => "Sec-WebSocket-Key",
      () => "Sec-WebSocket-Version",
      () => "/right",
    ];
    for (const next of [...mend, () => ""]) {
      const answer = await answerTo(t, module, request, { path: "/right" });
      bodies.push(answer.slice(answer.indexOf("\r\n\r\n") + 4));
      const name = next();
      if (name in faults) delete faults[name];
      request = upgradeHead(faults, name === "/right" ? name : "/wrong");
    }
    assert.deepEqual(bodies, [
      "Invalid HTTP method",
      "Invalid Upgrade header",
      "Missing or invalid Sec-WebSocket-Key header",
      "Missing or invalid Sec-WebSocket-Version header",
      "Bad Request",
      "Invalid Sec-WebSocket-Protocol header",
    ]);
  });

  check("with a head cut short, nothing: it is no request yet", async (t) => {
    const { server, port } = await startServer(t, module);
    server.on("connection", () => assert.fail("the request was accepted"));
    const raw = await openRaw(t, { port });
    raw.write(upgradeHead().slice(0, -2));
    raw.socket.end();
    assert.match((await raw.readToEnd()).toString(), /^(HTTP\/1\.1 400 Bad Request\r\n|$)/);
  });
});

await compare("wsClientError", (module, check) => {
  const faults = [
    ["Invalid HTTP method", upgradeHead().replace("GET", "PUT")],
    ["Invalid Upgrade header", upgradeHead({ Upgrade: "h2c" })],
    ["Missing or invalid Sec-WebSocket-Key header", upgradeHead({ "Sec-WebSocket-Key": "x" })],
    ["Missing or invalid Sec-WebSocket-Version header", upgradeHead({ "Sec-WebSocket-Version": "9" })],
    ["Invalid Sec-WebSocket-Protocol header", upgradeHead({ "Sec-WebSocket-Protocol": "," })],
    [
      "Invalid or unacceptable Sec-WebSocket-Extensions header",
      upgradeHead({ "Sec-WebSocket-Extensions": "," }),
    ],
  ] as const;

  for (const [message, request] of faults) {
    check(`is given the error, the socket and the request, and answers itself: ${message}`, async (t) => {
      const { server, port } = await startServer(t, module, { perMessageDeflate: true });
      const emitted = event(server, "wsClientError");
      const raw = await openRaw(t, { port });
      raw.write(request);
      const [error, socket, given] = (await emitted) as [Error, Duplex, IncomingMessage];
      assert.ok(error instanceof Error);
      assert.equal(error.message, message);
      assert.ok(socket instanceof Duplex);
      assert.equal(given.headers.host, "localhost");
      socket.end("HTTP/1.1 418 mine\r\n\r\n");
      assert.equal((await raw.readToEnd()).toString(), "HTTP/1.1 418 mine\r\n\r\n");
    });
  }

  check(
    "is not emitted for a path that is not the server's, or a client that was not verified",
    async (t) => {
      for (const options of [{ path: "/here" }, { verifyClient: () => false }]) {
        const { server, port } = await startServer(t, module, options);
        server.on("wsClientError", () => assert.fail("emitted"));
        const raw = await openRaw(t, { port });
        raw.write(upgradeHead());
        assert.match((await raw.readToEnd()).toString(), /^HTTP\/1\.1 40[01] /);
      }
    },
  );
});

await compare("handleUpgrade", (module, check) => {
  const headers = {
    upgrade: "websocket",
    "sec-websocket-key": sampleKey,
    "sec-websocket-version": "13",
  };
  const request = { method: "GET", headers, url: "/" } as unknown as IncomingMessage;

  class Wire extends Duplex {
    written = "";
    override _read(): void {}
    override _write(chunk: Buffer, _encoding: string, done: () => void): void {
      this.written += chunk.toString("latin1");
      done();
    }
  }

  check("takes any duplex stream, and upgrades before it returns", () => {
    const server = new module.WebSocketServer({ noServer: true });
    const socket = new Wire();
    let upgraded: CompatSocket | undefined;
    server.handleUpgrade(request, socket, Buffer.alloc(0), (ws) => {
      upgraded = ws;
    });
    assert.equal(upgraded?.readyState, 1);
    assert.equal(upgraded?._socket, socket);
    assert.equal(
      socket.written,
      headOf(
        "HTTP/1.1 101 Switching Protocols",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
      ),
    );
    upgraded?.terminate();
  });

  check("destroys a stream whose other end is gone, and calls nobody", async () => {
    const server = new module.WebSocketServer({ noServer: true });
    const ended = new Wire();
    ended.resume();
    ended.push(null);
    await event(ended, "end");
    const finished = new Wire();
    finished.end();
    for (const socket of [ended, finished]) {
      server.handleUpgrade(request, socket, Buffer.alloc(0), () => assert.fail("upgraded"));
      assert.equal(socket.destroyed, true);
      assert.equal(socket.written, "");
    }
  });

  check("destroys a stream that fails before it is answered", async () => {
    const options = { noServer: true, verifyClient: (_info: unknown, _done: unknown) => {} };
    const server = new module.WebSocketServer(options);
    const socket = new Wire();
    const asked = { ...request, socket } as unknown as IncomingMessage;
    server.handleUpgrade(asked, socket, Buffer.alloc(0), () => assert.fail("upgraded"));
    socket.emit("error", new Error("reset"));
    await turn();
    assert.equal(socket.destroyed, true);
  });

  check("leaves no listener of its own for the stream's errors of before the answer", () => {
    const server = new module.WebSocketServer({ noServer: true });
    const socket = new Wire();
    server.handleUpgrade(request, socket, Buffer.alloc(0), (ws) => ws.on("error", () => {}));
    assert.equal(socket.listenerCount("error"), 1);
    socket.destroy();
  });
});
