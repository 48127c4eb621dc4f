import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { runSluice, startSluice } from "../support/command-line.js";
import { startRawServer } from "../support/raw-server.js";
import { echo, startServer } from "../support/sluice-server.js";
import { opcodes } from "../support/wire.js";

describe("sluice connect -v", () => {
  test("shows both heads, each message with its size, and the closing handshake, in their order", async (t) => {
    const { url, port } = await startServer(t, echo);
    const program = startSluice(t, ["connect", url, "-v", "--no-compression"]);
    program.child.stdin?.write("hello\n");
    await program.complained(/^< text/m);
    program.child.stdin?.end();
    assert.equal(await program.ended, 0);
    const { stdout, stderr } = program;
    assert.equal(stdout, "hello\n");
    const shown = stderr.replace(/(Key|Accept): .*/g, "$1: …").replace(/(ping|pong) .*/g, "$1");
    assert.equal(
      shown,
      `* connecting to ${url}
> GET / HTTP/1.1
> Host: 127.0.0.1:${port}
> Upgrade: websocket
> Connection: Upgrade
> Sec-WebSocket-Key: …
> Sec-WebSocket-Version: 13
< HTTP/1.1 101 Switching Protocols
< Upgrade: websocket
< Connection: Upgrade
< Sec-WebSocket-Accept: …
* connected
> text of 5 bytes, 11 on the wire
< text of 5 bytes, 7 on the wire
> ping
< pong
> close 1000 (normal)
< close 1000 (normal)
* closed with 1000 (normal)
`,
    );
  });

  test("shows what compression saves", async (t) => {
    const { url } = await startServer(t, echo, { compression: true });
    const line = "x".repeat(5000);
    const { stderr } = await runSluice(t, ["connect", url, "-v"], `${line}\nshort\n`);
    assert.match(stderr, /^> text of 5000 bytes, \d\d on the wire, compressed$/m);
    assert.match(stderr, /^> text of 5 bytes, 11 on the wire$/m);
    assert.match(stderr, /^< text of 5000 bytes, \d\d on the wire, compressed$/m);
    const all = await runSluice(t, ["connect", url, "-v", "--compression"], "short\n");
    assert.match(all.stderr, /^> text of 5 bytes, \d+ on the wire, compressed$/m);
  });

  test("shows the head of a refusal", async (t) => {
    const { url } = await startServer(t, {
      upgrade: () => ({ status: 401, headers: { "WWW-Authenticate": "Basic", "Set-Cookie": "a=secret" } }),
    });
    const { exitCode, stderr } = await runSluice(t, ["connect", url, "-v"]);
    assert.equal(exitCode, 3);
    assert.match(stderr, /^< HTTP\/1\.1 401 Unauthorized$/m);
    assert.match(stderr, /^< WWW-Authenticate: Basic$/im);
    assert.doesNotMatch(stderr, /secret/);
  });

  test("shows control frames between the messages that they came between", async (t) => {
    const server = await startRawServer(t);
    const program = startSluice(t, ["connect", server.url, "-v"]);
    const peer = await server.acceptUpgrade();
    peer.socket.cork();
    peer.sendFrame({ isMasked: false, opcode: opcodes.text, payload: "one" });
    peer.sendFrame({ isMasked: false, opcode: opcodes.ping, payload: "\u001b?" });
    peer.sendFrame({ isMasked: false, opcode: opcodes.text, payload: "two" });
    peer.sendFrame({ isMasked: false, opcode: opcodes.pong, payload: "unasked" });
    peer.socket.uncork();
    await program.complained(/unasked/);
    const [order] = (await program.complained(/< text of 3.*unasked"/s)) as unknown as [string];
    assert.deepEqual(
      order.split("\n").filter((line) => line.startsWith("<")),
      [
        "< text of 3 bytes, 5 on the wire",
        "< ping 1b 3f",
        "< text of 3 bytes, 5 on the wire",
        '< pong "unasked"',
      ],
    );
    peer.socket.destroy();
    assert.equal(await program.ended, 1);
  });
});
