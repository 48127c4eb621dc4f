// addEventListener and the on… attributes, with the habits that they have in ws.

import assert from "node:assert/strict";
import { opcodes } from "../support/wire.js";
import { compare } from "./implementations.js";
import { idleClient } from "./support/idle-agent.js";
import { connectPair, connectTo, event, rawClientOf, rawServerOf, startServer } from "./support/peers.js";
import type { CompatEvent, CompatSocket, EventHandler } from "./support/ws-module.js";

const types = ["open", "message", "close", "error"] as const;
const attributes = ["onopen", "onmessage", "onclose", "onerror"] as const;

await compare("the on attributes", (module, check) => {
  check("are null until they are set, and hold what they were set to", () => {
    const { client } = idleClient(module.WebSocket);
    for (const name of attributes) {
      assert.equal(client[name], null);
      const first = (): void => {};
      const second = (): void => {};
      client[name] = first;
      assert.equal(client[name], first);
      client[name] = second;
      assert.equal(client[name], second);
      assert.equal(client.listenerCount(name.slice(2)), 1);
      client[name] = null;
      assert.equal(client[name], null);
      assert.equal(client.listenerCount(name.slice(2)), 0);
    }
  });

  check("take functions only; anything else is null", () => {
    const { client } = idleClient(module.WebSocket);
    for (const name of attributes) {
      for (const wrong of [{ handleEvent() {} }, "text", 1, undefined, {}]) {
        client[name] = () => {};
        client[name] = wrong;
        assert.equal(client[name], null);
      }
    }
  });

  check("are not what on and addEventListener add", () => {
    const { client } = idleClient(module.WebSocket);
    for (const [index, name] of attributes.entries()) {
      client.on(types[index] as string, () => {});
      client.addEventListener(types[index] as string, () => {});
      assert.equal(client[name], null);
    }
  });

  check("and addEventListener do not know each other's handlers", () => {
    const { client } = idleClient(module.WebSocket);
    for (const [index, name] of attributes.entries()) {
      const type = types[index] as string;
      const handler = (): void => {};
      client[name] = handler;
      client.addEventListener(type, handler);
      assert.equal(client.listenerCount(type), 2);
      client.removeEventListener(type, handler);
      assert.equal(client.listenerCount(type), 1);
      assert.equal(client[name], handler);
      client.removeEventListener(type, handler);
      assert.equal(client[name], handler);
      client[name] = null;
      assert.equal(client.listenerCount(type), 0);
    }
  });

  check("are called in the order in which they were set, anew when they are replaced", () => {
    const { client } = idleClient(module.WebSocket);
    const order: number[] = [];
    client.onopen = () => order.push(0);
    client.addEventListener("open", () => order.push(1));
    client.on("open", () => order.push(2));
    client.onopen = () => order.push(3);
    client.emit("open");
    assert.deepEqual(order, [1, 2, 3]);
  });

  check("are removed by removeAllListeners", () => {
    const { client } = idleClient(module.WebSocket);
    client.onopen = () => {};
    client.removeAllListeners("open");
    assert.equal(client.onopen, null);
  });
});

await compare("addEventListener", (module, check) => {
  check("takes the four types, and no others", () => {
    const { client } = idleClient(module.WebSocket);
    for (const type of types) {
      client.addEventListener(type, () => {});
      assert.equal(client.listenerCount(type), 1);
    }
    for (const type of ["ping", "pong", "upgrade", "redirect", "foo", ""]) {
      client.addEventListener(type, () => {});
      assert.equal(client.listenerCount(type), 0);
    }
  });

  check("adds a handler once, a function or an object", () => {
    const { client } = idleClient(module.WebSocket);
    const handlers: EventHandler[] = [() => {}, { handleEvent() {} }];
    for (const handler of handlers) {
      client.addEventListener("message", handler);
      client.addEventListener("message", handler);
      client.addEventListener("message", handler, { once: true });
    }
    assert.equal(client.listenerCount("message"), 2);
    for (const handler of handlers) client.removeEventListener("message", handler);
    assert.equal(client.listenerCount("message"), 0);
  });

  check("shows its listeners to listeners, and removeListener does not know the handler", () => {
    const { client } = idleClient(module.WebSocket);
    const handler = (): void => {};
    client.addEventListener("message", handler);
    assert.equal(client.listeners("message").length, 1);
    assert.notEqual(client.listeners("message")[0], handler);
    client.removeListener("message", handler);
    assert.equal(client.listenerCount("message"), 1);
  });

  check("calls a function with the socket as this, an object with itself", () => {
    const { client } = idleClient(module.WebSocket);
    const called: unknown[] = [];
    client.addEventListener("open", function (this: unknown) {
      called.push(this);
    });
    const handler = {
      handleEvent(this: unknown, given: CompatEvent): void {
        called.push(this, given.target);
      },
    };
    client.addEventListener("open", handler);
    client.onopen = function (this: unknown) {
      called.push(this);
    };
    client.emit("open");
    assert.deepEqual(called.length, 4);
    assert.equal(called[0], client);
    assert.equal(called[1], handler);
    assert.equal(called[2], client);
    assert.equal(called[3], client);
  });

  check("with once, calls once", () => {
    const { client } = idleClient(module.WebSocket);
    let calls = 0;
    client.addEventListener("open", () => calls++, { once: true });
    client.emit("open");
    client.emit("open");
    assert.equal(calls, 1);
    client.addEventListener("open", () => calls++, { once: false });
    client.emit("open");
    client.emit("open");
    assert.equal(calls, 3);
  });

  check("with once, is removed by removeEventListener before it is called", () => {
    const { client } = idleClient(module.WebSocket);
    const handler = (): void => assert.fail("called");
    client.addEventListener("open", handler, { once: true });
    client.removeEventListener("open", handler);
    client.emit("open");
  });

  check("does not remove what it does not know", () => {
    const { client } = idleClient(module.WebSocket);
    client.addEventListener("open", () => {});
    client.removeEventListener("open", () => {});
    client.removeEventListener("foo", () => {});
    assert.equal(client.listenerCount("open"), 1);
  });
});

