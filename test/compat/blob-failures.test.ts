// Blobs that can no longer be read when it is their turn to be sent.

import assert from "node:assert/strict";
import { mkdtempSync, openAsBlob, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { opcodes, wireFrame } from "../support/wire.js";
import { compare } from "./implementations.js";
import { type After, closed, connectPair, event, orderOf, rawClientOf, turn } from "./support/peers.js";
import type { Callback } from "./support/ws-module.js";

/** A Blob of a file that has been changed since. */
async function staleBlob(t: After): Promise<Blob> {
  const folder = mkdtempSync(join(tmpdir(), "compat-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "data");
  writeFileSync(path, "x".repeat(64));
  const blob = await openAsBlob(path);
  writeFileSync(path, "x".repeat(32));
  return blob;
}

function assertUnreadable(error: unknown): void {
  assert.ok(error instanceof DOMException);
  assert.equal(error.name, "NotReadableError");
  assert.equal(error.message, "The blob could not be read");
}

await compare("a Blob that cannot be read", (module, check) => {
  check("is an error of the callback, of those behind it, and of the WebSocket, which ends", async (t) => {
    const { raw, socket } = await rawClientOf(t, module);
    const blob = await staleBlob(t);
    const told: unknown[] = [];
    const callback: Callback = (error) => told.push(error);
    const order = orderOf(socket, "error", "close");
    const ended = closed(socket);
    const failed = event(socket, "error");
    socket.send("before");
    socket.send(blob, callback);
    socket.send("behind", callback);
    const [error] = await failed;
    assertUnreadable(error);
    assert.equal(socket.readyState, socket.CLOSING);
    assert.deepEqual(told, [error, error]);
    assert.equal((await raw.readFrame()).payload.toString(), "before");
    assert.equal((await raw.readToEnd()).length, 0);
    raw.socket.end();
    assert.deepEqual(await ended, { code: 1006, reason: "" });
    assert.deepEqual(order, ["error", "close"]);
  });

  check("is an error of what its callback sends, too", async (t) => {
    const { socket } = await rawClientOf(t, module);
    const blob = await staleBlob(t);
    socket.on("error", () => {});
    const told = new Promise((resolve) => {
      socket.send(blob, () => socket.send("once more", resolve));
    });
    assertUnreadable(await told);
  });

  check("is an error once, whatever else fails meanwhile", async (t) => {
    const { raw, socket } = await rawClientOf(t, module);
    const blob = await staleBlob(t);
    let errors = 0;
    socket.on("error", () => errors++);
    const ended = closed(socket);
    socket.send(blob);
    raw.write(wireFrame({ opcode: 5 }));
    await raw.readToEnd();
    raw.socket.end();
    await ended;
    await turn();
    assert.equal(errors, 1);
  });

  check("is not an error of a WebSocket that is closed", async (t) => {
    const { client, peer } = await connectPair(t, module);
    const blob = await staleBlob(t);
    const order = orderOf(client, "close");
    client.on("error", () => order.push("error after close"));
    const told = new Promise((resolve) => {
      client.send(blob, resolve);
    });
    const ended = closed(peer);
    client.terminate();
    assert.ok((await told) instanceof Error);
    await ended;
    await turn();
    assert.deepEqual(
      order.filter((name) => name === "close"),
      ["close"],
    );
  });

  check("in a ping is one too", async (t) => {
    const { socket } = await rawClientOf(t, module);
    const failed = event(socket, "error");
    socket.ping(await staleBlob(t));
    assertUnreadable((await failed)[0]);
  });

  check("keeps its place: what was read before it is sent", async (t) => {
    const { raw, socket } = await rawClientOf(t, module);
    socket.on("error", () => {});
    const blob = await staleBlob(t);
    socket.send(new Blob(["good"]));
    socket.send(blob);
    const frame = await raw.readFrame();
    assert.deepEqual([frame.opcode, frame.payload.toString()], [opcodes.binary, "good"]);
    assert.equal((await raw.readToEnd()).length, 0);
  });
});
