import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { runSluice, startSluice } from "../support/command-line.js";
import type { RawPeer } from "../support/raw-client.js";
import { startRawServer, switchingHead } from "../support/raw-server.js";
import { startServer } from "../support/sluice-server.js";
import { closePayloadOf, headOf, opcodes } from "../support/wire.js";

/** What a server may do instead of what it should, and what becomes of it. */
const servers: readonly (readonly [
  what: string,
  serve: (peer: RawPeer) => Promise<void> | void,
  exitCode: number,
  line: RegExp,
])[] = [
  [
    "answers 404",
    async (peer) => {
      await peer.readHead();
      peer.write(headOf("HTTP/1.1 404 Not Found", "Content-Length: 0"));
    },
    3,
    /^sluice: cannot connect to .*404/,
  ],
  [
    "answers with a wrong key",
    async (peer) => {
      const request = await peer.readHead();
      peer.write(switchingHead(request).replace(/(Accept: ).*/, "$1AAAA"));
    },
    3,
    /does not answer the key/,
  ],
  [
    "sends garbage instead of a head",
    (peer) => peer.write("\u0016\u0003\u0001 hello"),
    3,
    /no HTTP response/,
  ],
  [
    "sends half a head and ends",
    async (peer) => {
      await peer.readHead();
      peer.socket.end("HTTP/1.1 101 Switching");
    },
    1,
    /ended the connection within its answer/,
  ],
  [
    "sends half a head and nothing more",
    async (peer) => {
      await peer.readHead();
      peer.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: web");
    },
    1,
    /not open within 700 ms \(--connect-timeout\)/,
  ],
  [
    "sends headers without end",
    async (peer) => {
      await peer.readHead();
      peer.write(`HTTP/1.1 101 Switching Protocols\r\n${"X-Filler: 0123456789\r\n".repeat(5000)}`);
    },
    3,
    /headers|bytes/,
  ],
  [
    "ends at once",
    async (peer) => {
      await peer.readHead();
      peer.socket.end();
    },
    1,
    /ended the connection before it answered/,
  ],
  [
    "breaks the protocol",
    async (peer) => {
      peer.write(switchingHead(await peer.readHead()));
      peer.sendFrame({ isMasked: false, opcode: 3, payload: "?" });
    },
    1,
    /closed with 1002 because of what the server sent/,
  ],
  [
    "sends a message that is too large",
    async (peer) => {
      peer.write(switchingHead(await peer.readHead()));
      peer.sendFrame({ isMasked: false, opcode: opcodes.text, payload: "x".repeat(2049) });
    },
    1,
    /closed with 1009 .*exceeds the limit of 2048 bytes \(--max-bytes\)/,
  ],
  [
    "cuts the connection",
    async (peer) => {
      peer.write(switchingHead(await peer.readHead()));
      peer.socket.destroySoon();
    },
    1,
    /connection lost/,
  ],
  [
    "closes with an error and a reason that commands a terminal",
    async (peer) => {
      peer.write(switchingHead(await peer.readHead()));
      peer.sendFrame({
        isMasked: false,
        opcode: opcodes.close,
        payload: closePayloadOf(1011, "\u001b[2Jno database"),
      });
      await peer.readClose();
      peer.socket.end();
    },
    4,
    /^sluice: closed by the server with 1011 \(internal error\): \\x1b\[2Jno database\n$/,
  ],
];

describe("how sluice connect ends with a server that", () => {
  for (const [what, serve, exitCode, line] of servers) {
    test(`${what}: exit code ${exitCode} and one line`, async (t) => {
      const server = await startRawServer(t);
      const args = ["connect", server.url, "--max-bytes", "2k", "--connect-timeout", "0.7"];
      const program = startSluice(t, args);
      await serve(await server.accept());
      assert.equal(await program.ended, exitCode, program.stderr);
      assert.match(program.stderr, line);
      assert.match(program.stderr, /^sluice: [^\n]*\n$/);
      assert.equal(program.stdout, "");
    });
  }
});

describe("how sluice connect ends", () => {
  test("when redirects lead in a circle: exit code 3", async (t) => {
    const { url } = await startServer(t, { upgrade: () => ({ status: 302, headers: { Location: "/" } }) });
    const { exitCode, stderr } = await runSluice(t, ["connect", url, "-L", "3"]);
    assert.equal(exitCode, 3);
    assert.match(stderr, /^sluice: cannot connect to .*more than 3 redirects \(--follow-redirects\)\n$/);
  });

  for (const [args, exitCode, line] of [
    [["ws://127.0.0.1:1"], 1, /ECONNREFUSED/],
    [["ftp://127.0.0.1"], 2, /scheme/],
    [["not a url"], 2, /is not a URL/],
    [[""], 2, /is not a URL/],
    [["ws://127.0.0.1:99999"], 2, /is not a URL/],
    [["ws://127.0.0.1:1/#part"], 2, /fragment/],
    [[":1", "-H", "bad name: x"], 2, /header name/],
    [[":1", "-H", "X: a\rb"], 2, /header|value/],
    [[":1", "-s", "a b"], 2, /subprotocol|token/],
    [[":1", "--proxy", "ftp://x"], 2, /proxy/],
    [[":1", "--ca", "/dev/null"], 2, /./],
    [[":1", "--socket-path", "/nowhere/socket"], 1, /ENOENT/],
  ] as const) {
    test(`after ${JSON.stringify(args)}: exit code ${exitCode} and one line`, async (t) => {
      const result = await runSluice(t, ["connect", ...args]);
      assert.equal(result.exitCode, exitCode, result.stderr);
      assert.match(result.stderr, line);
      assert.match(result.stderr, /^sluice: [^\n]*\n$/);
      assert.equal(result.stdout, "");
    });
  }
});
