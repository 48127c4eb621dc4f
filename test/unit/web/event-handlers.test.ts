import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { EventHandlers } from "#src/web/event-handlers.js";

function log(target: EventTarget, calls: string[], name: string): void {
  target.addEventListener("x", () => calls.push(name));
}

describe("an event handler attribute", () => {
  test("keeps its place in the order when the handler is replaced, and loses it with null", () => {
    const target = new EventTarget();
    const handlers = new EventHandlers(target);
    const calls: string[] = [];
    log(target, calls, "first");
    handlers.set("x", () => calls.push("old"));
    log(target, calls, "second");
    handlers.set("x", () => calls.push("new"));
    target.dispatchEvent(new Event("x"));
    assert.deepEqual(calls.splice(0), ["first", "new", "second"]);
    handlers.set("x", null);
    handlers.set("x", () => calls.push("again"));
    target.dispatchEvent(new Event("x"));
    assert.deepEqual(calls, ["first", "second", "again"]);
  });

  test("is called on the target, and false cancels the event", () => {
    const target = new EventTarget();
    const handlers = new EventHandlers(target);
    let self: unknown;
    handlers.set("x", function (this: unknown) {
      self = this;
      return false;
    });
    assert.equal(target.dispatchEvent(new Event("x", { cancelable: true })), false);
    assert.equal(self, target);
  });

  test("is null for what is no object, and keeps an object without ever calling it", () => {
    const target = new EventTarget();
    const handlers = new EventHandlers(target);
    assert.equal(handlers.get("x"), null);
    for (const value of [2, "text", undefined, null, true]) {
      handlers.set("x", () => {});
      handlers.set("x", value);
      assert.equal(handlers.get("x"), null);
    }
    const object = { handleEvent: () => assert.fail("was called") };
    handlers.set("x", object);
    assert.equal(handlers.get("x"), object);
    target.dispatchEvent(new Event("x"));
  });
});
