import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { connect, HandshakeError } from "sluice";
import { startRawServer, switchingHead } from "../support/raw-server.js";
import { nextMessage } from "../support/sluice-server.js";
import { acceptValueOf, headOf } from "../support/wire.js";

/** What `connect` rejects with when the server answers so. */
async function failureFor(
  t: Parameters<typeof startRawServer>[0],
  answer: string,
  options = {},
): Promise<HandshakeError> {
  const server = await startRawServer(t);
  const failure = connect(server.url, options).then(
    () => assert.fail("the connection opened"),
    (error: unknown) => error,
  );
  const peer = await server.accept();
  const request = await peer.readHead();
  peer.write(answer.replace("ACCEPT", acceptValueOf(request.headers.get("sec-websocket-key") ?? "")));
  peer.socket.end();
  const error = await failure;
  assert.ok(error instanceof HandshakeError, String(error));
  await peer.readToEnd();
  return error;
}

const switching = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"];
const accepted = "Sec-WebSocket-Accept: ACCEPT";

describe("a server's answer is believed only when it is right", () => {
  for (const [what, code, ...lines] of [
    ["another status", "UNEXPECTED_STATUS", "HTTP/1.1 200 OK", "Content-Length: 0"],
    ["an error", "UNEXPECTED_STATUS", "HTTP/1.1 503 Down", "Content-Length: 0"],
    ["a redirect that is not asked for", "UNEXPECTED_STATUS", "HTTP/1.1 302 Found", "Location: ws://x.test/"],
    ["no Upgrade", "RESPONSE_UPGRADE_INVALID", switching[0], switching[2], accepted],
    ["another Upgrade", "RESPONSE_UPGRADE_INVALID", switching[0], "Upgrade: h2c", switching[2], accepted],
    ["no Connection", "RESPONSE_CONNECTION_INVALID", switching[0], switching[1], accepted],
    ["no Sec-WebSocket-Accept", "ACCEPT_INVALID", ...switching],
    [
      "a wrong Sec-WebSocket-Accept",
      "ACCEPT_INVALID",
      ...switching,
      "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    ],
    ["two Sec-WebSocket-Accept", "ACCEPT_INVALID", ...switching, accepted, accepted],
    ["a subprotocol", "SUBPROTOCOL_NOT_OFFERED", ...switching, accepted, "Sec-WebSocket-Protocol: z"],
    [
      "an unknown extension",
      "EXTENSION_NOT_OFFERED",
      ...switching,
      accepted,
      "Sec-WebSocket-Extensions: x-unknown",
    ],
    [
      "an extension named like a property",
      "EXTENSION_NOT_OFFERED",
      ...switching,
      accepted,
      "Sec-WebSocket-Extensions: constructor",
    ],
    [
      "extensions without grammar",
      "EXTENSIONS_MALFORMED",
      ...switching,
      accepted,
      "Sec-WebSocket-Extensions: ;;=",
    ],
    [
      "one extension twice",
      "EXTENSION_PARAMETERS_INVALID",
      ...switching,
      accepted,
      "Sec-WebSocket-Extensions: permessage-deflate, permessage-deflate",
    ],
    [
      "a parameter that does not exist",
      "EXTENSION_PARAMETERS_INVALID",
      ...switching,
      accepted,
      "Sec-WebSocket-Extensions: permessage-deflate; x=1",
    ],
    [
      "a window of 16 bits",
      "EXTENSION_PARAMETERS_INVALID",
      ...switching,
      accepted,
      "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=16",
    ],
    ["no HTTP", "HEAD_MALFORMED", "hello"],
    [
      "HTTP/1.0",
      "HTTP_VERSION_UNSUPPORTED",
      "HTTP/1.0 101 Switching Protocols",
      switching[1],
      switching[2],
      accepted,
    ],
    ["a folded header", "HEAD_MALFORMED", ...switching, accepted, "X-Folded: a", " b"],
    ["a header without a name", "HEAD_MALFORMED", ...switching, accepted, ": x"],
    ["a head without an end", "HEAD_TOO_LARGE", ...switching, accepted, `X-Long: ${"x".repeat(20_000)}`],
    [
      "too many headers",
      "TOO_MANY_HEADERS",
      ...switching,
      accepted,
      ...Array.from({ length: 120 }, (_, i) => `X-${i}: y`),
    ],
  ]) {
    test(`${what}: ${code}`, async (t) => {
      const error = await failureFor(t, headOf(...lines));
      assert.equal(error.code, code);
    });
  }

  test("the error carries the status and the head", async (t) => {
    const error = await failureFor(
      t,
      headOf("HTTP/1.1 401 Who", 'WWW-Authenticate: Basic realm="x"', "Content-Length: 0"),
    );
    assert.equal(error.status, 401);
    assert.equal(error.head?.reason, "Who");
    assert.equal(error.head?.headers.get("www-authenticate"), 'Basic realm="x"');
  });

  test("an extension is not agreed to when none was offered", async (t) => {
    const answer = headOf(...switching, accepted, "Sec-WebSocket-Extensions: permessage-deflate");
    assert.equal((await failureFor(t, answer, { compression: false })).code, "EXTENSION_NOT_OFFERED");
  });

  test("no answer at all: CONNECTION_ENDED", async (t) => {
    assert.equal((await failureFor(t, "")).code, "CONNECTION_ENDED");
    assert.equal((await failureFor(t, "HTTP/1.1 101 Swit")).code, "CONNECTION_ENDED");
  });

  test("interim answers are read over, but not for ever", async (t) => {
    const server = await startRawServer(t);
    const opening = connect(server.url);
    const peer = await server.accept();
    const request = await peer.readHead();
    peer.write(
      headOf("HTTP/1.1 103 Early Hints", "Link: </x>") +
        headOf("HTTP/1.1 100 Continue") +
        switchingHead(request),
    );
    const ws = await opening;
    ws.terminate();
    assert.equal(
      (await failureFor(t, headOf("HTTP/1.1 100 Continue").repeat(100))).code,
      "UNEXPECTED_STATUS",
    );
  });

  test("an answer that comes byte by byte is read", async (t) => {
    const server = await startRawServer(t);
    const opening = connect(server.url);
    const peer = await server.accept();
    peer.socket.setNoDelay(true);
    for (const byte of switchingHead(await peer.readHead())) {
      await new Promise((resolve) => peer.socket.write(byte, resolve));
    }
    (await opening).terminate();
  });

  test("frames behind the answer are delivered", async (t) => {
    const server = await startRawServer(t);
    const opening = connect(server.url);
    const peer = await server.accept();
    peer.write(
      Buffer.concat([Buffer.from(switchingHead(await peer.readHead())), Buffer.from([0x81, 2, 0x68, 0x69])]),
    );
    const ws = await opening;
    assert.equal(await nextMessage(ws), "hi");
    ws.terminate();
  });
});
