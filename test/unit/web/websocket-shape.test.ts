import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { StateError, WebSocket, WebSocketStream } from "sluice";
import * as web from "sluice/web";

const constants = { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 };
const attributes = ["url", "readyState", "bufferedAmount", "extensions", "protocol"];
const handlers = ["onopen", "onerror", "onclose", "onmessage"];
/** Nobody listens there, and nothing is sent there: what is made of it is closed at once. */
const nowhere = "ws://127.0.0.1:1/";

function make(...args: unknown[]): WebSocket {
  const socket: WebSocket = Reflect.construct(WebSocket, args);
  socket.close();
  return socket;
}

describe("the interface WebSocket", () => {
  test("has its constants on the class and on the prototype, and nobody can change them", () => {
    for (const [name, value] of Object.entries(constants)) {
      const expected = { value, writable: false, enumerable: true, configurable: false };
      assert.deepEqual(Object.getOwnPropertyDescriptor(WebSocket, name), expected);
      assert.deepEqual(Object.getOwnPropertyDescriptor(WebSocket.prototype, name), expected);
    }
  });

  test("has read-only attributes and handlers on the prototype, where they can be enumerated", () => {
    for (const name of [...attributes, ...handlers, "binaryType"]) {
      const found = Object.getOwnPropertyDescriptor(WebSocket.prototype, name);
      assert.equal(found?.enumerable, true, name);
      assert.equal(found?.configurable, true, name);
      assert.equal(found?.set === undefined, attributes.includes(name), name);
      assert.throws(() => found?.get?.call(new EventTarget()), TypeError, name);
      assert.throws(() => Reflect.get(WebSocket.prototype, name), TypeError, name);
      // Also with a value that would change nothing.
      if (found?.set !== undefined)
        assert.throws(() => Reflect.set(WebSocket.prototype, name, null), TypeError, name);
    }
  });

  test("has methods that can be enumerated, with the lengths of their required arguments", () => {
    for (const [name, length] of [
      ["close", 0],
      ["send", 1],
    ] as const) {
      const found = Object.getOwnPropertyDescriptor(WebSocket.prototype, name);
      assert.deepEqual([found?.enumerable, found?.writable, found?.configurable], [true, true, true]);
      assert.equal(WebSocket.prototype[name].length, length);
      assert.throws(() => Reflect.apply(WebSocket.prototype[name], {}, ["x"]), TypeError);
    }
    assert.equal(WebSocket.length, 1);
    assert.equal(WebSocket.name, "WebSocket");
  });

  test("is an EventTarget with a tag", () => {
    assert.equal(Object.getPrototypeOf(WebSocket), EventTarget);
    const socket = make(nowhere);
    assert.ok(socket instanceof EventTarget);
    assert.equal(String(socket), "[object WebSocket]");
  });

  test("is constructed, with a URL at least; further arguments are ignored", () => {
    assert.throws(() => Reflect.apply(WebSocket, undefined, [nowhere]), TypeError);
    assert.throws(() => make(), TypeError);
    assert.throws(() => make(Symbol("url")), TypeError);
    assert.ok(make(nowhere, "echo", "stray") instanceof WebSocket);
  });

  test("has initial values that show at once", () => {
    const socket = new WebSocket(new URL(nowhere));
    const { url, readyState, bufferedAmount, extensions, protocol, binaryType, onopen } = socket;
    assert.deepEqual(
      [url, readyState, bufferedAmount, extensions, protocol, binaryType, onopen],
      [nowhere, 0, 0, "", "", "blob", null],
    );
    socket.close();
    assert.equal(socket.readyState, 2);
  });

  test("takes the two binary types, and lets others pass unheard", () => {
    const socket = make(nowhere);
    socket.binaryType = "arraybuffer";
    for (const value of ["notBlobOrArrayBuffer", "", null, 1, "Blob"]) {
      Reflect.set(socket, "binaryType", value);
      assert.equal(socket.binaryType, "arraybuffer");
    }
    socket.binaryType = "blob";
    assert.equal(socket.binaryType, "blob");
  });
});

