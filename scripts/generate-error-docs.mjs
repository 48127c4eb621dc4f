// node scripts/generate-error-docs.mjs [--check]
//
// Writes docs/errors.md from the tables of error codes in dist, so that the page and the code cannot disagree. What a
// code means to a reader stands here; a code without such a sentence, or a sentence without a code, ends the script.
// With --check nothing is written: the exit code is 1 when the page is not what it would be.

import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { closedErrorCodes } from "../dist/connection/index.js";
import {
  handshakeErrorCodes,
  limitErrorCodes,
  protocolErrorCodes,
  stateErrorCodes,
} from "../dist/protocol.js";
import { transportErrorCodes } from "../dist/transport/index.js";

const page = fileURLToPath(new URL("../docs/errors.md", import.meta.url));

const protocolMeanings = {
  RESERVED_BITS: "A frame sets a reserved bit that no agreed extension uses.",
  UNKNOWN_OPCODE: "A frame has an opcode that means nothing.",
  MASK_MISSING: "A client sent a frame that is not masked.",
  MASK_FORBIDDEN: "A server sent a masked frame.",
  LENGTH_NOT_MINIMAL: "A payload length takes more bytes than it needs.",
  LENGTH_TOO_LARGE: "A payload length is beyond what any message can have.",
  CONTROL_FRAGMENTED: "A ping, pong or Close is split over frames.",
  CONTROL_TOO_LONG: "A ping, pong or Close carries more than 125 bytes.",
  UNEXPECTED_CONTINUATION: "A fragment continues a message that has not begun.",
  EXPECTED_CONTINUATION: "A new message begins inside a fragmented one.",
  CLOSE_PAYLOAD_TRUNCATED: "A Close carries one byte, half a code.",
  CLOSE_CODE_INVALID: "A Close carries a code that may not be sent.",
  CLOSE_REASON_NOT_UTF8: "A close reason is not UTF-8.",
  TEXT_NOT_UTF8: "A text message is not UTF-8.",
  DEFLATE_DATA_INVALID: "A compressed message cannot be inflated.",
};

const limitMeanings = {
  MESSAGE_TOO_LARGE: "A message, inflated if it came compressed, is larger than we accept.",
  TOO_MANY_FRAGMENTS: "A message comes in more frames than we accept.",
  BUFFER_FULL: "The peer reads more slowly than we send, and too much waits for it.",
  BODY_TOO_LARGE:
    "The body of a plain HTTP request or response is larger than we read. A server answers 413.",
};

