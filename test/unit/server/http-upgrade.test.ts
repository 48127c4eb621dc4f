import assert from "node:assert/strict";
import type { Duplex } from "node:stream";
import { describe, test } from "node:test";
import { HandshakeError } from "sluice";
import { ConnectionRegistry } from "#src/server/connection-registry.js";
import { repeatWithoutUpgrade, upgradeFromHttp } from "#src/server/http-upgrade.js";
import { makeUpgrader, nodeUpgrade } from "./arrival.js";

const nothing = new Uint8Array(0);

describe("an upgrade from Node's HTTP server", () => {
  test("opens a connection, to which what came early belongs", async () => {
    const messages: unknown[] = [];
    const registry = new ConnectionRegistry<unknown>();
    const upgrader = makeUpgrader({ message: (_ws, data) => messages.push(data) }, {}, registry);
    const { message, socket, peer } = nodeUpgrade();
    const early = Uint8Array.of(0x81, 0x81, 0, 0, 0, 0, 0x61);
    const outcome = await upgradeFromHttp(upgrader, message, socket, early);
    assert.ok(!(outcome instanceof Error));
    assert.equal((await peer.readHead()).status, 101);
    assert.deepEqual([messages, registry.connections.size], [["a"], 1]);
    outcome.terminate();
  });

  test("is counted as being answered until its hook has decided", async () => {
    let decide: (isWelcome: boolean) => void = () => {};
    const upgrade = () =>
      new Promise<boolean>((resolve) => {
        decide = resolve;
      });
    const upgrader = makeUpgrader({ upgrade });
    const { message, socket } = nodeUpgrade();
    const outcome = upgradeFromHttp(upgrader, message, socket, nothing);
    assert.equal(upgrader.registry.answering.size, 1);
    decide(true);
    const ws = await outcome;
    assert.ok(!(ws instanceof Error));
    assert.equal(upgrader.registry.answering.size, 0);
    ws.terminate();
  });

  test("is refused when its hook is late, or it has too many headers", async () => {
    const late = makeUpgrader({ upgrade: () => new Promise(() => {}) }, { handshakeTimeoutMs: 5 });
    const narrow = makeUpgrader({}, { maxHeaders: 5 });
    const lateText = "the request was not complete, or not decided upon, within 5 ms (handshakeTimeoutMs)";
    for (const [upgrader, more, status, code, text] of [
      [late, {}, 408, "HANDSHAKE_TIMED_OUT", lateText],
      [narrow, { "x-one": "1" }, 431, "TOO_MANY_HEADERS", "more than 5 headers (maxHeaders)"],
    ] as const) {
      const { message, socket, peer } = nodeUpgrade("/", more);
      const outcome = await upgradeFromHttp(upgrader, message, socket, nothing);
      assert.ok(outcome instanceof HandshakeError);
      assert.deepEqual([outcome.code, outcome.message], [code, text]);
      assert.equal((await peer.readHead()).status, status);
      peer.socket.end();
    }
  });
});

describe("a request that is given back to Node's HTTP server", () => {
  async function repeated(version: string, headers: Record<string, string>): Promise<string> {
    const { message, socket, peer } = nodeUpgrade("/a?b", { upgrade: "h2c", ...headers });
    Object.assign(message, { httpVersion: version });
    peer.socket.end();
    let read = "";
    const whole = new Promise<void>((resolve) => {
      const serve = (stream: Duplex): void => {
        stream.on("data", (chunk) => {
          read += String(chunk);
        });
        stream.on("end", () => resolve());
      };
      repeatWithoutUpgrade(message, socket, Uint8Array.from(Buffer.from("behind")), serve);
    });
    await whole;
    return read;
  }

  test("offers no other protocol, and keeps what came behind it", async () => {
    const text = await repeated("1.1", { connection: "Upgrade, HTTP2-Settings" });
    assert.match(text, /^GET \/a\?b HTTP\/1\.1\r\nhost: localhost\r\n/);
    assert.match(text, /\r\n\r\nbehind$/);
    assert.doesNotMatch(text, /^(?:upgrade|connection):/im);
  });

  test("says that the connection is not kept when it said so", async () => {
    assert.match(await repeated("1.1", { connection: "Upgrade, close" }), /\r\nConnection: close\r\n/);
    assert.match(await repeated("1.0", {}), /\r\nConnection: close\r\n/);
  });

  test("is not taken for the last because of an option whose name holds the word", async () => {
    assert.doesNotMatch(await repeated("1.1", { connection: "Upgrade, do-not-close" }), /connection: close/i);
  });
});
