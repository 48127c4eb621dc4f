// "An option whose value is undefined counts as left out" also for the compiler of a user who sets exactOptionalPropertyTypes.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { optionalMembers } from "../support/declarations.js";
import { projectPath } from "../support/paths.js";

const program = `
import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import {
  accept, attach, connect, createServer, HttpClient,
  type ConnectionHandlers, type ServerHandlers, type WebSocketConnection,
} from "sluice";

declare const ws: WebSocketConnection;
declare const signal: AbortSignal | undefined;
declare const text: string | undefined;
declare const count: number | undefined;
declare const flag: boolean | undefined;
declare const handlers: { message: ConnectionHandlers["message"]; close: ConnectionHandlers["close"] };
declare const upgrade: ServerHandlers["upgrade"];
declare const httpServer: Server;
declare const arrival: [request: IncomingMessage, socket: Duplex, head: Uint8Array];

void connect("ws://localhost", {
  signal,
  origin: text,
  protocols: text,
  compression: flag,
  maxMessageBytes: count,
  heartbeat: { intervalMs: count },
  reconnect: { retries: count, onRetry: undefined },
});
ws.send("x", { compress: flag, binary: flag });
ws.listen(handlers);
createServer({ upgrade, ...handlers }, { path: text, compression: { level: count }, tls: undefined });
void createServer({ request: () => ({ status: count, body: text }) }).close({ code: count, reason: text });
createServer({ upgrade: () => ({ protocol: text, headers: undefined, context: undefined }) });
void new HttpClient({ maxBodyBytes: count }).get("http://localhost", { signal });
void accept(...arrival, { protocol: text });
attach(httpServer, handlers, { path: text, isSecure: flag });
`;

describe("with exactOptionalPropertyTypes", () => {
  test("what may be left out may be undefined", () => {
    mkdirSync(projectPath("build"), { recursive: true });
    const folder = mkdtempSync(projectPath("build/exact-"));
    try {
      const compilerOptions = { types: ["node"], noEmit: true, exactOptionalPropertyTypes: true };
      const config = { extends: "../../tsconfig.base.json", compilerOptions, include: ["*.ts"] };
      writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
      writeFileSync(join(folder, "program.ts"), program);
      const compiler = projectPath("node_modules/typescript/bin/tsc");
      const { status, stdout } = spawnSync(process.execPath, [compiler, "-p", folder], { encoding: "utf8" });
      assert.equal(stdout, "");
      assert.equal(status, 0);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  for (const file of ["index", "protocol", "testing"]) {
    test(`every member that may be left out says so in ${file}.d.ts`, () => {
      const strict = optionalMembers(projectPath(`dist/${file}.d.ts`)).filter(
        ({ takesUndefined }) => !takesUndefined,
      );
      assert.deepEqual(
        strict.map(({ owner, name }) => `${owner}.${name}`),
        [],
      );
    });
  }
});