const handshakeMeanings = {
  HEAD_MALFORMED: "What came is no HTTP head: the other side may speak TLS, or something else altogether.",
  HEAD_TOO_LARGE: "The head takes more bytes than are accepted (`maxHeadBytes`).",
  TOO_MANY_HEADERS: "The head has more headers than are accepted (`maxHeaders`).",
  HTTP_VERSION_UNSUPPORTED: "The head is not of HTTP/1.1.",
  HEADER_REPEATED: "A header that may come once comes twice.",
  EXTENSIONS_MALFORMED: "`Sec-WebSocket-Extensions` does not follow its grammar.",
  HANDSHAKE_TIMED_OUT: "The handshake was not complete after `handshakeTimeoutMs`.",
  METHOD_NOT_GET: "The request is not a GET.",
  TARGET_INVALID: "The request asks for something that is not a path of this host.",
  HOST_MISSING: "The request has no `Host`.",
  HOST_INVALID: "`Host` is no host name with an optional port.",
  NOT_AN_UPGRADE: "The request does not ask for a WebSocket.",
  UPGRADE_INVALID: "The request asks for cleartext HTTP/2 beside a WebSocket.",
  CONNECTION_UPGRADE_MISSING: "The `Connection` header does not name `upgrade`.",
  KEY_MISSING: "The request has no `Sec-WebSocket-Key`.",
  KEY_INVALID: "`Sec-WebSocket-Key` is not base64 of 16 bytes.",
  WEBSOCKET_VERSION_UNSUPPORTED: "The request is not of version 13, the only one there is.",
  SUBPROTOCOLS_MALFORMED: "`Sec-WebSocket-Protocol` is not a list of different tokens.",
  BODY_FORBIDDEN: "The request has a body, or bytes follow it before it was answered.",
  ORIGIN_FORBIDDEN: "A page of an origin that `origins` does not let in asked for the connection.",
  PATH_NOT_SERVED: "The path is not the one that is served (`path`).",
  REFUSED: "The `upgrade` handler said no.",
  HANDLER_FAILED: "The `upgrade` handler threw, or answered what it may not, or what cannot be sent.",
  SERVER_UNAVAILABLE: "The server takes no connections now.",
  UNEXPECTED_STATUS: "The server answered with another status than 101; `status` and `head` say which.",
  RESPONSE_UPGRADE_INVALID: "The 101 does not say `Upgrade: websocket`.",
  RESPONSE_CONNECTION_INVALID: "The 101 does not say `Connection: Upgrade`.",
  ACCEPT_INVALID: "`Sec-WebSocket-Accept` does not answer our key: this is no WebSocket server, or a cache.",
  SUBPROTOCOL_NOT_OFFERED: "The server chose a subprotocol that we did not offer.",
  EXTENSION_NOT_OFFERED: "The server uses an extension that we did not offer.",
  EXTENSION_PARAMETERS_INVALID: "The server answered our offer of permessage-deflate with what cannot stand.",
  URL_INVALID: "The URL has no host, has a fragment, or has another scheme than ws, wss, http or https.",
  REDIRECT_INVALID: "A redirect leads to something that is no URL.",
  REDIRECT_INSECURE: "A redirect leads from wss to ws.",
  TOO_MANY_REDIRECTS: "There are more redirects than `followRedirects`.",
  PROXY_INVALID: "The proxy is no http or https URL.",
  PROXY_REFUSED: "The proxy would not make a tunnel; `status` says why.",
  CONNECTION_ENDED: "The connection ended before the handshake was complete.",
  ABORTED: "The `signal` was aborted; the error's `name` is `AbortError`.",
};

const transportMeanings = {
  CONNECTION_REFUSED: "Nobody listens there.",
  CONNECTION_RESET: "The connection was cut by the other side, or on the way.",
  HOST_NOT_FOUND: "The host name, or the path of the unix socket, does not exist.",
  HOST_UNREACHABLE: "There is no way to the address.",
  TIMED_OUT: "TCP gave up waiting.",
  ADDRESS_IN_USE: "Another process listens on the port.",
  ACCESS_DENIED: "The process may not do that, such as listening on a low port.",
  TLS_FAILED: "The TLS handshake failed: often a certificate that cannot be verified.",
  HEARTBEAT_MISSED: "The peer has been silent and did not answer a ping (`heartbeat`).",
  UNSUPPORTED_TRANSPORT: "The `transport` that was asked for is not available here.",
  IO_FAILED: "Something else went wrong; `errno` and `cause` say what.",
};

/** Rows of a table, one per code. */
function rows(codes, meanings, columns) {
  const unexplained = Object.keys(codes).filter((code) => meanings[code] === undefined);
  const unknown = Object.keys(meanings).filter((code) => codes[code] === undefined);
  if (unexplained.length + unknown.length > 0) {
    throw new Error(
      `error codes without a sentence: ${unexplained.join(", ")}; sentences without a code: ${unknown.join(", ")}`,
    );
  }
  return Object.entries(codes).map(([code, entry]) => {
    const cells = [`\`${code}\``, ...columns(entry), meanings[code]];
    return `| ${cells.join(" | ")} |`;
  });
}

function table(heads, lines) {
  return [`| ${heads.join(" | ")} |`, `|${heads.map(() => "---").join("|")}|`, ...lines].join("\n");
}

