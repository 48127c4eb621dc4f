// Python's `websockets` as a client of our server and as a server of our client.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { connect, type DeflateOptions, type ServerHandlers } from "sluice";
import type { TestContext } from "../support/outside-process.js";
import { hasPythonWebsockets, startPython } from "../support/python.js";
import { bytesOfLength, samples } from "../support/samples.js";
import { echo, nextMessage, startServer } from "../support/sluice-server.js";

const roomy = { maxMessageBytes: 4_194_304, maxBufferedBytes: Infinity };

/** Ours, theirs as keyword arguments; `false` and undefined agree on no compression. */
const parameters: [string, DeflateOptions | false, Record<string, unknown> | undefined][] = [
  ["no compression", false, undefined],
  ["compression by default", {}, { client_max_window_bits: true }],
  ["no takeover", { serverNoContextTakeover: true, clientNoContextTakeover: true }, {}],
  ["a client's window of 9 bits", { clientMaxWindowBits: 9 }, { client_max_window_bits: true }],
  ["a server's window of 9 bits", { serverMaxWindowBits: 9 }, {}],
  [
    "what they ask for",
    {},
    { server_no_context_takeover: true, client_no_context_takeover: true, server_max_window_bits: 10 },
  ],
];

const serving: ServerHandlers = {
  ...echo,
  message(ws, data, isBinary) {
    const [, code, reason] = /^close (\d+) (.*)$/.exec(isBinary ? "" : String(data)) ?? [];
    if (code !== undefined) void ws.close(Number(code), reason);
    else ws.send(data, { binary: isBinary });
  },
};

describe("a client of Python's websockets", () => {
  for (const [name, ours, theirs] of parameters) {
    test(`talks to our server, with ${name}`, async (t) => {
      if (!hasPythonWebsockets(t)) return;
      const compression = ours && { thresholdBytes: 0, ...ours };
      const closes: [number, string][] = [];
      const close: ServerHandlers["close"] = (_ws, code, reason) => void closes.push([code, reason]);
      const { url } = await startServer(
        t,
        { ...serving, close },
        { ...roomy, compression, protocols: ["b"] },
      );
      const python = startPython(t, "websockets_client.py", url, ...(theirs ? [JSON.stringify(theirs)] : []));
      const { status, stdout, stderr } = await python.result;
      assert.deepEqual([status, stderr], [0, ""]);
      assert.deepEqual(
        stdout
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line)),
        [
          { event: "open", subprotocol: "b", extensions: theirs ? ["permessage-deflate"] : [] },
          { event: "done" },
          { event: "closed", code: 4001 },
          { event: "closed by the server", code: 3001, reason: "because" },
        ],
      );
      assert.deepEqual(closes[0], [4001, "ä reason"]);
    });
  }
});

async function startPythonServer(t: TestContext, theirs: Record<string, unknown> | undefined) {
  const python = startPython(t, "websockets_server.py", ...(theirs ? [JSON.stringify(theirs)] : []));
  return { python, url: `ws://127.0.0.1:${await python.readLine()}` };
}

const serverParameters: typeof parameters = [
  ["no compression", false, undefined],
  ["compression by default", {}, {}],
  ["no takeover", { serverNoContextTakeover: true, clientNoContextTakeover: true }, {}],
  ["a window of 9 bits asked for", { serverMaxWindowBits: 9 }, {}],
  [
    "what they ask for",
    {},
    { server_no_context_takeover: true, client_no_context_takeover: true, client_max_window_bits: 10 },
  ],
];

describe("a server of Python's websockets", () => {
  for (const [name, ours, theirs] of serverParameters) {
    test(`talks to our client, with ${name}`, async (t) => {
      if (!hasPythonWebsockets(t)) return;
      const { python, url } = await startPythonServer(t, theirs);
      const compression = ours && { thresholdBytes: 0, ...ours };
      const ws = await connect(url, { ...roomy, compression, protocols: ["a", "b"] });
      assert.equal(ws.protocol, "b");
      assert.equal(ws.extensions.startsWith("permessage-deflate"), theirs !== undefined);
      for (const sample of samples()) {
        ws.send(sample);
        const message = await nextMessage(ws);
        if (typeof sample === "string") assert.equal(message, sample);
        else assert.ok(sample.equals(message as Uint8Array), `${sample.length} bytes`);
      }
      ws.send("fragments");
      assert.equal(await nextMessage(ws), "fragments");
      const parts = Array.from({ length: 30 }, (_, i) => bytesOfLength(3000 + i));
      await ws.sendStream(parts, { compress: true });
      assert.ok(Buffer.concat(parts).equals((await nextMessage(ws)) as Uint8Array));
      ws.send("ping");
      assert.equal(await nextMessage(ws), "ponged");
      assert.ok((await ws.ping("hello")) >= 0);
      assert.equal((await ws.close(4001, "ä reason")).wasClean, true);
      assert.deepEqual(JSON.parse(await python.readLine()), { code: 4001, reason: "ä reason" });
    });
  }

  test("closes with its own code and reason", async (t) => {
    if (!hasPythonWebsockets(t)) return;
    const { url } = await startPythonServer(t, undefined);
    const ws = await connect(url);
    ws.send("close 3001 because");
    const { code, reason, wasClean } = await ws.closed;
    assert.deepEqual([code, reason, wasClean], [3001, "because", true]);
  });

  test("gets a thousand messages in order, and sends them back", async (t) => {
    if (!hasPythonWebsockets(t)) return;
    const { url } = await startPythonServer(t, undefined);
    const ws = await connect(url);
    for (let i = 0; i < 1000; i++) ws.send(String(i));
    for (let i = 0; i < 1000; i++) assert.equal(await nextMessage(ws), String(i));
    await ws.close();
  });
});
