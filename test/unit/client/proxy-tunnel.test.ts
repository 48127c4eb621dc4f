import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { openTunnel } from "#src/client/proxy-tunnel.js";
import { parseWebSocketUrl } from "#src/client/target.js";
import { SocketTransport, type Transport, toStream } from "#src/transport/index.js";
import { type DialledStream, dialledStream } from "./dialled-stream.js";

interface Tunnel extends DialledStream {
  readonly opened: Promise<Transport>;
}

function begin(
  url: string,
  proxy = "http://proxy.test:3128/",
  deadline = new AbortController().signal,
): Tunnel {
  const dialled = dialledStream();
  const opened = openTunnel(
    new SocketTransport(dialled.stream),
    parseWebSocketUrl(url).target,
    new URL(proxy),
    deadline,
  );
  return { ...dialled, opened };
}

describe("proxy tunnel", () => {
  for (const [url, authority] of [
    ["ws://example.com/chat", "example.com:80"],
    ["wss://example.com/", "example.com:443"],
    ["ws://[2001:db8::1]:8080/", "[2001:db8::1]:8080"],
  ]) {
    test(`RFC 9110 §9.3.6: asks for ${authority} to reach ${url}`, async () => {
      const { peer, opened } = begin(url);
      const { startLine, headers } = await peer.readHead();
      assert.equal(startLine, `CONNECT ${authority} HTTP/1.1`);
      assert.deepEqual([...headers], [["host", authority]]);
      peer.write("HTTP/1.1 200 Connection established\r\n\r\n");
      await opened;
    });
  }

  test("shows the proxy the credentials that are its own", async () => {
    const { peer, opened } = begin("ws://ann:secret@example.com/", "http://bob:p%40ss@proxy.test/");
    const { headers } = await peer.readHead();
    assert.equal(headers.get("proxy-authorization"), `Basic ${Buffer.from("bob:p@ss").toString("base64")}`);
    assert.equal(headers.get("authorization"), undefined);
    peer.write("HTTP/1.1 204 No Content\r\n\r\n");
    await opened;
  });

  test("answers a transport with what came behind the proxy's answer", async () => {
    const { peer, opened } = begin("ws://example.com/");
    await peer.readHead();
    peer.write("HTTP/1.1 200 OK\r\n\r\nfirst ");
    const stream = toStream(await opened);
    peer.write("second");
    peer.socket.end();
    let text = "";
    for await (const chunk of stream) text += String(chunk);
    assert.equal(text, "first second");
  });

  for (const [answer, shown] of [
    ["407 Proxy Authentication Required", '407 "Proxy Authentication Required"'],
    ["302 Found", '302 "Found"'],
    ["101 Switching Protocols", '101 "Switching Protocols"'],
    ["403 \x9b2J\x85", '403 "\\u009b2J\\u0085"'],
  ]) {
    test(`fails with PROXY_REFUSED on ${shown}, and names the proxy without its credentials`, async () => {
      const { peer, opened, stream } = begin("ws://example.com/", "http://bob:secret@proxy.test:3128/");
      await peer.readHead();
      peer.write(Buffer.from(`HTTP/1.1 ${answer}\r\n\r\n`, "latin1"));
      await assert.rejects(opened, {
        name: "HandshakeError",
        code: "PROXY_REFUSED",
        status: Number.parseInt(answer, 10),
        message: `the proxy proxy.test:3128 answered CONNECT with ${shown}`,
      });
      assert.equal(stream.destroyed, true);
    });
  }

  test("fails when its deadline does", async () => {
    const deadline = new AbortController();
    const { opened, stream } = begin("ws://example.com/", undefined, deadline.signal);
    deadline.abort("time is over");
    await assert.rejects(opened, (reason) => reason === "time is over");
    assert.equal(stream.destroyed, true);
  });
});