function sentence(text) {
  return `${text[0].toUpperCase()}${text.slice(1)}.`;
}

function render() {
  const stateMeanings = Object.fromEntries(
    Object.entries(stateErrorCodes).map(([code, text]) => [code, sentence(text)]),
  );
  const closedMeanings = Object.fromEntries(
    Object.entries(closedErrorCodes).map(([code, text]) => [code, sentence(text)]),
  );
  return `<!-- Made by scripts/generate-error-docs.mjs from the tables in the code: change it there. -->

# Errors

Every error of this package is a \`WebSocketError\`, and its class answers two questions: whose fault is it, and what can
you do? Programs look at the class and at \`code\`, which is stable; messages are for people and may change. An error on
one connection never becomes an uncaught exception of the process, and the package never writes to the console.

| class | whose fault | how you meet it | what it carries |
|---|---|---|---|
| [\`StateError\`](#stateerror) | yours | thrown by the call, or what an async call rejects with | \`code\` |
| [\`ProtocolError\`](#protocolerror) | the peer's | \`error\` handler; \`cause\` of what ends iteration | \`code\`, \`closeCode\`, \`section\` of the RFC |
| [\`LimitError\`](#limiterror) | the peer's, beyond a limit of yours | the same | \`code\`, \`closeCode\`, \`limit\`, \`actual\` |
| [\`HandshakeError\`](#handshakeerror) | the peer's, or the configuration's | rejects \`connect\` and \`accept\` | \`code\`, \`status\`, \`section\`, \`head\` |
| [\`TransportError\`](#transporterror) | the network's | rejects \`connect\` and \`listen\`; \`error\` handler; \`cause\` of what ends iteration | \`code\`, \`errno\`, \`syscall\`, \`retryable\` |
| [\`ClosedError\`](#closederror) | nobody's | rejects what was still waiting; ends iteration | \`code\`, \`closeCode\`, \`closeInfo\` |

\`cause\` holds the error underneath, where there is one.

## StateError

A call that cannot be carried out as it was made. Nothing was sent, and nothing has changed.

${table(
  ["code", "means"],
  rows(stateErrorCodes, stateMeanings, () => []),
)}

## ProtocolError

The peer broke the protocol. It is told the close code and nothing else, and nothing behind the fault is delivered.

${table(
  ["code", "closes with", "rule", "means"],
  rows(protocolErrorCodes, protocolMeanings, ({ closeCode, section }) => [closeCode, section]),
)}

## LimitError

The peer went beyond a limit, which may be changed by the option named here.

${table(
  ["code", "closes with", "option", "means"],
  rows(limitErrorCodes, limitMeanings, ({ closeCode, option }) => [closeCode, `\`${option}\``]),
)}

## HandshakeError

There is no connection. With a status, a server answers that to the request; without one, only a client meets the code.
On a client \`status\` is the status that was received, or 0.

${table(
  ["code", "status", "rule", "means"],
  rows(handshakeErrorCodes, handshakeMeanings, ({ status, section }) => [status || "–", section]),
)}

## TransportError

The network or the system failed. \`retryable\` says whether trying again later can help.

${table(
  ["code", "retryable", "means"],
  rows(transportErrorCodes, transportMeanings, ({ isRetryable }) => [isRetryable ? "yes" : "no"]),
)}

## ClosedError

The connection is over, and what was asked for can no longer happen. \`closeInfo\` is what \`ws.closed\` resolves with: the
Close frames that were sent and received, and which came first.

${table(
  ["code", "means"],
  rows(closedErrorCodes, closedMeanings, () => []),
)}
`;
}

const text = render();
if (process.argv.includes("--check")) {
  if (readFileSync(page, "utf8") !== text) {
    console.error("docs/errors.md is not current: run node scripts/generate-error-docs.mjs");
    process.exitCode = 1;
  }
} else writeFileSync(page, text);