describe("the second argument of WebSocket", () => {
  for (const protocols of ["", "a b", "a,b", "\u0080", ["echo", "echo"], ["echo", "eCho"], ["echo", ""]]) {
    test(`${JSON.stringify(protocols)} is a SyntaxError`, () => {
      assert.throws(() => make(nowhere, protocols), { name: "SyntaxError", constructor: DOMException });
    });
  }

  test("is a string when it is neither a list nor options", () => {
    for (const protocols of [7, { toString: () => "echo" }, new Set(["a", "b"]), [], {}, undefined])
      assert.ok(make(nowhere, protocols) instanceof WebSocket);
    assert.throws(() => make(nowhere, { toString: () => "a b" }), { name: "SyntaxError" });
    assert.throws(() => make(nowhere, Symbol("x")), TypeError);
  });

  test("has each of its members read once, for reading may call the caller's code", () => {
    for (const construct of [
      (given: object) => make(nowhere, given),
      (given: object) => Reflect.construct(WebSocketStream, [nowhere, given]),
    ]) {
      const read: string[] = [];
      const given = Object.defineProperties(
        {},
        Object.fromEntries(
          ["targetAddressSpace", "signal", "protocols", "connectInTurn"].map((name) => [
            name,
            { enumerable: true, get: () => void read.push(name) },
          ]),
        ),
      );
      construct(given);
      assert.deepEqual(read, ["protocols", "signal", "targetAddressSpace", "connectInTurn"]);
    }
  });

  test("has its iterator's method read once", () => {
    let reads = 0;
    const list = {
      get [Symbol.iterator]() {
        reads++;
        return () => ["a", "b"].values();
      },
    };
    make(nowhere, list);
    assert.equal(reads, 1);
    assert.throws(() => make(nowhere, { [Symbol.iterator]: 7 }), TypeError);
    assert.ok(make(nowhere, { [Symbol.iterator]: null, toString: () => "echo" }) instanceof WebSocket);
  });

  test("is converted after the URL was, and judged after the URL is", () => {
    const order: string[] = [];
    const spy = (name: string, text: string): object => ({
      toString: () => {
        order.push(name);
        return text;
      },
    });
    make(spy("url", nowhere), spy("protocol", "echo"));
    assert.deepEqual(order, ["url", "protocol"]);
    assert.throws(() => make("nothing", "a b"), /is not a URL/);
  });

  test("can be options, which are checked at once", () => {
    assert.throws(() => make(nowhere, { maxPayload: 1 }), {
      name: "StateError",
      message: /use maxMessageBytes/,
    });
    assert.throws(() => make(nowhere, { reconnect: true }), /use connect\(url, \{ reconnect \}\)/);
    assert.throws(() => make(nowhere, { lowWaterMarkBytes: 1 }), StateError);
    assert.throws(() => make(nowhere, { tls: 3 }), StateError);
    assert.throws(() => make(nowhere, { maxMessageBytes: -1 }), StateError);
    assert.throws(() => make(nowhere, { targetAddressSpace: "private" }), TypeError);
    assert.throws(() => make(nowhere, { protocols: ["a", "A"] }), { name: "SyntaxError" });
    assert.ok(make(nowhere, { protocols: "a", maxMessageBytes: undefined }) instanceof WebSocket);
  });
});

describe("the arguments of close", () => {
  for (const code of [0, 500, 999, 1001, 2999, 5000, 65_536 + 1000, Number.NaN, "string", null]) {
    test(`the code ${code} of kind ${typeof code} is an InvalidAccessError, in every state`, () => {
      const socket = make(nowhere);
      const close = (): unknown => Reflect.apply(socket.close, socket, [code]);
      assert.throws(close, { name: "InvalidAccessError", code: DOMException.INVALID_ACCESS_ERR });
    });
  }

  test("codes that scripts may use pass, and so does undefined", () => {
    for (const code of [1000, 3000, 4999, "3000", 999.5, undefined]) {
      const socket = new WebSocket(nowhere);
      Reflect.apply(socket.close, socket, [code]);
      assert.equal(socket.readyState, 2);
    }
  });

  test("a reason has at most 123 bytes in UTF-8", () => {
    const socket = make(nowhere);
    socket.close(1000, "x".repeat(123));
    assert.throws(() => socket.close(1000, "x".repeat(124)), { name: "SyntaxError" });
    assert.throws(() => socket.close(1000, "é".repeat(62)), { name: "SyntaxError" });
    assert.throws(() => socket.close(undefined, "x".repeat(124)), { name: "SyntaxError" });
    // The code is judged first, and both are converted before.
    assert.throws(() => socket.close(1, "x".repeat(124)), { name: "InvalidAccessError" });
    assert.throws(() => Reflect.apply(socket.close, socket, [1, Symbol("x")]), TypeError);
  });
});