/** The next event of this type, as a handler is given it. */
function handled(socket: CompatSocket, type: string): Promise<CompatEvent> {
  return new Promise((resolve) => {
    socket.addEventListener(type, resolve, { once: true });
  });
}

const enumerable = (given: CompatEvent): string[] => {
  const names: string[] = [];
  for (const name in given) names.push(name);
  return names.sort();
};

await compare("the event that a handler is given", (module, check) => {
  check("of open has a type and a target", async (t) => {
    const { url } = await startServer(t, module);
    const client = connectTo(t, module, url);
    const given = await handled(client, "open");
    assert.equal(given.type, "open");
    assert.equal(given.target, client);
    assert.equal(given.constructor.name, "Event");
    assert.deepEqual(enumerable(given), ["target", "type"]);
    assert.throws(() => Object.assign(given, { type: "other" }), TypeError);
  });

  check("of message has the data: text as a string, bytes as binaryType says", async (t) => {
    const { raw, socket } = await rawClientOf(t, module);
    const next = async (opcode: number): Promise<CompatEvent> => {
      const given = handled(socket, "message");
      raw.sendFrame({ opcode, payload: "€" });
      return given;
    };
    const asText = await next(opcodes.text);
    assert.equal(asText.data, "€");
    assert.equal(asText.type, "message");
    assert.equal(asText.target, socket);
    assert.equal(asText.constructor.name, "MessageEvent");
    assert.deepEqual(enumerable(asText), ["data", "target", "type"]);
    assert.ok(Buffer.isBuffer((await next(opcodes.binary)).data));
    socket.binaryType = "arraybuffer";
    assert.ok((await next(opcodes.binary)).data instanceof ArrayBuffer);
    assert.equal((await next(opcodes.text)).data, "€");
    socket.binaryType = "fragments";
    assert.ok(Array.isArray((await next(opcodes.binary)).data));
    socket.binaryType = "blob";
    assert.ok((await next(opcodes.binary)).data instanceof Blob);
  });

  check("of close has the code, the reason as a string, and wasClean", async (t) => {
    const { client, peer } = await connectPair(t, module);
    const both = [handled(client, "close"), handled(peer, "close")];
    client.close(4000, "€");
    for (const [index, given] of (await Promise.all(both)).entries()) {
      assert.equal(given.type, "close");
      assert.equal(given.target, [client, peer][index]);
      assert.deepEqual([given.code, given.reason, given.wasClean], [4000, "€", true]);
      assert.equal(given.constructor.name, "CloseEvent");
      assert.deepEqual(enumerable(given), ["code", "reason", "target", "type", "wasClean"]);
    }
  });

  check("of close is not clean without a handshake, and clean without a code", async (t) => {
    const first = await connectPair(t, module);
    const broken = handled(first.peer, "close");
    first.client.terminate();
    const { code, reason, wasClean } = await broken;
    assert.deepEqual([code, reason, wasClean], [1006, "", false]);
    const second = await connectPair(t, module);
    const clean = handled(second.peer, "close");
    second.client.close();
    const given = await clean;
    assert.deepEqual([given.code, given.reason, given.wasClean], [1005, "", true]);
  });

  check("of close is not clean when the own close frame alone was sent", async (t) => {
    const { raw, socket } = await rawServerOf(t, module);
    const given = handled(socket, "close");
    socket.close(1000);
    await raw.readFrame();
    raw.socket.end();
    assert.deepEqual([(await given).code, (await given).wasClean], [1006, false]);
  });

  check("of error has the error and its message, and counts as a listener of it", async (t) => {
    const { raw, socket } = await rawClientOf(t, module);
    const given = handled(socket, "error");
    const emitted = event(socket, "error");
    raw.sendFrame({ opcode: 3 });
    const [error] = await emitted;
    assert.equal((await given).error, error);
    assert.equal((await given).message, "Invalid WebSocket frame: invalid opcode 3");
    assert.equal((await given).type, "error");
    assert.equal((await given).target, socket);
    assert.equal((await given).constructor.name, "ErrorEvent");
    assert.deepEqual(enumerable(await given), ["error", "message", "target", "type"]);
  });

  check("is made of what emit is given", () => {
    const { client } = idleClient(module.WebSocket);
    const given: CompatEvent[] = [];
    for (const type of types) client.addEventListener(type, (each) => given.push(each));
    client.emit("message", Buffer.from("a"), false);
    client.emit("message", "b", true);
    client.emit("close", 1, Buffer.from("c"));
    assert.deepEqual(
      given.map(({ data, code, reason, wasClean }) => [data, code, reason, wasClean]),
      [
        ["a", undefined, undefined, undefined],
        ["b", undefined, undefined, undefined],
        [undefined, 1, "c", false],
      ],
    );
  });
});
