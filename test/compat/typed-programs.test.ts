// Programs that were typed for ws compile as they are when nothing but the name of the module changes. The compiler of the
// project judges each program for each implementation, all of them in one run.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { projectPath } from "../support/paths.js";

/** Each imports MODULE. */
const programs: Readonly<Record<string, string>> = {
  "a server with connections of its own kind, that emits what it was not asked for": `
    import type { IncomingMessage } from "node:http";
    import WebSocket, { WebSocketServer, type RawData, type ServerOptions, type VerifyClientCallbackAsync } from "MODULE";
    interface Session extends WebSocket { isAlive?: boolean; user?: string }
    const verifyClient: VerifyClientCallbackAsync = (info, callback) =>
      callback(info.origin === "" && info.secure, 401, info.req.url, { "X-Why": "no" });
    const options: ServerOptions = { noServer: true, verifyClient, handleProtocols: (offered) => [...offered][0] ?? false };
    export const server = new WebSocketServer(options);
    server.on("connection", (ws: Session, request: IncomingMessage, user?: string) => {
      ws.user = user ?? request.url;
      ws.on("pong", function () { this.resume(); });
      ws.on("message", (data: RawData, isBinary) => {
        const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer);
        for (const client of server.clients)
          if (client.readyState === WebSocket.OPEN) client.send(bytes, { binary: isBinary });
      });
    });
    server.on("wsClientError", function (error, socket) { this.close(); socket.end(error.message); });
    server.emit("connection", new WebSocket("ws://localhost"), undefined, "a user");
    server.emit("of-the-program", 1);`,
  "a server with a class of its own for connections and for requests": `
    import { createServer, IncomingMessage } from "node:http";
    import WebSocket, { WebSocketServer, type ServerOptions } from "MODULE";
    class Session extends WebSocket { id = 1; }
    class Asked extends IncomingMessage { user = "a"; }
    const options: ServerOptions<typeof Session, typeof Asked> = {
      server: createServer({ IncomingMessage: Asked }),
      WebSocket: Session,
      verifyClient: ({ req }: { req: Asked }) => req.user !== "",
      handleProtocols: (_offered, request) => request.user,
    };
    const server = new WebSocketServer(options);
    server.on("connection", (ws, request) => ws.id.toFixed() + request.user.trim());
    server.once("headers", (lines, request) => lines.push(request.user));
    for (const { id } of server.clients) id.toFixed();
    const inferred = new WebSocketServer({ noServer: true, WebSocket: Session });
    inferred.on("connection", (ws) => ws.id.toFixed());`,
  "a client with the listeners of a browser": `
    import {
      WebSocket, type ClientOptions, type CloseEvent, type Data, type ErrorEvent, type Event, type EventListenerOptions,
      type FinishRequestCallback, type MessageEvent,
    } from "MODULE";
    const finishRequest: FinishRequestCallback = (request, ws) => { request.end(); ws.terminate(); };
    const options: ClientOptions = { finishRequest, headers: { a: "b" }, perMessageDeflate: { threshold: 1 } };
    const ws = new WebSocket(new URL("ws://localhost"), ["a"], options);
    const told: (string | number | boolean | Data)[] = [];
    ws.onopen = (event: Event) => told.push(event.type, event.target.url);
    ws.onerror = (event: ErrorEvent) => told.push(event.message, event.error.code);
    ws.onclose = ({ code, reason, wasClean }: CloseEvent) => told.push(code, reason, wasClean);
    const once: EventListenerOptions = { once: true };
    ws.addEventListener("message", (event: MessageEvent) => told.push(event.data), once);
    ws.addEventListener("close", { handleEvent: (event: CloseEvent) => told.push(event.code) });
    ws.on("message", function (data) { this.send(data.toString(), (error) => told.push(String(error))); });
    ws.once("unexpected-response", (request, response) => told.push(request.path, response.statusCode ?? 0));
    ws.off("of-the-program", (value: string) => told.push(value));`,
  "the types as members of the class that import gives": `
    import WebSocket, { createWebSocketStream } from "MODULE";
    const options: WebSocket.ClientOptions = { maxPayload: 1 };
    const ws = new WebSocket("ws://localhost", options);
    ws.onmessage = (event: WebSocket.MessageEvent) => event.data;
    ws.onclose = (event: WebSocket.CloseEvent) => event.code;
    export const listeners: { [K in keyof WebSocket.WebSocketEventMap]?: (event: WebSocket.WebSocketEventMap[K]) => void } = {
      error: (event: WebSocket.ErrorEvent) => event.message,
      open: (event: WebSocket.Event) => event.type,
    };
    export const sizeOf = (data: WebSocket.RawData | WebSocket.Data) => data.toString().length;
    export const verify: WebSocket.VerifyClientCallbackSync = ({ origin }) => origin !== "";
    export const at = (address: WebSocket.AddressInfo) => address.port;
    createWebSocketStream(ws, { encoding: "utf8" }).end();`,
  "the class of require with all else as its members": `
    import WebSocket = require("MODULE");
    import type { IncomingMessage } from "node:http";
    const options: WebSocket.ServerOptions = { port: 0 };
    const server: WebSocket.Server = new WebSocket.Server(options);
    const other: WebSocket.WebSocketServer = new WebSocket.WebSocketServer({ noServer: true });
    server.on("connection", (ws: WebSocket, request) => {
      const { url }: IncomingMessage = request;
      ws.on("message", (data: WebSocket.RawData) => ws.send(data.toString() + url));
    });
    server.on("connection", (ws: WebSocket.WebSocket) => WebSocket.createWebSocketStream(ws).pipe(process.stdout));
    other.close();
    class Own extends WebSocket.WebSocket { name = "mine"; }
    const owners = new WebSocket.WebSocketServer<typeof Own>({ noServer: true, WebSocket: Own });
    for (const owner of owners.clients) console.log(owner.name.length);`,
};
const modules = ["ws", "sluice/ws"];
const compiler = projectPath("node_modules/typescript/bin/tsc");

describe("programs typed for ws", () => {
  let report = "";
  let folder = "";

  before(async () => {
    mkdirSync(projectPath("build"), { recursive: true });
    folder = mkdtempSync(projectPath("build/typed-programs-"));
    const paths = modules.flatMap((module) => Object.keys(programs).map((title) => write(title, module)));
    const compilerOptions = {
      module: "nodenext",
      target: "es2022",
      strict: true,
      noEmit: true,
      types: ["node"],
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: paths }));
    const run = promisify(execFile)(process.execPath, [compiler, "-p", folder, "--pretty", "false"]);
    report = (await run.catch((failure: { stdout: string }) => failure)).stdout;
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  function write(title: string, module: string): string {
    const name = fileName(title, module);
    writeFileSync(join(folder, name), programs[title].replaceAll("MODULE", module));
    return name;
  }

  for (const module of modules) {
    for (const title of Object.keys(programs)) {
      test(`compile with ${module}: ${title}`, () => {
        const name = fileName(title, module);
        const complaints = report.split("\n").filter((line) => line.includes(`${name}(`));
        assert.deepEqual(complaints, []);
      });
    }
  }

  test("are all that the compiler was asked about", () => {
    assert.equal(report, "");
  });
});

function fileName(title: string, module: string): string {
  const extension = programs[title].includes("= require(") ? "cts" : "mts";
  return `${Object.keys(programs).indexOf(title)}-${module.replace("/", "-")}.${extension}`;
}