describe("send before the connection is open", () => {
  test("is an InvalidStateError, after the argument was converted", () => {
    const socket = new WebSocket(nowhere);
    assert.throws(() => socket.send("x"), { name: "InvalidStateError" });
    assert.throws(() => Reflect.apply(socket.send, socket, []), TypeError);
    assert.throws(() => Reflect.apply(socket.send, socket, [Symbol("x")]), TypeError);
    assert.throws(
      () => Reflect.apply(socket.send, socket, [new Uint8Array(new SharedArrayBuffer(1))]),
      TypeError,
    );
    assert.equal(socket.bufferedAmount, 0);
    socket.close();
  });
});

describe("the interfaces of the draft", () => {
  test("WebSocketStream has its members on the prototype, and answers promises for those of others", async () => {
    for (const name of ["url", "opened", "closed", "close"])
      assert.equal(Object.getOwnPropertyDescriptor(WebSocketStream.prototype, name)?.enumerable, true, name);
    assert.equal(WebSocketStream.length, 1);
    await assert.rejects(Reflect.get(WebSocketStream.prototype, "opened"), TypeError);
    await assert.rejects(Reflect.get(WebSocketStream.prototype, "closed"), TypeError);
  });

  test("WebSocketStream takes a dictionary whose protocols are a list, and an AbortSignal", () => {
    const construct = (...args: unknown[]): unknown => Reflect.construct(WebSocketStream, args);
    for (const args of [[], [nowhere, true], [nowhere, { protocols: "hi" }], [nowhere, { signal: {} }]])
      assert.throws(() => construct(...args), TypeError);
    assert.throws(() => construct("invalid:"), { name: "SyntaxError" });
    assert.throws(() => construct(nowhere, { protocols: ["a", "a"] }), { name: "SyntaxError" });
    assert.throws(() => construct(nowhere, { prtocols: ["a"] }), /use protocols/);
  });

  test("WebSocketError is a DOMException with a code and a reason", () => {
    const error = new web.WebSocketError();
    assert.ok(error instanceof DOMException);
    assert.deepEqual(
      [error.name, error.message, error.code, error.closeCode, error.reason],
      ["WebSocketError", "", 0, null, ""],
    );
    const told = new web.WebSocketError("why", { closeCode: 3456, reason: "so" });
    assert.deepEqual([told.message, told.closeCode, told.reason], ["why", 3456, "so"]);
    assert.equal(new web.WebSocketError("", { reason: "so" }).closeCode, 1000);
    assert.equal(Object.prototype.toString.call(error), "[object WebSocketError]");
  });

  test("WebSocketStream.close is for a WebSocketStream alone", () => {
    assert.throws(() => Reflect.apply(WebSocketStream.prototype.close, {}, [{ closeCode: 1 }]), TypeError);
    assert.equal(WebSocketStream.prototype.close.length, 0);
  });

  test("WebSocketError refuses what no script may close with", () => {
    for (const closeCode of [999, 1001, 2999, 5000])
      assert.throws(() => new web.WebSocketError("", { closeCode }), { name: "InvalidAccessError" });
    assert.throws(() => new web.WebSocketError("", { closeCode: 70_000 }), TypeError);
    assert.throws(() => new web.WebSocketError("", { reason: "\u{1f50c}".repeat(32) }), {
      name: "SyntaxError",
    });
  });
});
