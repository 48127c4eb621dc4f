import assert from "node:assert/strict";
import type { Duplex } from "node:stream";
import { describe, test } from "node:test";
import { type ConnectOptions, connect } from "sluice";
import type { RawPeer } from "../../support/raw-client.js";
import { switchingHead } from "../../support/raw-server.js";
import { dialledStream } from "./dialled-stream.js";

/** What a client is told to dial, one stream after the other, and the far ends of these. */
function dialling(): {
  createConnection: ConnectOptions["createConnection"];
  asked: string[];
  streams: Duplex[];
  peers: RawPeer[];
} {
  const asked: string[] = [];
  const streams: Duplex[] = [];
  const peers: RawPeer[] = [];
  const createConnection: ConnectOptions["createConnection"] = ({ url, isSecure }) => {
    asked.push(url);
    const { stream, peer } = dialledStream();
    streams.push(stream);
    peers.push(peer);
    return Object.assign(stream, { encrypted: isSecure });
  };
  return { createConnection, asked, streams, peers };
}

/** Answers each connection as it comes. */
async function answerInTurn(peers: RawPeer[], answers: readonly string[]): Promise<void> {
  for (const [i, answer] of answers.entries()) {
    while (peers[i] === undefined) await new Promise((resolve) => setImmediate(resolve));
    await peers[i].readHead();
    peers[i].write(`HTTP/1.1 ${answer}\r\n\r\n`);
  }
}

describe("connect", () => {
  test("has a connection that says what was sent", async () => {
    const { createConnection, peers } = dialling();
    const opening = connect("ws://ann:secret@example.com/chat?room=1", {
      createConnection,
      headers: { "X-Way": "1" },
      context: 7,
    });
    while (peers.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const head = await peers[0].readHead();
    peers[0].write(switchingHead(head));
    const ws = await opening;
    assert.deepEqual([ws.role, ws.url, ws.context], ["client", "ws://example.com/chat?room=1", 7]);
    const { request } = ws;
    assert.deepEqual([request.method, request.url, request.pathname], ["GET", ws.url, "/chat"]);
    for (const [name, value] of head.headers) assert.equal(request.headers.get(name), value, name);
    assert.equal(request.headers.get("authorization"), `Basic ${btoa("ann:secret")}`);
    ws.terminate();
    await ws.closed;
  });

  test("leaves an Authorization that is given in place of the URL's", async () => {
    const { createConnection, peers } = dialling();
    const headers = { authorization: "Bearer x" };
    const opening = connect("ws://ann:secret@example.com/", { createConnection, headers });
    while (peers.length === 0) await new Promise((resolve) => setImmediate(resolve));
    assert.equal((await peers[0].readHead()).headers.get("authorization"), "Bearer x");
    peers[0].socket.end();
    await assert.rejects(opening, { code: "CONNECTION_ENDED" });
  });

  test("dials nobody for a URL that leads nowhere or options out of range", async () => {
    const { createConnection, asked } = dialling();
    await assert.rejects(connect("ftp://example.com/", { createConnection }), { code: "URL_INVALID" });
    await assert.rejects(connect("ws://example.com/", { createConnection, followRedirects: -1 }), {
      code: "INVALID_ARGUMENT",
    });
    assert.deepEqual(asked, []);
  });

  for (const [code, answers, followRedirects] of [
    ["UNEXPECTED_STATUS", ["302 Found\r\nLocation: /b"], 0],
    ["UNEXPECTED_STATUS", ["302 Found"], 1],
    ["UNEXPECTED_STATUS", ["404 Not Found\r\nLocation: /b"], 1],
    ["TOO_MANY_REDIRECTS", ["302 Found\r\nLocation: /b", "302 Found\r\nLocation: /c"], 1],
    ["REDIRECT_INVALID", ["302 Found\r\nLocation: https://:x/"], 1],
    ["URL_INVALID", ["302 Found\r\nLocation: ftp://example.com/"], 1],
    ["REDIRECT_INSECURE", ["302 Found\r\nLocation: http://example.com/"], 1],
  ] as const) {
    test(`fails with ${code} on ${answers.join(", then ").replaceAll("\r\n", ", ")} where ${followRedirects} may be followed`, async () => {
      const { createConnection, streams, peers } = dialling();
      const opening = connect("wss://example.com/a", { createConnection, followRedirects });
      await Promise.all([
        assert.rejects(opening, { name: "HandshakeError", code }),
        answerInTurn(peers, answers),
      ]);
      assert.equal(peers.length, answers.length);
      for (const stream of streams) assert.equal(stream.destroyed, true);
    });
  }

  test("shows a Location that is no URL on one line, with nothing that moves the cursor", async () => {
    const { createConnection, peers } = dialling();
    const opening = connect("ws://example.com/", { createConnection, followRedirects: 1 });
    const answers = ["302 Found\r\nLocation: http://\u009b2J["];
    const message = String.raw`the redirect leads to "http://\u00c2\u009b2J[", which is no URL`;
    await Promise.all([assert.rejects(opening, { message }), answerInTurn(peers, answers)]);
  });

  test("follows a redirect from where it leads, without its fragment", async () => {
    const { createConnection, asked, peers } = dialling();
    const opening = connect("wss://example.com/a/b", { createConnection, followRedirects: 2 });
    const answers = [
      "307 Temporary Redirect\r\nLocation: c?d#e",
      "301 Moved\r\nLocation: //other.test",
      "403 Forbidden",
    ];
    await Promise.all([assert.rejects(opening, { status: 403 }), answerInTurn(peers, answers)]);
    assert.deepEqual(asked, ["wss://example.com/a/b", "wss://example.com/a/c?d", "wss://other.test/"]);
  });
});
