// node scripts/generate-error-docs.mjs [--check]
//
// Writes docs/errors.md from the tables of error codes in dist, so that the page and the code cannot disagree.
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
import { proxyErrorCodes } from "../dist/proxy/index.js";
import { transportErrorCodes } from "../dist/transport/index.js";

const page = fileURLToPath(new URL("../docs/errors.md", import.meta.url));

/** Rows of a table, one per code. */
function rows(codes, columns) {
  return Object.entries(codes).map(([code, entry]) => {
    const cells = [`\`${code}\``, ...columns(entry), entry.meaning];
    return `| ${cells.join(" | ")} |`;
  });
}

function table(heads, lines) {
  return [`| ${heads.join(" | ")} |`, `|${heads.map(() => "---").join("|")}|`, ...lines].join("\n");
}

function render() {
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
| [\`TransportError\`](#transporterror) | the network's | rejects \`connect\` and \`listen\`; thrown by \`createServer\` for a \`transport\` that is not here; \`error\` handler; \`cause\` of what ends iteration | \`code\`, \`errno\`, \`syscall\`, \`retryable\` |
| [\`ClosedError\`](#closederror) | nobody's | rejects what was still waiting; ends iteration | \`code\`, \`closeCode\`, \`closeInfo\` |
| [\`ProxyError\`](#proxyerror) | an upstream's, a hook's or the configuration's | hooks of a proxy | \`code\`, \`status\` |

\`cause\` holds the error underneath, where there is one.

## StateError

A call that cannot be carried out as it was made. Nothing was sent, and nothing has changed.

${table(
  ["code", "means"],
  rows(stateErrorCodes, () => []),
)}

## ProtocolError

The peer broke the protocol. It is told the close code and nothing else, and nothing behind the fault is delivered.

${table(
  ["code", "closes with", "rule", "means"],
  rows(protocolErrorCodes, ({ closeCode, section }) => [closeCode, section]),
)}

## LimitError

The peer went beyond a limit, which may be changed by the option named here.

${table(
  ["code", "closes with", "option", "means"],
  rows(limitErrorCodes, ({ closeCode, option }) => [closeCode, `\`${option}\``]),
)}

## HandshakeError

There is no connection. With a status, a server answers that to the request; without one, only a client meets the code.
On a client \`status\` is the status that was received, or 0.

${table(
  ["code", "status", "rule", "means"],
  rows(handshakeErrorCodes, ({ status, section }) => [status || "–", section]),
)}

## TransportError

The network or the system failed. \`retryable\` says whether trying again later can help.

${table(
  ["code", "retryable", "means"],
  rows(transportErrorCodes, ({ isRetryable }) => [isRetryable ? "yes" : "no"]),
)}

## ClosedError

The connection is over, and what was asked for can no longer happen. \`closeInfo\` is what \`ws.closed\` resolves with: the
Close frames that were sent and received, and which came first.

${table(
  ["code", "means"],
  rows(closedErrorCodes, () => []),
)}

## ProxyError

A request did not get through the [proxy](proxy.md), or not back. The client is answered with the status and its reason phrase;
the hooks \`error\`, \`close\` and \`log\` learn the code. \`cause\` is what the network or the upstream did.

${table(
  ["code", "status", "means"],
  rows(proxyErrorCodes, ({ status }) => [status]),
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
