import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CloseEvent, ErrorEvent, MessageEvent } from "sluice";

for (const [type, members] of [
  [CloseEvent, { wasClean: false, code: 0, reason: "" }],
  [ErrorEvent, { message: "", filename: "", lineno: 0, colno: 0, error: undefined }],
  [MessageEvent, { data: null, origin: "", lastEventId: "", source: null, ports: [] }],
] as const) {
  describe(type.name, () => {
    test("is an Event with the defaults of its dictionary", () => {
      const event = new type("x");
      assert.ok(event instanceof Event);
      assert.equal(event.type, "x");
      assert.equal(String(event), `[object ${type.name}]`);
      assert.equal(type.length, 1);
      for (const [name, value] of Object.entries(members)) assert.deepEqual(Reflect.get(event, name), value);
    });

    test("has its attributes on the prototype, enumerable and for its own instances only", () => {
      for (const name of Object.keys(members)) {
        const attribute = Object.getOwnPropertyDescriptor(type.prototype, name);
        assert.equal(attribute?.enumerable, true, name);
        assert.equal(attribute?.set, undefined, name);
        assert.throws(() => attribute?.get?.call(new Event("x")), TypeError);
      }
    });

    test("takes a type and a dictionary, and nothing else for one", () => {
      assert.throws(() => Reflect.construct(type, []), TypeError);
      assert.throws(() => Reflect.construct(type, ["x", 1]), TypeError);
      assert.equal(Reflect.construct(type, ["x", null]).bubbles, false);
      assert.equal(Reflect.construct(type, [null]).type, "null");
      const event = new type("x", { bubbles: true, cancelable: true });
      assert.ok(event.bubbles && event.cancelable);
    });
  });
}

/** An object that tells which of its members were read. */
function watched(names: string[]): object {
  return new Proxy({}, { get: (_target, name) => void names.push(String(name)) });
}

describe("the members of event dictionaries", () => {
  // Web IDL, "convert a JavaScript value to a dictionary": inherited dictionaries first, each in the order of its letters.
  for (const [type, own] of [
    [CloseEvent, ["code", "reason", "wasClean"]],
    [ErrorEvent, ["colno", "error", "filename", "lineno", "message"]],
    [MessageEvent, ["data", "lastEventId", "origin", "ports", "source"]],
  ] as const) {
    test(`are read once each, and those of Event before those of ${type.name}`, () => {
      const names: string[] = [];
      new type("x", watched(names));
      assert.deepEqual(names, ["bubbles", "cancelable", "composed", ...own]);
    });
  }

  test("are converted", () => {
    const init = { wasClean: 1, code: 65_537, reason: "\ud800" } as unknown as { reason: string };
    const event = new CloseEvent("close", init);
    assert.deepEqual([event.wasClean, event.code, event.reason], [true, 1, "\ufffd"]);
    assert.equal(new ErrorEvent("error", { lineno: -1 }).lineno, 4_294_967_295);
    const error = new Error("gone");
    assert.equal(new ErrorEvent("error", { error }).error, error);
  });

  test("ports are MessagePorts, in a list that cannot be changed", () => {
    const { port1, port2 } = new MessageChannel();
    const event = new MessageEvent("message", { ports: [port1], data: 7, source: port2 });
    assert.deepEqual(event.ports, [port1]);
    assert.ok(Object.isFrozen(event.ports));
    assert.equal(event.source, port2);
    assert.throws(() => new MessageEvent("message", { ports: [{}] }), TypeError);
    assert.throws(() => Reflect.construct(MessageEvent, ["message", { ports: 1 }]), TypeError);
    for (const source of [1, {}, new EventTarget()])
      assert.throws(() => Reflect.construct(MessageEvent, ["message", { source }]), TypeError);
    port1.close();
  });

  test("a MessageEvent can be made anew, as old pages do", () => {
    const event = new MessageEvent("x", { data: "old" });
    event.initMessageEvent("y", true, true, "new", "ws://a", "7");
    assert.deepEqual([event.data, event.origin, event.lastEventId], ["new", "ws://a", "7"]);
    assert.equal(event.initMessageEvent.length, 1);
    assert.throws(() => Reflect.apply(event.initMessageEvent, event, []), TypeError);
    assert.throws(() => Reflect.apply(event.initMessageEvent, new Event("x"), ["y"]), TypeError);
  });

  test("a MessageEvent that is being dispatched stays what it is", () => {
    const target = new EventTarget();
    const event = new MessageEvent("x", { data: "old" });
    target.addEventListener("x", () => event.initMessageEvent("y", false, false, "new"));
    target.dispatchEvent(event);
    assert.deepEqual([event.type, event.data], ["x", "old"]);
  });
});
