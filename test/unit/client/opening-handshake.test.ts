import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ConnectOptions } from "sluice";
import { resolveConnectOptions } from "#src/client/connect-options.js";
import { type Opened, openHandshake } from "#src/client/opening-handshake.js";
import { parseWebSocketUrl } from "#src/client/target.js";
import { switchingHead } from "../../support/raw-server.js";
import { type DialledStream, dialledStream } from "./dialled-stream.js";

interface Attempt extends DialledStream {
  readonly opened: Promise<Opened>;
}

function attempt(options: ConnectOptions = {}): Attempt {
  const dialled = dialledStream();
  const settings = resolveConnectOptions({ ...options, createConnection: dialled.createConnection });
  const target = parseWebSocketUrl("ws://example.com/chat?room=1").target;
  const opened = openHandshake(target, settings, new AbortController().signal);
  return { ...dialled, opened };
}

describe("opening handshake", () => {
  test("asks for what the options say, with a key of its own for each attempt", async () => {
    const keys = new Set<string | undefined>();
    for (let i = 0; i < 2; i++) {
      const { peer, opened } = attempt({
        protocols: ["chat"],
        origin: "https://a.test",
        headers: { "X-Way": "1" },
      });
      const { startLine, headers } = await peer.readHead();
      assert.equal(startLine, "GET /chat?room=1 HTTP/1.1");
      assert.equal(headers.get("host"), "example.com");
      assert.equal(headers.get("sec-websocket-protocol"), "chat");
      assert.equal(headers.get("sec-websocket-extensions"), "permessage-deflate; client_max_window_bits");
      assert.equal(headers.get("origin"), "https://a.test");
      assert.equal(headers.get("x-way"), "1");
      keys.add(headers.get("sec-websocket-key"));
      peer.socket.end();
      await assert.rejects(opened, { code: "CONNECTION_ENDED" });
    }
    assert.equal(keys.size, 2);
  });

  test("ends with an agreement, what was sent, and what came behind the answer", async () => {
    const { peer, opened } = attempt({ protocols: ["chat"] });
    const head = switchingHead(await peer.readHead(), [
      "Sec-WebSocket-Protocol: chat",
      "Sec-WebSocket-Extensions: permessage-deflate",
    ]);
    peer.write(`${head}early`);
    const { agreement, request, early, transport } = await opened;
    assert.deepEqual([agreement.protocol, agreement.extensions], ["chat", "permessage-deflate"]);
    assert.ok(agreement.codec !== undefined);
    assert.deepEqual([request.method, request.target], ["GET", "/chat?room=1"]);
    assert.equal(Buffer.from(early ?? []).toString(), "early");
    transport.destroy();
  });

  test("that fails leaves no stream behind", async () => {
    const { peer, opened, stream } = attempt();
    peer.write(switchingHead(await peer.readHead(), ["Sec-WebSocket-Protocol: never-offered"]));
    await assert.rejects(opened, { name: "HandshakeError", code: "SUBPROTOCOL_NOT_OFFERED" });
    assert.equal(stream.destroyed, true);
  });

  test("dials nobody for a request that cannot be sent", async () => {
    const settings = resolveConnectOptions({
      createConnection: () => assert.fail("somebody dials"),
      headers: { Upgrade: "h2c" },
    });
    const { target } = parseWebSocketUrl("ws://a.test/");
    const opened = openHandshake(target, settings, new AbortController().signal);
    await assert.rejects(opened, { name: "StateError", code: "INVALID_ARGUMENT" });
  });
});
