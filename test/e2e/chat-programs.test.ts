import assert from "node:assert/strict";
import { once } from "node:events";
import { closeSync, existsSync, openSync } from "node:fs";
import { Agent, get } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { describe, type TestContext, test } from "node:test";
import { connect } from "sluice";
import { openDoorway, Program, startChat, startTerminal } from "../support/terminal.js";

async function takePort(t: TestContext): Promise<number> {
  const holder = createTcpServer().listen(0, "127.0.0.1");
  t.after(() => holder.close());
  await once(holder, "listening");
  return (holder.address() as AddressInfo).port;
}

function runServer(t: TestContext, args: readonly string[]): Program {
  return new Program(t, "build/examples/chat/server.js", args, "pipe");
}

/** What follows the time of each line that the terminal has printed. */
function transcript(program: Program): string[] {
  return program.stdout
    .trimEnd()
    .split("\n")
    .map((line) => line.replace(/^\d\d:\d\d /, ""));
}

describe("chat server's program", () => {
  test("takes another port when its own is taken, and says so in one line", async (t) => {
    const taken = await takePort(t);
    const { program, port, url } = await startChat(t, { port: taken });
    assert.notEqual(port, taken);
    // Two pipes: what was written first may be read last.
    await program.complained(/\n/);
    assert.equal(program.stderr, `Port ${taken} is taken, so the chat is on port ${port}.\n`);
    assert.equal((await fetch(url)).status, 200);
  });

  test("says goodbye with 1001 when it is interrupted, and exits with 0", async (t) => {
    const { program, url } = await startChat(t);
    const ws = await connect(url);
    // A browser keeps connections for later requests.
    const agent = new Agent({ keepAlive: true });
    t.after(() => agent.destroy());
    const [response] = await once(get(url, { agent }), "response");
    response.resume();
    await once(response, "end");
    program.signal("SIGINT");
    const { code, reason } = await ws.closed;
    assert.deepEqual([code, reason], [1001, "the chat is closing"]);
    assert.equal(await program.ended, 0);
  });

  test("goes on without a reader of its output", async (t) => {
    const { program, url } = await startChat(t);
    program.child.stdout?.destroy();
    program.child.stderr?.destroy();
    const ws = await connect(url);
    program.signal("SIGTERM");
    assert.equal((await ws.closed).code, 1001);
    assert.equal(await program.ended, 0);
  });

  test("goes on when its output finds no space", async (t) => {
    if (!existsSync("/dev/full")) {
      if (process.env.CI) throw new Error("there is no /dev/full");
      t.skip("there is no /dev/full");
      return;
    }
    const full = openSync("/dev/full", "w");
    t.after(() => closeSync(full));
    const { program, url } = await startChat(t, { port: await takePort(t), stdio: ["ignore", "pipe", full] });
    assert.equal((await fetch(url)).status, 200);
    program.signal("SIGTERM");
    assert.equal(await program.ended, 0);
  });

  for (const [args, problem] of [
    [["--prot", "1"], "chat: Unknown option '--prot' (--help shows what there is)\n"],
    [
      ["--port", "99999"],
      'chat: "99999" is no port; ports are numbers from 0 to 65535 (--help shows what there is)\n',
    ],
  ] as const) {
    test(`answers ${args.join(" ")} with one line and exit code 2`, async (t) => {
      const program = runServer(t, args);
      assert.equal(await program.ended, 2);
      assert.equal(program.stderr, problem);
    });
  }

  test("names the trouble when it cannot listen", async (t) => {
    const program = runServer(t, ["--port", "0", "--host", "192.0.2.1"]);
    assert.equal(await program.ended, 1);
    assert.match(program.stderr, /^chat: .*EADDRNOTAVAIL.*\n$/);
  });
});

