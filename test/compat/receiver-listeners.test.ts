// What a program does to the listeners of a WebSocket's `_receiver` decides what the WebSocket hears.

import assert from "node:assert/strict";
import { compare } from "./implementations.js";
import { closed, connectPair, event } from "./support/peers.js";

await compare("the listeners of _receiver", (module, check) => {
  check("are one for each kind of event", async (t) => {
    const { client, peer } = await connectPair(t, module);
    for (const socket of [client, peer]) {
      for (const name of ["message", "ping", "pong", "conclude"]) {
        assert.equal(socket._receiver.listenerCount(name), 1, name);
      }
    }
  });

  check("leave a ping without an answer when that for it is taken off", async (t) => {
    const { client, peer } = await connectPair(t, module);
    const heard: string[] = [];
    client.on("pong", () => heard.push("client's pong"));
    peer.on("ping", () => heard.push("peer's ping"));
    peer._receiver.removeAllListeners("ping");
    client.ping("anybody?");
    client.send("after it");
    await event(peer, "message");
    peer.send("an answer");
    await event(client, "message");
    assert.deepEqual(heard, []);
  });

  check("leave a message to another listener when that for it is taken off", async (t) => {
    const { client, peer } = await connectPair(t, module);
    const heard: unknown[] = [];
    peer.on("message", (data: Buffer) => heard.push(data.toString()));
    client.send("first");
    await event(peer, "message");
    peer._receiver.removeAllListeners("message");
    client.send("second");
    const [data, isBinary] = await event(peer._receiver, "message");
    assert.deepEqual([String(data), isBinary], ["second", false]);
    assert.deepEqual(heard, ["first"]);
  });

  check("leave a Close without an answer when that for it is taken off", async (t) => {
    const { client, peer } = await connectPair(t, module, { client: { closeTimeout: 50 } });
    peer._receiver.removeAllListeners("conclude");
    const concluded = event(peer._receiver, "conclude");
    client.close(1000, "enough");
    const [code, reason] = await concluded;
    assert.deepEqual([code, String(reason)], [1000, "enough"]);
    assert.equal((await closed(client)).code, 1006);
    assert.equal(peer._closeFrameReceived, false);
  });

  check("hear what comes in when they are added, after the WebSocket", async (t) => {
    const { client, peer } = await connectPair(t, module);
    const heard: string[] = [];
    for (const name of ["message", "ping", "pong"]) {
      peer._receiver.on(name, (data: Buffer) => heard.push(`receiver's ${name} ${data}`));
      peer.on(name, (data: Buffer) => heard.push(`socket's ${name} ${data}`));
    }
    client.ping("a");
    client.pong("b");
    client.send("c");
    await event(peer, "message");
    await event(client, "pong");
    assert.deepEqual(heard, [
      "socket's ping a",
      "receiver's ping a",
      "socket's pong b",
      "receiver's pong b",
      "socket's message c",
      "receiver's message c",
    ]);
  });
});
