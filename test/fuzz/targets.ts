// Every decoder that eats a peer's bytes, each with the one thing that may come out of it: values, or documented errors.

import assert from "node:assert/strict";
import fc from "fast-check";
import { acceptDeflate, offerDeflate, PerMessageDeflate, verifyDeflate } from "#src/deflate/index.js";
import {
  HandshakeError,
  handshakeErrorCodes,
  normalizeOrigin,
  parseExtensions,
  parseSubprotocols,
  RequestHeadReader,
  ResponseHeadReader,
  validateUpgradeRequest,
  validateUpgradeResponse,
} from "#src/handshake/index.js";
import { nodeEngine, zlibEngine } from "#src/host/index.js";
import {
  CollectedOutput,
  decodeFrame,
  isUtf8,
  LimitError,
  limitErrorCodes,
  ProtocolError,
  protocolErrorCodes,
  pureEngine,
  type Role,
  WebSocketProtocol,
} from "#src/protocol/index.js";

import { ProxyError, proxyErrorCodes } from "#src/proxy/index.js";
import { encodeProxyHeader } from "#src/proxy/listening/proxy-header-encoding.js";
import { ProxyHeaderReader } from "#src/proxy/listening/proxy-header-reader.js";

export interface FuzzTarget {
  readonly name: string;
  readonly property: fc.IRawProperty<unknown>;
}

/** Bytes that get past the first checks often: real frame starts, lengths at the edges, and noise. */
const frameish = fc
  .array(
    fc.oneof(
      {
        weight: 3,
        arbitrary: fc.constantFrom(0x81, 0x82, 0x01, 0x02, 0x00, 0x80, 0x88, 0x89, 0x8a, 0xc1, 0x41),
      },
      {
        weight: 3,
        arbitrary: fc.constantFrom(0x80, 0x81, 0x82, 0x85, 0xfd, 0xfe, 0xff, 0x00, 0x01, 0x05, 0x7e, 0x7f),
      },
      { weight: 4, arbitrary: fc.integer({ min: 0, max: 255 }) },
    ),
    { maxLength: 400 },
  )
  .map((bytes) => Uint8Array.from(bytes));

const headish = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...headPieces()) },
      { weight: 1, arbitrary: fc.string({ maxLength: 12 }) },
    ),
    { maxLength: 40 },
  )
  .map((pieces) => Buffer.from(pieces.join(""), "latin1"));

function headPieces(): string[] {
  return [
    "GET / HTTP/1.1\r\n",
    "HTTP/1.1 101 Switching Protocols\r\n",
    "Host: a\r\n",
    "Upgrade: websocket\r\n",
    "Connection: upgrade\r\n",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
    "Sec-WebSocket-Version: 13\r\n",
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n",
    "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n",
    "constructor: __proto__\r\n",
    "\r\n",
    "\r",
    "\n",
    ":",
    " ",
    "\t",
    ",",
    ";",
    "=",
    '"',
    "\0",
    "é",
  ];
}

const extensionText = fc
  .array(
    fc.constantFrom(
      "permessage-deflate",
      "server_max_window_bits",
      "client_max_window_bits",
      "server_no_context_takeover",
      "client_no_context_takeover",
      "constructor",
      "__proto__",
      "=8",
      "=15",
      "=16",
      "=08",
      '="10"',
      '="\\1\\0"',
      "; ",
      ", ",
      " ",
      '"',
      "\\",
      "=",
      "\t",
    ),
    { maxLength: 20 },
  )
  .map((pieces) => pieces.join(""));

function feedInPieces(
  bytes: Uint8Array,
  cuts: readonly number[],
  feed: (bytes: Uint8Array, start: number, end: number) => void,
): void {
  const copy = Uint8Array.from(bytes);
  const stops = [...new Set(cuts.map((cut) => cut % (copy.length + 1)))].sort((a, b) => a - b);
  let at = 0;
  for (const stop of [...stops, copy.length]) {
    if (stop > at) feed(copy, at, stop);
    at = Math.max(at, stop);
  }
}

const cuts = fc.array(fc.nat({ max: 500 }), { maxLength: 8 });

function protocolTarget(role: Role, hasDeflate: boolean): FuzzTarget {
  const property = fc.property(frameish, cuts, (bytes, at) => {
    let failures = 0;
    let isOver = false;
    const check = (): void => assert.equal(isOver, false, "an event came after the end");
    const engine = zlibEngine();
    const parameters = {
      clientMaxWindowBits: 15,
      serverMaxWindowBits: 15,
      clientNoContextTakeover: false,
      serverNoContextTakeover: false,
    };
    const codec = hasDeflate && engine ? new PerMessageDeflate(role, parameters, {}, engine) : undefined;
    const machine = new WebSocketProtocol({
      role,
      sink: {
        message: check,
        ping: check,
        pong: check,
        peerClosed() {
          check();
          isOver = true;
        },
        failed(error) {
          check();
          isOver = true;
          failures++;
          const table = error instanceof ProtocolError ? protocolErrorCodes : limitErrorCodes;
          assert.ok(error instanceof ProtocolError || error instanceof LimitError);
          assert.ok(Object.hasOwn(table, error.code));
        },
      },
      output: new CollectedOutput(),
      nextMaskKey: () => 0x01020304,
      limits: { maxMessageBytes: 2000, maxFragments: 20 },
      engine: nodeEngine,
      codec,
    });
    feedInPieces(bytes, at, (piece, start, end) => assert.equal(machine.receive(piece, start, end), end));
    assert.ok(failures <= 1);
    codec?.dispose();
  });
  return { name: `${role} machine${hasDeflate ? " with permessage-deflate" : ""}`, property };
}

