// The class as a thing: its constants, its accessors, its methods, and what programs test it for.

import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { compare } from "./implementations.js";
import { idleClient } from "./support/idle-agent.js";
import { closed, connectPair, connectTo, event, startServer } from "./support/peers.js";

const states = { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 };
const readOnly = ["bufferedAmount", "extensions", "isPaused", "protocol", "readyState", "url"];
const settable = ["binaryType", "onopen", "onmessage", "onclose", "onerror"];
const methods = ["close", "pause", "ping", "pong", "resume", "send", "terminate"];

await compare("the class WebSocket", (module, check) => {
  const { WebSocket } = module;

  for (const [name, value] of Object.entries(states)) {
    check(`has the constant ${name} on itself and on its instances`, () => {
      const expected = { configurable: false, enumerable: true, value, writable: false };
      assert.deepEqual(Object.getOwnPropertyDescriptor(WebSocket, name), expected);
      assert.deepEqual(Object.getOwnPropertyDescriptor(WebSocket.prototype, name), expected);
    });
  }

  for (const name of [...readOnly, ...settable]) {
    check(`has the accessor ${name}, which is enumerable and configurable`, () => {
      const found = Object.getOwnPropertyDescriptor(WebSocket.prototype, name);
      assert.equal(found?.enumerable, true);
      assert.equal(found?.configurable, true);
      assert.equal(typeof found?.get, "function");
      assert.equal(typeof found?.set, settable.includes(name) ? "function" : "undefined");
    });
  }

  check("has its methods on its prototype, where they can be replaced", () => {
    for (const name of [...methods, "addEventListener", "removeEventListener"]) {
      const found = Object.getOwnPropertyDescriptor(WebSocket.prototype, name);
      assert.equal(typeof found?.value, "function", name);
      assert.equal(found?.writable, true, name);
      assert.equal(found?.configurable, true, name);
    }
  });

  check("is an EventEmitter called WebSocket, and not an EventTarget", () => {
    assert.equal(WebSocket.name, "WebSocket");
    assert.equal(Object.getPrototypeOf(WebSocket), EventEmitter);
    assert.equal(Object.getPrototypeOf(WebSocket.prototype), EventEmitter.prototype);
    const { client } = idleClient(WebSocket);
    assert.ok(client instanceof EventEmitter);
    assert.equal((client as unknown) instanceof EventTarget, false);
    assert.equal(client.constructor, WebSocket);
    assert.equal("dispatchEvent" in client, false);
  });

  check("can be extended", async (t) => {
    class Own extends WebSocket {
      own(): string {
        return `${this.readyState} of ${this.url}`;
      }
    }
    const { url } = await startServer(t, module);
    const client = connectTo(t, { WebSocket: Own }, url) as Own;
    assert.ok(client instanceof WebSocket);
    assert.equal(client.own(), `0 of ${url}/`);
    await event(client, "open");
    assert.equal(client.own(), `1 of ${url}/`);
  });

  check("has read-only attributes that throw when they are set", () => {
    const { client } = idleClient(WebSocket);
    for (const name of [...readOnly, "OPEN"]) {
      assert.throws(() => Object.assign(client, { [name]: 1 }), { name: "TypeError" }, name);
    }
  });
});

await compare("the attributes of a WebSocket", (module, check) => {
  const { WebSocket } = module;

  check("begin as they are documented", () => {
    const { client } = idleClient(WebSocket);
    assert.equal(client.binaryType, "nodebuffer");
    assert.equal(client.bufferedAmount, 0);
    assert.equal(client.extensions, "");
    assert.equal(client.isPaused, false);
    assert.equal(client.protocol, "");
    assert.equal(client.readyState, 0);
    assert.equal(client.url, "ws://localhost/");
    for (const name of ["onopen", "onmessage", "onclose", "onerror"] as const) {
      assert.equal(client[name], null);
    }
  });

  check("readyState goes through its four values", async (t) => {
    const { url } = await startServer(t, module);
    const client = connectTo(t, module, url);
    const seen = [client.readyState];
    client.on("open", () => {
      seen.push(client.readyState);
      client.close();
      seen.push(client.readyState);
    });
    await event(client, "close");
    assert.deepEqual([...seen, client.readyState], [0, 1, 2, 3]);
  });

  check("binaryType takes its four values and ignores others", () => {
    const { client } = idleClient(WebSocket);
    for (const type of ["arraybuffer", "fragments", "blob", "nodebuffer"]) {
      client.binaryType = type;
      assert.equal(client.binaryType, type);
      for (const wrong of ["", "buffer", "ArrayBuffer", undefined, null, 1]) {
        client.binaryType = wrong as string;
        assert.equal(client.binaryType, type);
      }
    }
  });

  check("extensions names permessage-deflate where it is agreed on, at both ends", async (t) => {
    const plain = await connectPair(t, module);
    assert.equal(plain.client.extensions, "");
    assert.equal(plain.peer.extensions, "");
    const { client, peer } = await connectPair(t, module, { server: { perMessageDeflate: true } });
    assert.equal(client.extensions, "permessage-deflate");
    assert.equal(peer.extensions, "permessage-deflate");
  });

  check("url is not there at a server", async (t) => {
    const { peer } = await connectPair(t, module);
    assert.equal(peer.url, undefined);
    assert.equal(peer.protocol, "");
  });

  check("upgrade is emitted before open, each without surplus arguments", async (t) => {
    const { url } = await startServer(t, module);
    const client = connectTo(t, module, url);
    const order: string[] = [];
    client.on("upgrade", (...given: unknown[]) => order.push(`upgrade ${given.length} ${client.readyState}`));
    client.on("open", (...given: unknown[]) => order.push(`open ${given.length} ${client.readyState}`));
    await event(client, "open");
    assert.deepEqual(order, ["upgrade 1 0", "open 0 1"]);
  });
});

