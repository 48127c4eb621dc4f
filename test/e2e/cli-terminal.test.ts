import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { ServerHandlers, WebSocketConnection } from "sluice";
import { openTerminal } from "../support/command-line.js";
import { startRawServer } from "../support/raw-server.js";
import { echo, firstCall, startServer } from "../support/sluice-server.js";

describe("sluice connect on a terminal", () => {
  test("shows what is typed and what comes, and leaves with Ctrl-D", async (t) => {
    const { port } = await startServer(t, echo);
    const terminal = await openTerminal(t, ["connect", `:${port}`]);
    if (terminal === undefined) return;
    await terminal.shows(/^\* connected$/m);
    await terminal.type("hello");
    await terminal.shows(/^> hello\n< hello\n>$/m);
    await terminal.key("C-d");
    assert.equal(await terminal.exitCode(), 0);
    assert.match(await terminal.screen(), /^< hello\n\* closed with 1000 \(normal\)/m);
  });

  test("keeps what is typed before the opening, and sends it in order", async (t) => {
    let letIn = (): void => {};
    const opened = new Promise<void>((resolve) => {
      letIn = resolve;
    });
    const { url } = await startServer(t, { ...echo, upgrade: () => opened });
    const terminal = await openTerminal(t, ["connect", url, "-x", "zero"]);
    if (terminal === undefined) return;
    await terminal.shows(/connecting to/);
    await terminal.type("one");
    await terminal.type("two");
    await terminal.shows(/^> two$/m);
    letIn();
    await terminal.shows(/^< zero\n< one\n< two$/m);
  });

  test("leaves the line that is being typed whole when a message comes, also one that wraps", async (t) => {
    const opened = firstCall<[WebSocketConnection]>();
    const { url } = await startServer(t, { ...echo, open: opened.handler });
    const terminal = await openTerminal(t, ["connect", url]);
    if (terminal === undefined) return;
    const [ws] = await opened.called;
    await terminal.shows(/connected/);
    const line = Array.from({ length: 20 }, (_, i) => `word${i}`).join(" ");
    await terminal.write(line);
    await terminal.shows(/word19/);
    await terminal.key("Home", "Right");
    ws.send("first");
    ws.send("second\nline");
    const screen = await terminal.shows(/second[\s\S]*> word0[\s\S]*word19/);
    assert.equal(screen.split("word0").length, 2, screen);
    assert.ok(screen.replaceAll("\n", "").endsWith(`< first< second  line> ${line}`), screen);
    // The cursor is where it was.
    await terminal.type("X");
    await terminal.shows(/^< wXord0 word1/m);
  });

  test("puts what is pasted where the cursor stands, and takes a tab in it for a character", async (t) => {
    const { url } = await startServer(t, echo);
    const terminal = await openTerminal(t, ["connect", url]);
    if (terminal === undefined) return;
    await terminal.shows(/connected/);
    await terminal.write("abc");
    await terminal.shows(/^> abc$/m);
    // In one read.
    await terminal.write("\x1b[D\x1b[Dxyz\t!\r/he\t!\r");
    await terminal.shows(/^< axyz {2}!bc$/m);
    await terminal.shows(/^! \/he is no command.*\/\/he\s+! sends it$/m);
  });

  test("escapes what would command the terminal", async (t) => {
    const { url } = await startServer(t, {
      open: (ws) => ws.send("a\u001b[2J\u001b]0;title\u0007b\u009b31mc\r\nd\u202ee"),
    });
    const terminal = await openTerminal(t, ["connect", url]);
    if (terminal === undefined) return;
    await terminal.shows(/^< a\\x1b\[2J\\x1b\]0;title\\x07b\\x9b31mc\\x0d\n {2}d\\u202ee$/m);
  });

  test("obeys its commands", async (t) => {
    const received: string[] = [];
    const handlers: ServerHandlers = {
      message: (ws, data) => ws.send(data),
      pong: (_ws, data) => received.push(`pong ${Buffer.from(data)}`),
      close: (_ws, code, reason) => received.push(`close ${code} ${reason}`),
    };
    const { url } = await startServer(t, handlers);
    const terminal = await openTerminal(t, ["connect", url]);
    if (terminal === undefined) return;
    await terminal.shows(/connected/);
    await terminal.type("/ping data");
    await terminal.shows(/^\* ping answered after [\d.]+ ms$/m);
    await terminal.type("/pong unasked");
    await terminal.type("/binary 01 ff");
    await terminal.shows(/^< \(2 bytes\) 01 ff$/m);
    await terminal.type("//slash");
    await terminal.shows(/^< \/slash$/m);
    await terminal.type("/json");
    await terminal.type('{"a":[1]}');
    await terminal.shows(/^< \{\n {4}"a": \[\n {6}1\n {4}\]\n {2}\}$/m);
    await terminal.type("/json {oops");
    await terminal.shows(/^! no JSON, and not sent$/m);
    await terminal.type("/nope");
    await terminal.shows(/^! \/nope is no command/m);
    await terminal.type("/close 999");
    await terminal.shows(/^! close code 999 may not be sent/m);
    await terminal.type("/close 4000 see you");
    assert.equal(await terminal.exitCode(), 0);
    assert.deepEqual(received, ["pong unasked", "close 4000 see you"]);
  });

  test("completes its commands with Tab, and shows them with /help", async (t) => {
    const { url } = await startServer(t, echo);
    const terminal = await openTerminal(t, ["connect", url]);
    if (terminal === undefined) return;
    await terminal.shows(/connected/);
    await terminal.write("/he");
    await terminal.key("Tab");
    await terminal.shows(/^> \/help$/m);
    await terminal.key("Enter");
    await terminal.shows(/^\* \/ping \[DATA\].*\n(.*\n)* {2}\/quit .*\n {2}\/\/TEXT/m);
    await terminal.type("/quit");
    assert.equal(await terminal.exitCode(), 0);
  });

  test("brings back the lines of the last session, but for those with a blank in front", async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "sluice-state-"));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const { url } = await startServer(t, echo);
    const env = { XDG_STATE_HOME: folder };
    const first = await openTerminal(t, ["connect", url], env);
    if (first === undefined) return;
    await first.shows(/connected/);
    for (const line of ["to remember", " secret", "last"]) await first.type(line);
    await first.shows(/< last/);
    await first.key("C-d");
    await first.exitCode();
    assert.equal(readFileSync(join(folder, "sluice/history"), "utf8"), "to remember\nlast\n");
    const second = await openTerminal(t, ["connect", url], env);
    await second?.shows(/connected/);
    await second?.key("Up", "Up");
    await second?.shows(/^> to remember$/m);
    const third = await openTerminal(t, ["connect", url, "--no-history"], env);
    await third?.shows(/connected/);
    await third?.key("Up");
    await third?.type("x");
    await third?.shows(/^> x\n< x$/m);
    assert.equal(readFileSync(join(folder, "sluice/history"), "utf8"), "to remember\nlast\n");
  });

  test("finds the line in its history that begins with what is typed", async (t) => {
    const { url } = await startServer(t, echo);
    const terminal = await openTerminal(t, ["connect", url]);
    if (terminal === undefined) return;
    await terminal.shows(/connected/);
    for (const line of ["to find", "other", "last"]) await terminal.type(line);
    await terminal.shows(/< last/);
    await terminal.write("to");
    await terminal.key("Up");
    await terminal.shows(/^> to find$/m);
    await terminal.key("Enter");
    await terminal.shows(/(< to find(.*\n)*){2}/);
    await terminal.key("C-d");
    assert.equal(await terminal.exitCode(), 0);
  });

  test("has colours, unless somebody wants none", async (t) => {
    const { url } = await startServer(t, echo);
    const colored = await openTerminal(t, ["connect", url, "-x", "hello"]);
    if (colored === undefined) return;
    await colored.shows(/< hello/);
    assert.ok((await colored.screen(true)).includes("\u001b[36m"));
    for (const [flags, env] of [
      [["--no-color"], {}],
      [[], { NO_COLOR: "1" }],
    ] as const) {
      const plain = await openTerminal(t, ["connect", url, "-x", "hello", ...flags], env);
      await plain?.shows(/< hello/);
      assert.ok(!(await plain?.screen(true))?.includes("\u001b"));
    }
  });

  test("Ctrl-C closes and waits, and the second one does not wait", async (t) => {
    const server = await startRawServer(t);
    const terminal = await openTerminal(t, ["connect", server.url]);
    if (terminal === undefined) return;
    const peer = await server.acceptUpgrade();
    await terminal.shows(/connected/);
    await terminal.write("unfinished");
    await terminal.key("C-c");
    assert.equal((await peer.readClose()).code, 1000);
    await terminal.shows(/waiting for the server to close too; Ctrl-C does not wait/);
    await terminal.key("C-c");
    assert.equal(await terminal.exitCode(), 130);
    assert.match(await terminal.screen(), /^> unfinished$/m);
  });

  test("says how it ended, and shows the back-off of reconnecting", async (t) => {
    const { url } = await startServer(t, { open: (ws) => void ws.close(1011, "no database") });
    const failed = await openTerminal(t, ["connect", url]);
    if (failed === undefined) return;
    assert.equal(await failed.exitCode(), 4);
    assert.match(
      await failed.screen(),
      /^! closed by the server with 1011 \(internal error\): no database$/m,
    );
    const patient = await openTerminal(t, ["connect", url, "--reconnect"]);
    await patient?.shows(/^\* connected again$/m);
    assert.match((await patient?.screen()) ?? "", /no database; trying again in\s+0\.\d s/);
    await patient?.key("C-c");
    await patient?.exitCode();
  });
});
