import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { resolveConnectionOptions } from "#src/connection/index.js";
import { toSocketRequest } from "#src/web/socket-options.js";
import { projectPath } from "../support/paths.js";

/** The members that an interface declares itself, from its declaration file. */
function membersOf(declaration: string, name: string): string[] {
  const text = readFileSync(projectPath(`dist/${declaration}.d.ts`), "utf8").replace(
    /\/\*\*[\s\S]*?\*\//g,
    "",
  );
  const start = text.search(new RegExp(`^export interface ${name}\\b`, "m"));
  assert.notEqual(start, -1, `${declaration} declares ${name}`);
  const body = text.slice(text.indexOf("{\n", start), text.indexOf("\n}", start));
  return [...new Set([...body.matchAll(/^ {4}(?:readonly )?(\w+)\??[:(<]/gm)].map(([, member]) => member))];
}

/** A page names a member in a code span: `maxMessageBytes`, `close(code, reason)`, `ws.close`. */
function isNamed(page: string, member: string): boolean {
  return [...page.matchAll(/`([^`\n]+)`/g)].some(([, span]) => new RegExp(`\\b${member}\\b`).test(span));
}

function assertNamed(path: string, interfaces: [declaration: string, name: string][]): void {
  const page = readFileSync(projectPath(path), "utf8");
  const missing = interfaces.flatMap(([declaration, name]) =>
    membersOf(declaration, name)
      .filter((member) => !isNamed(page, member))
      .map((member) => `${name}.${member}`),
  );
  assert.deepEqual(missing, [], `${path} says nothing of these`);
}

/** Names and defaults of a table's rows: "| `one`, `two` | 1, 2 000 | …". */
function defaultsOf(path: string): Map<string, string> {
  const rows = readFileSync(projectPath(path), "utf8").matchAll(/^\| (`\w+`(?:, `\w+`)*) \| ([^|]+) \|/gm);
  const defaults = new Map<string, string>();
  for (const [, names, values] of rows) {
    const each = values.split(", ");
    names.split(", ").forEach((name, i) => {
      defaults.set(name.replaceAll("`", ""), each[i] ?? "");
    });
  }
  return defaults;
}

describe("the documentation", () => {
  test("docs/server.md has the defaults of the code", () => {
    const documented = defaultsOf("docs/server.md");
    for (const [name, value] of Object.entries(resolveConnectionOptions())) {
      if (typeof value !== "number" || name === "lowWaterMarkBytes") continue;
      assert.equal(documented.get(name)?.replaceAll(" ", ""), String(value), name);
    }
  });

  test("docs/server.md names every handler and every option of a server", () => {
    assertNamed("docs/server.md", [
      ["server/server-options", "AdmissionOptions"],
      ["server/accept", "AcceptOptions"],
      ["server/server-options", "AttachOptions"],
      ["server/server-options", "ServerOptions"],
      ["server/handlers", "ServerHandlers"],
      ["server/handlers", "UpgradeOffering"],
      ["connection/listener", "ConnectionHandlers"],
      ["server/server", "WebSocketService"],
      ["server/server", "WebSocketServer"],
      ["server/close-options", "CloseOptions"],
    ]);
  });

  test("docs/client.md names every option of connect, and every member of a connection", () => {
    assertNamed("docs/client.md", [
      ["client/connect-options", "ConnectOptions"],
      ["client/connect-options", "DialOptions"],
      ["client/reconnect-policy", "ReconnectOptions"],
      ["client/http-client", "HttpRequestInit"],
      ["client/http-request", "HttpClientResponse"],
      ["connection/websocket-connection", "WebSocketConnection"],
    ]);
  });

  test("docs/streams.md names every option of createDuplex", () => {
    assertNamed("docs/streams.md", [["streams/duplex-options", "DuplexStreamOptions"]]);
  });

  test("docs/web-api.md has the defaults of the code", () => {
    const documented = defaultsOf("docs/web-api.md");
    const { connect } = toSocketRequest({});
    const names = ["maxMessageBytes", "maxFragments", "maxBufferedBytes", "handshakeTimeoutMs"] as const;
    for (const name of names)
      assert.equal(documented.get(name)?.replaceAll(" ", ""), String(connect[name]), name);
  });

  test("docs/web-api.md names every option of the browser's classes that connect has not", () => {
    assertNamed("docs/web-api.md", [
      ["web/socket-options", "WebSocketOptions"],
      ["web/websocket-stream", "WebSocketStreamOptions"],
      ["web/websocket-stream", "WebSocketOpenInfo"],
      ["web/websocket-error", "WebSocketCloseInfo"],
    ]);
  });

  test("docs/security.md names every limit and deadline of a connection", () => {
    assertNamed("docs/security.md", [["connection/connection-options", "ConnectionOptions"]]);
  });

  test("docs/compression.md names every option of permessage-deflate", () => {
    assertNamed("docs/compression.md", [["deflate/parameters", "DeflateOptions"]]);
  });

  test("docs/errors.md says what the code's tables say", () => {
    const script = projectPath("scripts/generate-error-docs.mjs");
    const { status, stderr } = spawnSync(process.execPath, [script, "--check"], { encoding: "utf8" });
    assert.equal(stderr, "");
    assert.equal(status, 0);
  });

  test("docs/proxy-configuration.md and docs/proxy.schema.json say what the table of the config file says", () => {
    const script = projectPath("scripts/generate-proxy-config.mjs");
    const { status, stderr } = spawnSync(process.execPath, [script, "--check"], { encoding: "utf8" });
    assert.equal(stderr, "");
    assert.equal(status, 0);
  });
});
