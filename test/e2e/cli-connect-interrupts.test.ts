import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { runInside, startSluice } from "../support/command-line.js";
import { startRawServer } from "../support/raw-server.js";
import { closePayloadOf, opcodes } from "../support/wire.js";

describe("Ctrl-C in sluice connect", () => {
  test("closes an open connection, and waits for the server to close it too", async (t) => {
    const server = await startRawServer(t);
    const program = startSluice(t, ["connect", server.url]);
    const peer = await server.acceptUpgrade();
    program.type("hello");
    await peer.readFrame();
    program.signal("SIGINT");
    assert.equal((await peer.readClose()).code, 1000);
    peer.sendFrame({ isMasked: false, opcode: opcodes.close, payload: closePayloadOf(1000) });
    peer.socket.end();
    assert.equal(await program.ended, 0);
    assert.equal(program.stderr, "");
  });

  test("for the second time ends at once", async (t) => {
    const server = await startRawServer(t);
    const program = startSluice(t, ["connect", server.url]);
    const peer = await server.acceptUpgrade();
    program.type("hello");
    await peer.readFrame();
    program.signal("SIGINT");
    await peer.readClose();
    program.signal("SIGINT");
    assert.equal(await program.ended, 130);
  });

  test("ends at once while the connection is closing already", async (t) => {
    const server = await startRawServer(t);
    const program = startSluice(t, ["connect", server.url]);
    const peer = await server.acceptUpgrade();
    program.child.stdin?.end();
    const ping = await peer.readFrame();
    peer.sendFrame({ isMasked: false, opcode: opcodes.pong, payload: ping.payload });
    await peer.readClose();
    program.signal("SIGTERM");
    assert.equal(await program.ended, 143);
  });

  test("ends an attempt to connect", async (t) => {
    const server = await startRawServer(t);
    const program = startSluice(t, ["connect", server.url]);
    await (await server.accept()).readHead();
    program.signal("SIGINT");
    assert.equal(await program.ended, 130);
    assert.equal(program.stderr, "");
  });

  for (const state of ["before the first connection", "after a loss"]) {
    test(`ends the wait for the next attempt ${state}`, async (t) => {
      const server = await startRawServer(t);
      const program = startSluice(t, ["connect", server.url, "--reconnect", "--no-close"]);
      const peer = state === "after a loss" ? await server.acceptUpgrade() : await server.accept();
      peer.socket.destroy();
      await program.complained(/trying again/);
      program.signal("SIGINT");
      assert.equal(await program.ended, 130);
    });
  }

  test("is heard while the output is not read", async (t) => {
    const server = await startRawServer(t);
    const program = startSluice(t, ["connect", server.url]);
    program.child.stdout?.pause();
    const peer = await server.acceptUpgrade();
    for (let i = 0; i < 64; i++)
      peer.sendFrame({ isMasked: false, opcode: opcodes.text, payload: "x".repeat(65_536) });
    program.type("hello");
    await peer.readFrame();
    program.signal("SIGINT");
    await peer.readClose();
    program.signal("SIGINT");
    assert.equal(await program.ended, 130);
  });

  test("works the same in the process of others, and leaves nothing behind there", async (t) => {
    const server = await startRawServer(t);
    const program = runInside(["connect", server.url, "-v"]);
    const peer = await server.acceptUpgrade();
    await program.printed(/\* connected/);
    program.signals.emit("SIGINT");
    await peer.readClose();
    program.signals.emit("SIGINT");
    assert.equal(await program.ended, 130);
    assert.deepEqual(program.signals.eventNames(), []);
    assert.equal((await peer.readToEnd()).length, 0);
  });
});
