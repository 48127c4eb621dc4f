// The openings that fail: what a client says about them, in which order, and what becomes of its connection.

import assert from "node:assert/strict";
import { ClientRequest, IncomingMessage } from "node:http";
import { switchingHead } from "../support/raw-server.js";
import { headOf } from "../support/wire.js";
import { compare } from "./implementations.js";
import { early, opening } from "./support/opening.js";
import { event, failed, orderOf } from "./support/peers.js";
import type { Options } from "./support/ws-module.js";

const unasked = "Server sent a Sec-WebSocket-Extensions header but no extension was requested";
const unparsable = "Invalid Sec-WebSocket-Extensions header";
const unwanted = "Server indicated an extension that was not requested";

interface Fault {
  readonly lines: string[];
  readonly options?: Options;
  readonly protocols?: string[];
  readonly message: string;
}

const faults: Fault[] = [
  {
    lines: ["Sec-WebSocket-Protocol: a"],
    message: "Server sent a subprotocol but none was requested",
  },
  {
    lines: ["Sec-WebSocket-Protocol: c"],
    protocols: ["a", "b"],
    message: "Server sent an invalid subprotocol",
  },
  {
    lines: ["Sec-WebSocket-Protocol: a, b"],
    protocols: ["a", "b"],
    message: "Server sent an invalid subprotocol",
  },
  { lines: ["Sec-WebSocket-Protocol: "], protocols: ["a"], message: "Server sent an invalid subprotocol" },
  { lines: [], protocols: ["a"], message: "Server sent no subprotocol" },
  {
    lines: ["Sec-WebSocket-Extensions: permessage-deflate"],
    options: { perMessageDeflate: false },
    message: unasked,
  },
  {
    lines: ["Sec-WebSocket-Extensions: x"],
    options: { perMessageDeflate: false },
    message: unasked,
  },
  { lines: ["Sec-WebSocket-Extensions: x"], message: unwanted },
  { lines: ["Sec-WebSocket-Extensions: permessage-deflate, x"], message: unwanted },
  ...[
    "",
    ",",
    "permessage-deflate; =",
    "permessage-deflate; unknown",
    "permessage-deflate; server_max_window_bits=7",
    "permessage-deflate; client_max_window_bits",
    "permessage-deflate; client_max_window_bits=16",
    "permessage-deflate; server_no_context_takeover=1",
    "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
  ].map((value) => ({ lines: [`Sec-WebSocket-Extensions: ${value}`], message: unparsable })),
  {
    lines: ["Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover"],
    options: { perMessageDeflate: { clientNoContextTakeover: false } },
    message: unparsable,
  },
  {
    lines: ["Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=12"],
    options: { perMessageDeflate: { clientMaxWindowBits: false } },
    message: unparsable,
  },
  {
    lines: ["Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=12"],
    options: { perMessageDeflate: { clientMaxWindowBits: 10 } },
    message: unparsable,
  },
];

await compare("an answer that a client does not accept", (module, check) => {
  for (const { lines, options, protocols, message } of faults) {
    const asked = JSON.stringify(options ?? protocols ?? {});
    check(`to ${asked} is ${JSON.stringify(lines)}`, async (t) => {
      const { client, raw, head } = await opening(t, module, options, protocols);
      client.on("open", () => assert.fail("opened"));
      const order = orderOf(client, "upgrade", "error", "close");
      const ended = event(client, "close");
      const error = event(client, "error");
      raw.write(switchingHead(head, lines));
      assert.equal((await error)[0].message, message);
      assert.equal((await error)[0].name, "Error");
      assert.deepEqual(await ended, [1006, Buffer.alloc(0)]);
      assert.deepEqual(order, ["upgrade", "error", "close"]);
      assert.equal(client.readyState, client.CLOSED);
      assert.equal(client.extensions, "");
      await raw.readToEnd();
    });
  }

  check("has another key's value", async (t) => {
    const { client, raw, head } = await opening(t, module);
    raw.write(switchingHead(head).replace(/Accept: ./, "Accept: !"));
    assert.equal((await failed(client)).message, "Invalid Sec-WebSocket-Accept header");
  });

  check("has no value for the key", async (t) => {
    const { client, raw, head } = await opening(t, module);
    raw.write(switchingHead(head).replace(/Sec-WebSocket-Accept: .*\r\n/, ""));
    assert.equal((await failed(client)).message, "Invalid Sec-WebSocket-Accept header");
  });

  check("upgrades to something else", async (t) => {
    const { client, raw, head } = await opening(t, module);
    raw.write(switchingHead(head).replace("Upgrade: websocket", "Upgrade: h2c"));
    assert.equal((await failed(client)).message, "Invalid Upgrade header");
  });

  for (const status of [200, 301, 400, 401, 404, 500, 503]) {
    check(`is ${status}`, async (t) => {
      const { client, raw } = await opening(t, module);
      const order = orderOf(client, "upgrade", "error", "close");
      raw.write(headOf(`HTTP/1.1 ${status} Whatever`, "Location: /elsewhere", "Content-Length: 0"));
      const ended = event(client, "close");
      client.on("error", () => assert.equal(client.readyState, client.CLOSING));
      const [error] = await event(client, "error");
      assert.equal(error.message, `Unexpected server response: ${status}`);
      assert.deepEqual(await ended, [1006, Buffer.alloc(0)]);
      assert.deepEqual(order, ["error", "close"]);
      await raw.readToEnd();
    });
  }

  check("is the listener's of unexpected-response, if there is one", async (t) => {
    const { client, raw } = await opening(t, module);
    client.on("error", () => assert.fail("an error"));
    client.on("close", () => assert.fail("closed"));
    raw.write(`${headOf("HTTP/1.1 401 Unauthorized", "Content-Length: 6")}no way`);
    const [request, response, ...rest] = await event(client, "unexpected-response");
    assert.ok(request instanceof ClientRequest);
    assert.ok(response instanceof IncomingMessage);
    assert.equal(rest.length, 0);
    assert.equal(response.statusCode, 401);
    let body = "";
    for await (const chunk of response) body += chunk;
    assert.equal(body, "no way");
    assert.equal(client.readyState, client.CONNECTING);
    client.removeAllListeners();
    client.terminate();
    assert.equal((await failed(client)).message, early);
  });

  check("that ends within its head is the error of the request", async (t) => {
    const { client, raw } = await opening(t, module);
    raw.write("HTTP/1.1 101 Switch");
    raw.socket.end();
    const error = await failed(client);
    assert.equal(error.message, "socket hang up");
    assert.equal(error.code, "ECONNRESET");
    assert.equal(client.readyState, client.CLOSED);
  });

  check("that is not HTTP is the error of the request", async (t) => {
    const { client, raw } = await opening(t, module);
    raw.write("hello\r\n\r\n");
    assert.match((await failed(client)).code ?? "", /^HPE_/);
  });

  check("is accepted in spite of its case and of further values", async (t) => {
    const { client, raw, head } = await opening(t, module);
    const answer = switchingHead(head, ["X-Other: 1"]).replace("Upgrade: websocket", "UPGRADE: WebSocket");
    const opened = event(client, "open");
    raw.write(answer);
    const [response] = await event(client, "upgrade");
    assert.ok(response instanceof IncomingMessage);
    assert.equal(response.headers["x-other"], "1");
    await opened;
  });
});
