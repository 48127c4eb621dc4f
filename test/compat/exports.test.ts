// What the door gives out, by import and by require.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { Writable } from "node:stream";
import { compare } from "./implementations.js";
import type { WsModule } from "./support/ws-module.js";

const names = [
  "PerMessageDeflate",
  "Receiver",
  "Sender",
  "WebSocket",
  "WebSocketServer",
  "createWebSocketStream",
  "extension",
  "subprotocol",
] as const;

await compare("the exports", (module, check, { specifier }) => {
  check("of import are those of ws, and default is the class", () => {
    const given = Object.keys(module).filter((name) => name !== "module.exports");
    assert.deepEqual(given.sort(), [...names, "default"].sort());
    assert.equal(module.default, module.WebSocket);
  });

  const required = createRequire(import.meta.url)(specifier) as WsModule["default"];

  check("of require is the class itself, the very one of import, and all others are its members", () => {
    assert.equal(required, module.WebSocket);
    assert.equal(required.name, "WebSocket");
    for (const name of names) {
      assert.equal(required[name], module[name], name);
      assert.ok(Object.keys(required).includes(name), name);
    }
  });

  check("of require have another name for the server", () => {
    assert.equal(required.Server, module.WebSocketServer);
    assert.ok(Object.keys(required).includes("Server"));
  });

  check("have the names and the kinds that programs see", () => {
    assert.equal(module.WebSocket.name, "WebSocket");
    assert.equal(module.WebSocketServer.name, "WebSocketServer");
    assert.equal(module.Receiver.name, "Receiver");
    assert.equal(module.Sender.name, "Sender");
    assert.equal(module.PerMessageDeflate.name, "PerMessageDeflate");
    assert.equal(module.PerMessageDeflate.extensionName, "permessage-deflate");
    assert.equal(module.createWebSocketStream.name, "createWebSocketStream");
    assert.ok(module.Receiver.prototype instanceof Writable);
    assert.deepEqual(Object.keys(module.extension).sort(), ["format", "parse"]);
    assert.deepEqual(Object.keys(module.subprotocol), ["parse"]);
  });

  check("are classes that want new", () => {
    for (const name of ["WebSocket", "WebSocketServer", "Receiver", "Sender", "PerMessageDeflate"] as const) {
      const call = module[name] as unknown as () => void;
      assert.throws(() => call(), { name: "TypeError" }, name);
    }
  });
});
