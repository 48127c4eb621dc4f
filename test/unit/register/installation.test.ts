import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, test } from "node:test";
import { projectPath } from "../../support/paths.js";

/** What a program prints that runs where the package can be imported by name. */
function run(program: string): unknown {
  const args = ["--input-type=module", "--eval", program];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: projectPath("."), encoding: "utf8" });
  assert.equal(stderr, "");
  return JSON.parse(stdout);
}

describe("sluice/register", () => {
  test("sets the globals that are missing, and no others", () => {
    const program = `
      const before = new Set(Object.getOwnPropertyNames(globalThis));
      const { installed } = await import("sluice/register");
      const set = Object.getOwnPropertyNames(globalThis).filter((name) => !before.has(name));
      console.log(JSON.stringify({ installed, set }));
    `;
    const { installed, set } = run(program) as { installed: string[]; set: string[] };
    assert.deepEqual(set, installed);
    assert.ok(installed.includes("WebSocketStream"));
    assert.equal(installed.includes("WebSocket"), !("WebSocket" in globalThis));
  });

  test("leaves what is there, and sets globals as the platform does", () => {
    const program = `
      globalThis.WebSocket = class Mine {};
      await import("sluice/register");
      const { enumerable, writable, configurable } = Object.getOwnPropertyDescriptor(globalThis, "WebSocketStream");
      console.log(JSON.stringify([globalThis.WebSocket.name, enumerable, writable, configurable]));
    `;
    assert.deepEqual(run(program), ["Mine", false, true, true]);
  });

  const usingRegister = `delete globalThis.WebSocket; await import("sluice/register");`;
  const byHand = `
    globalThis.WebSocket = (await import("sluice")).WebSocket;
    globalThis.CloseEvent ??= (await import("sluice")).CloseEvent;
  `;
  for (const [how, setting] of [
    ["it is set here", usingRegister],
    ["a program sets it", byHand],
  ] as const)
    test(`makes events of the global WebSocket instances of the global classes when ${how}`, () => {
      const program = `
      ${setting}
      const { createServer } = await import("sluice");
      const server = createServer({ open: (ws) => void ws.send("x") });
      const { url } = await server.listen({ port: 0, host: "127.0.0.1" });
      const socket = new WebSocket(url);
      socket.onmessage = (event) => {
        const told = [event.data, event instanceof MessageEvent, event.origin === url];
        socket.onclose = (closed) => {
          console.log(JSON.stringify([...told, closed instanceof CloseEvent, closed.code, closed.wasClean]));
          server.close();
        };
        socket.close(3000);
      };
    `;
      assert.deepEqual(run(program), ["x", true, true, true, 3000, true]);
    });

  test("leaves a WebSocket its own events where the global classes are none", () => {
    const program = `
      globalThis.MessageEvent = class Foreign {};
      globalThis.WebSocket = (await import("sluice")).WebSocket;
      const { createServer, MessageEvent } = await import("sluice");
      const server = createServer({ open: (ws) => void ws.send("x") });
      const { url } = await server.listen({ port: 0, host: "127.0.0.1" });
      const socket = new WebSocket(url);
      socket.onmessage = (event) => {
        console.log(JSON.stringify(event instanceof MessageEvent));
        socket.close();
      };
      socket.onclose = () => server.close();
    `;
    assert.equal(run(program), true);
  });

  test("is not needed: importing sluice sets no global, and loads no HTTP client of Node's that its server does not load", () => {
    const loadedBy = (name: string): unknown[] =>
      run(`
        const before = Object.getOwnPropertyNames(globalThis).length;
        await import(${JSON.stringify(name)});
        const isLoaded = process.moduleLoadList.some((module) => module.includes("undici"));
        console.log(JSON.stringify([Object.getOwnPropertyNames(globalThis).length - before, isLoaded]));
      `) as unknown[];
    const [globals, isLoaded] = loadedBy("sluice");
    assert.deepEqual([globals, isLoaded], [0, loadedBy("node:http")[1]]);
  });
});