describe("chat terminal", () => {
  test("says the lines of a pipe, prints the talk, and leaves at the end", async (t) => {
    const { url } = await startChat(t);
    const ada = startTerminal(t, [`${url}/#tea`, "--name", "ada"]);
    await ada.printed(/you are ada in #tea, alone/);
    const grace = startTerminal(t, [url, "--name", "grace", "--room", "tea"]);
    grace.type("hello");
    grace.type("//who is not a command, and /usr/bin is none either");
    grace.child.stdin?.end("without a newline");
    assert.equal(await grace.ended, 0);
    await ada.printed(/grace left/);
    assert.deepEqual(transcript(ada), [
      "* you are ada in #tea, alone",
      "* grace joined",
      "grace: hello",
      "grace: /who is not a command, and /usr/bin is none either",
      "grace: without a newline",
      "* grace left",
    ]);
    assert.deepEqual(transcript(grace).slice(1), transcript(ada).slice(2, -1));
  });

  test("obeys its commands", async (t) => {
    const { url } = await startChat(t);
    const ada = startTerminal(t, [url, "--name", "ada"]);
    ada.type("/who");
    await ada.printed(/in #lobby: ada$/m);
    ada.type("/name grace");
    await ada.printed(/ada is now grace/);
    ada.type("/room coffee");
    await ada.printed(/you are grace in #coffee, alone/);
    ada.type("/room no such room");
    await ada.printed(/A room is 1 to 32 letters/);
    ada.type("/nonsense");
    await ada.printed(/there are \/who/);
    ada.type("/quit");
    assert.equal(await ada.ended, 0);
  });

  test("shows control characters of others instead of obeying them", async (t) => {
    const { url } = await startChat(t);
    const terminal = startTerminal(t, [url, "--name", "ada"]);
    await terminal.printed(/you are ada/);
    const ws = await connect(url);
    t.after(() => ws.terminate());
    ws.send(JSON.stringify({ type: "join", room: "lobby", name: "mallory" }));
    ws.send(JSON.stringify({ type: "say", text: "a\u001b[2Jb\u0007\u009bc\td\u202ee\n12:00 grace: not me" }));
    await terminal.printed(/not me/);
    assert.deepEqual(transcript(terminal).slice(2), [
      "mallory: a\\x1b[2Jb\\x07\\x9bc\\x09d\\u202ee",
      "      | 12:00 grace: not me",
    ]);
  });

  test("comes back to a restarted server and says what was typed meanwhile", async (t) => {
    const chat = await startChat(t);
    const doorway = await openDoorway(t);
    doorway.leadTo(chat.port);
    const ada = startTerminal(t, [doorway.url, "--name", "ada"]);
    await ada.printed(/you are ada/);
    doorway.leadTo(undefined);
    chat.program.signal("SIGTERM");
    await ada.printed(/connection lost; trying again in \d+ s/);
    ada.type("typed in between");
    await chat.program.ended;
    doorway.leadTo((await startChat(t)).port);
    await ada.printed(/ada: typed in between/);
    const [, ...comebacks] = ada.stdout.split("you are ada");
    assert.equal(comebacks.length, 2);
  });

  test("takes its time with more lines than the server lets through at once", async (t) => {
    const { url } = await startChat(t);
    const ada = startTerminal(t, [url, "--name", "ada"]);
    const lines = Array.from({ length: 12 }, (_, index) => `line ${index}`);
    ada.child.stdin?.end(lines.join("\n"));
    assert.equal(await ada.ended, 0);
    assert.deepEqual(
      transcript(ada).slice(1),
      lines.map((line) => `ada: ${line}`),
    );
  });

  test("leaves politely when it is interrupted", async (t) => {
    const { url } = await startChat(t);
    const ada = startTerminal(t, [url, "--name", "ada"]);
    await ada.printed(/you are ada/);
    const grace = startTerminal(t, [url, "--name", "grace"]);
    await ada.printed(/grace joined/);
    grace.signal("SIGINT");
    assert.equal(await grace.ended, 0);
    await ada.printed(/grace left/);
  });

  for (const [args, exitCode, problem] of [
    [["--nmae", "ada"], 2, /^chat: Unknown option '--nmae' \(--help shows what there is\)\n$/],
    [["localhost"], 2, /^chat: "localhost" is no URL such as http:\/\/localhost:3000 .*\n$/],
    [["ws://127.0.0.1:1"], 1, /^chat: cannot reach ws:\/\/127\.0\.0\.1:1\/: .*ECONNREFUSED.*\n$/],
  ] as const) {
    test(`answers ${args.join(" ")} with one line and exit code ${exitCode}`, async (t) => {
      const terminal = startTerminal(t, args);
      assert.equal(await terminal.ended, exitCode);
      assert.match(terminal.stderr, problem);
      assert.equal(terminal.stdout, "");
    });
  }

  test("answers a name that cannot be with one line and exit code 1", async (t) => {
    const { url } = await startChat(t);
    const terminal = startTerminal(t, [url, "--name", "\u001b[31m"]);
    assert.equal(await terminal.ended, 1);
    assert.equal(terminal.stderr, "chat: A name is 1 to 24 visible characters.\n");
  });
});
