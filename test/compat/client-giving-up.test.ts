// The openings that come to no answer: the server is not there, or the client does not wait.

import assert from "node:assert/strict";
import { createServer } from "node:net";
import { startRawServer, switchingHead } from "../support/raw-server.js";
import { headOf } from "../support/wire.js";
import { compare } from "./implementations.js";
import { early, opening } from "./support/opening.js";
import { connectTo, event, failed, orderOf, turn } from "./support/peers.js";

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await event(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await event(server, "close");
  return port;
}

await compare("a server that a client does not reach", (module, check) => {
  check("refuses its connection", async (t) => {
    const client = connectTo(t, module, `ws://127.0.0.1:${await freePort()}`);
    const order = orderOf(client, "open", "error", "close");
    const error = await failed(client);
    assert.equal(error.code, "ECONNREFUSED");
    assert.deepEqual(order, ["error", "close"]);
  });

  check("closes the connection before it answers", async (t) => {
    const { client, raw } = await opening(t, module);
    raw.socket.end();
    const error = await failed(client);
    assert.equal(error.message, "socket hang up");
    assert.equal(error.code, "ECONNRESET");
  });

  check("does not answer within handshakeTimeout", async (t) => {
    const { client, raw } = await opening(t, module, { handshakeTimeout: 30 });
    const error = await failed(client);
    assert.equal(error.message, "Opening handshake has timed out");
    assert.equal(client.readyState, client.CLOSED);
    await raw.readToEnd();
  });

  check("that answers within handshakeTimeout is not disturbed by it later", async (t) => {
    const { client, raw, head } = await opening(t, module, { handshakeTimeout: 500 });
    const opened = event(client, "open");
    raw.write(switchingHead(head));
    await opened;
    assert.equal(client._socket.timeout, 0);
  });
});

await compare("a client that gives up while it connects", (module, check) => {
  for (const method of ["close", "terminate"] as const) {
    check(`${method} is an error, which comes later, and the end`, async (t) => {
      const { client, raw } = await opening(t, module);
      const order = orderOf(client, "open", "error", "close");
      const ended = event(client, "close");
      const error = event(client, "error");
      client[method]();
      assert.deepEqual(order, []);
      assert.equal(client.readyState, client.CLOSING);
      assert.equal((await error)[0].message, early);
      assert.deepEqual(await ended, [1006, Buffer.alloc(0)]);
      assert.deepEqual(order, ["error", "close"]);
      await raw.readToEnd();
    });

    check(`${method} may come at once, and twice`, async (t) => {
      const server = await startRawServer(t);
      const client = connectTo(t, module, server.url);
      let errors = 0;
      client.on("error", () => errors++);
      client[method]();
      client[method]();
      await event(client, "close");
      await turn();
      assert.equal(errors, 1);
      client[method]();
      await turn();
      assert.equal(errors, 1);
    });

    check(`${method} may come from the upgrade event`, async (t) => {
      const { client, raw, head } = await opening(t, module);
      client.on("open", () => assert.fail("opened"));
      client.on("upgrade", () => client[method]());
      raw.write(switchingHead(head));
      assert.equal((await failed(client)).message, early);
      await raw.readToEnd();
    });

    check(`${method} may come from the error of another failure`, async (t) => {
      const { client, raw } = await opening(t, module);
      let errors = 0;
      client.on("error", () => {
        errors++;
        client[method]();
      });
      raw.write(headOf("HTTP/1.1 404 Not Found", "Content-Length: 0"));
      await event(client, "close");
      assert.equal(errors, 1);
    });
  }

  check("close with a code or a reason is no different", async (t) => {
    const { client } = await opening(t, module);
    client.close(1234567, "x".repeat(1000));
    assert.equal((await failed(client)).message, early);
  });

  check("sends nothing, pings nothing, and neither pauses nor resumes", async (t) => {
    const { client } = await opening(t, module);
    const message = "WebSocket is not open: readyState 0 (CONNECTING)";
    for (const call of [
      () => client.send("a"),
      () => client.send("a", () => assert.fail("called back")),
      () => client.ping(),
      () => client.pong(),
    ]) {
      assert.throws(call, { name: "Error", message });
    }
    client.pause();
    assert.equal(client.isPaused, false);
    client.resume();
    assert.equal(client.bufferedAmount, 0);
  });
});
