// Arguments and uses that no documentation names, and that programs have all the same.

import assert from "node:assert/strict";
import http, { type ClientRequest } from "node:http";
import https from "node:https";
import net from "node:net";
import tls from "node:tls";
import { startRawServer } from "../support/raw-server.js";
import { compare } from "./implementations.js";
import { closed, connectPair, connectTo, event, failed, rawClientOf } from "./support/peers.js";
import type { CompatSocket, Options } from "./support/ws-module.js";

await compare("odd uses", (module, check) => {
  check("callbacks that are none are not called", async (t) => {
    const { client, peer } = await connectPair(t, module);
    const messages: string[] = [];
    client.on("message", (data: Buffer) => messages.push(String(data)));
    for (const none of [null, false, 0]) peer.send("x", {}, none as never);
    peer.close();
    peer.send("late", {}, null as never);
    await closed(client);
    assert.deepEqual(messages, ["x", "x", "x"]);
  });

  check("members of Node's modules that are replaced later on are the ones that are called", async (t) => {
    const called: string[] = [];
    for (const [kind, name] of [
      [http, "createServer"],
      [http, "request"],
      [https, "request"],
      [net, "connect"],
      [tls, "connect"],
    ] as const) {
      const members = kind as unknown as Record<string, (...given: unknown[]) => unknown>;
      const original = members[name] as (...given: unknown[]) => unknown;
      members[name] = (...given) => {
        called.push(name);
        return original(...given);
      };
      t.after(() => {
        members[name] = original;
      });
    }
    const { peer } = await connectPair(t, module);
    assert.deepEqual(called.splice(0), ["createServer", "request", "connect"]);
    const { port } = peer._socket.address() as net.AddressInfo;
    await failed(connectTo(t, module, `wss://127.0.0.1:${port}`));
    assert.deepEqual(called, ["request", "connect"]);
  });

  check("options that are no object have nothing to say", async (t) => {
    const { client, peer } = await connectPair(t, module);
    const messages: unknown[] = [];
    client.on("message", (data: Buffer, isBinary: boolean) => messages.push([String(data), isBinary]));
    for (const none of ["utf8", true, 1, null]) peer.send("x", none as never);
    peer.close();
    await closed(client);
    assert.deepEqual(messages, Array(4).fill(["x", false]));
  });

  check("options are true as JavaScript has it", async (t) => {
    const { socket, raw } = await rawClientOf(t, module, { perMessageDeflate: false });
    socket.send("x", { fin: 1 } as Options);
    socket.send("y", { mask: 1, binary: 1 } as Options);
    const [first, second] = [await raw.readFrame(), await raw.readFrame()];
    assert.deepEqual([first.opcode, first.fin, first.isMasked], [1, true, false]);
    assert.deepEqual([second.opcode, second.fin, second.isMasked], [2, true, true]);
  });

  check("compress: 1 compresses", async (t) => {
    const { client, peer } = await connectPair(t, module, { server: { perMessageDeflate: true } });
    const received = event(client, "message");
    const { bytesWritten } = peer._socket;
    peer.send("b".repeat(10_000), { compress: 1 } as Options);
    await received;
    assert.ok(peer._socket.bytesWritten - bytesWritten < 1000);
  });

  check("a Proxy around a WebSocket, and what inherits from one, send and close", async (t) => {
    const { client, peer } = await connectPair(t, module);
    const messages: string[] = [];
    client.on("message", (data: Buffer) => messages.push(String(data)));
    const around = new Proxy(peer, {});
    around.send("by a proxy");
    (Object.create(peer) as CompatSocket).send("by an heir");
    around.ping();
    around.close(4000, "done");
    assert.deepEqual(await closed(client), { code: 4000, reason: "done" });
    assert.deepEqual(messages, ["by a proxy", "by an heir"]);
  });

  check("a test may put stubs into the place of what is inside", async (t) => {
    const { peer } = await connectPair(t, module);
    for (const name of ["_socket", "_sender", "_receiver"] as const) {
      const real = peer[name];
      const stub = { remoteAddress: "192.0.2.1" };
      Object.assign(peer, { [name]: stub });
      assert.equal(peer[name], stub as never, name);
      Object.assign(peer, { [name]: real });
    }
  });

  check("an open connection keeps the limits that it began with", async (t) => {
    const { server, client, peer } = await connectPair(t, module);
    const received = event(peer, "message");
    server.options.maxPayload = 5;
    client.send("longer than five");
    assert.equal(String((await received)[0]), "longer than five");
  });

  check("closeTimeout: undefined does not wait", async (t) => {
    const { client, peer } = await connectPair(t, module, { client: { closeTimeout: undefined } });
    peer.pause();
    client.close();
    assert.equal((await closed(client)).code, 1006);
  });

  check("a close code is cut to a whole one", async (t) => {
    const { client, peer } = await connectPair(t, module);
    assert.throws(() => peer.close(999.5), { name: "TypeError" });
    peer.close(1000.5);
    assert.equal((await closed(client)).code, 1000);
  });

  check("the first fault of a frame is the one that is told", async (t) => {
    const { client, peer } = await connectPair(t, module);
    client.on("error", () => {});
    const failed = event(peer, "error");
    client._socket.write(Buffer.of(0x80, 0x01, 65));
    assert.equal((await failed)[0].code, "WS_ERR_INVALID_OPCODE");
  });

  check("fragments are handed out to who asks for them before the last has come", async (t) => {
    const { client, peer } = await connectPair(t, module);
    const pinged = event(client, "ping");
    peer.send(Buffer.from("x"), { fin: false });
    peer.ping();
    await pinged;
    client.binaryType = "fragments";
    const received = event(client, "message");
    peer.send(Buffer.alloc(0), { fin: false });
    peer.send(Buffer.from("y"));
    assert.deepEqual((await received)[0].map(String), ["x", "y"]);
  });

  check("a request that is given up says so", async (t) => {
    const { url } = await startRawServer(t);
    let request: ClientRequest | undefined;
    const finishRequest = (given: ClientRequest): void => {
      request = given;
      given.end();
    };
    const client = connectTo(t, module, url, { finishRequest });
    client.on("error", () => {});
    const aborted = event(request as never, "abort");
    client.terminate();
    await Promise.all([aborted, closed(client)]);
    assert.equal(request?.aborted, true);
  });
});