await compare("what libraries reach for", (module, check) => {
  check("_socket has addresses, and takes setNoDelay, setKeepAlive, ref and unref", async (t) => {
    const { client, peer, request } = await connectPair(t, module);
    assert.equal(peer._socket.remoteAddress, "127.0.0.1");
    assert.equal(peer._socket.remotePort, client._socket.localPort);
    assert.equal(peer._socket, request.socket);
    for (const { _socket: socket } of [client, peer]) {
      assert.equal(socket.setNoDelay(false), socket);
      assert.equal(socket.setKeepAlive(true, 1000), socket);
      assert.equal(socket.unref(), socket);
      assert.equal(socket.ref(), socket);
      assert.equal(socket.writable, true);
      assert.equal(socket.timeout, 0);
      assert.equal(typeof socket.bytesRead, "number");
      assert.ok(socket.bytesWritten > 0);
    }
  });

  check("_socket is null before there is a connection", () => {
    const { client } = idleClient(module.WebSocket);
    assert.equal(client._socket, null);
    assert.equal(client._sender, null);
    assert.equal(client._receiver, null);
    assert.equal(client._readyState, 0);
    assert.equal(client._isServer, false);
    assert.ok(client._req);
  });

  check("_sender.sendFrame writes what Sender.frame made", async (t) => {
    const { client, peer } = await connectPair(t, module);
    const message = event(client, "message");
    const frame = module.Sender.frame(Buffer.from("prepared"), {
      readOnly: false,
      mask: false,
      rsv1: false,
      opcode: 1,
      fin: true,
    });
    await new Promise<void>((resolve) => {
      peer._sender.sendFrame(frame, () => resolve());
    });
    const [data, isBinary] = await message;
    assert.equal(String(data), "prepared");
    assert.equal(isBinary, false);
  });

  check("_sender.sendFrame calls back for nothing too, behind what was sent before", async (t) => {
    const { peer } = await connectPair(t, module);
    const told: string[] = [];
    peer.send("before", () => told.push("before"));
    await new Promise<void>((resolve) => {
      peer._sender.sendFrame([Buffer.alloc(0)], () => resolve());
    });
    assert.deepEqual(told, ["before"]);
    await new Promise<void>((resolve) => {
      peer._sender.sendFrame([Buffer.alloc(0)], () => resolve());
    });
  });

  check("the state of the closing handshake is readable", async (t) => {
    const { client, peer } = await connectPair(t, module);
    assert.deepEqual([client._closeFrameSent, client._closeFrameReceived], [false, false]);
    assert.equal(client._readyState, 1);
    assert.equal(peer._isServer, true);
    const both = Promise.all([closed(client), closed(peer)]);
    client.close(4000, "why");
    await both;
    for (const socket of [client, peer]) {
      assert.deepEqual([socket._closeFrameSent, socket._closeFrameReceived], [true, true]);
      assert.equal(socket._readyState, 3);
      assert.equal(socket._closeCode, 4000);
      assert.equal(socket._closeMessage.toString(), "why");
    }
  });

  check("_receiver is a Receiver, _sender a Sender, and _socket stays after the end", async (t) => {
    const { client, peer } = await connectPair(t, module);
    assert.ok(client._receiver instanceof module.Receiver);
    assert.ok(client._sender instanceof module.Sender);
    const socket = peer._socket;
    const both = Promise.all([closed(client), closed(peer)]);
    client.terminate();
    await both;
    assert.equal(peer._socket, socket);
    assert.equal(socket.destroyed, true);
    assert.equal(client._socket.destroyed, true);
  });
});