function headTarget(kind: "request" | "response"): FuzzTarget {
  const property = fc.property(headish, cuts, (bytes, at) => {
    const reader = kind === "request" ? new RequestHeadReader() : new ResponseHeadReader();
    feedInPieces(bytes, at, (piece, start, end) => reader.receive(piece, start, end));
    assert.ok(reader.heldBytes <= 16_384);
    const { result } = reader;
    if (result === undefined) return;
    if (result instanceof HandshakeError) assert.ok(Object.hasOwn(handshakeErrorCodes, result.code));
    else if ("method" in result) validateUpgradeRequest(result);
    else
      validateUpgradeResponse(result, {
        key: "dGhlIHNhbXBsZSBub25jZQ==",
        protocols: ["a"],
        extensionNames: ["permessage-deflate"],
      });
  });
  return { name: `${kind} head`, property };
}

/** Headers as they are, pieces of them, and noise. */
const proxyHeaderish = fc
  .array(
    fc.oneof(
      {
        weight: 6,
        arbitrary: fc.constantFrom(
          "PROXY ",
          "TCP4 ",
          "TCP6 ",
          "UNKNOWN",
          "192.0.2.1 ",
          "2001:db8::1 ",
          "::ffff:1.2.3.4 ",
          "65535",
          "00 ",
          "\r\n",
          "\r",
          "\n",
          "\r\n\r\n\0\r\nQUIT\n",
          "\x21\x11\0\x0c",
          "\x20\0\0\0",
          "\x21\x21\0\x30",
          "\x21\x31\0\xe0",
          "\x21\x11\x10\0",
          "\x03\0\x04",
          "\x04\0\0",
          Buffer.from(encodeProxyHeader(2, { address: "::1", port: 1 }, undefined)).toString("latin1"),
          Buffer.from(encodeProxyHeader(2, { path: "/run/x" }, undefined)).toString("latin1"),
        ),
      },
      {
        weight: 2,
        arbitrary: fc.uint8Array({ maxLength: 40 }).map((bytes) => String.fromCharCode(...bytes)),
      },
    ),
    { maxLength: 14 },
  )
  .map((pieces) => Uint8Array.from(Buffer.from(pieces.join(""), "latin1")));

export const fuzzTargets: readonly FuzzTarget[] = [
  protocolTarget("server", false),
  protocolTarget("client", false),
  protocolTarget("server", true),
  protocolTarget("client", true),
  headTarget("request"),
  headTarget("response"),
  {
    name: "Sec-WebSocket-Extensions and its negotiation",
    property: fc.property(fc.oneof(extensionText, fc.string()), (text) => {
      const elements = parseExtensions(text);
      if (elements === undefined) return;
      acceptDeflate(elements, {});
      for (const element of elements) verifyDeflate(element, {});
      assert.equal(offerDeflate({}).name, "permessage-deflate");
    }),
  },
  {
    name: "Sec-WebSocket-Protocol and Origin",
    property: fc.property(fc.string(), (text) => {
      parseSubprotocols(text);
      normalizeOrigin(text);
      normalizeOrigin(`http://${text}`);
    }),
  },
  {
    name: "PROXY header",
    property: fc.property(proxyHeaderish, cuts, (bytes, at) => {
      const [whole, pieces] = [new ProxyHeaderReader(), new ProxyHeaderReader()];
      whole.receive(bytes, 0, bytes.length);
      feedInPieces(bytes, at, (piece, start, end) => pieces.receive(piece, start, end));
      assert.deepEqual(pieces.result, whole.result);
      const { result } = whole;
      if (result === undefined) assert.ok(bytes.length < 16 + 4096);
      else if (result instanceof ProxyError) assert.ok(Object.hasOwn(proxyErrorCodes, result.code));
      else encodeProxyHeader(result.version, result.source, result.destination);
    }),
  },
  {
    name: "single frames",
    property: fc.property(frameish, (bytes) => {
      const decoded = decodeFrame(bytes);
      if (decoded !== undefined) assert.ok(decoded.byteLength <= bytes.length);
    }),
  },
  {
    name: "UTF-8 against TextDecoder",
    property: fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      let isValid = true;
      try {
        new TextDecoder("utf-8", { fatal: true }).decode(bytes);
      } catch {
        isValid = false;
      }
      assert.equal(isUtf8(bytes, 0, bytes.length), isValid);
      assert.equal(nodeEngine.isUtf8(bytes, 0, bytes.length), isValid);
      if (!isValid) return;
      assert.equal(
        pureEngine.decodeUtf8(bytes, 0, bytes.length),
        nodeEngine.decodeUtf8(bytes, 0, bytes.length),
      );
    }),
  },
  {
    name: "text against Buffer",
    property: fc.property(fc.string({ unit: "binary", maxLength: 60 }), (text) => {
      const expected = Buffer.from(text);
      for (const engine of [pureEngine, nodeEngine]) {
        const length = engine.byteLength(text);
        const bytes = new Uint8Array(length);
        engine.encode(text, bytes, 0, length);
        assert.deepEqual(Buffer.from(bytes), expected);
      }
    }),
  },
];
