import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { describe, test } from "node:test";
import fc from "fast-check";
import * as ws from "ws";
import {
  addEventListener,
  CloseEvent,
  defineEventAttributes,
  ErrorEvent,
  Event,
  MessageEvent,
  removeEventListener,
} from "#src/compat/ws/event-target.js";

type Handler = unknown;
type AnyEvent = Record<string, unknown>;

/** What a connection has of these. */
interface Target extends EventEmitter {
  _closeFrameReceived: boolean;
  _closeFrameSent: boolean;
  addEventListener(type: string, handler: Handler, options?: object): void;
  removeEventListener(type: string, handler: Handler): void;
}

class OurTarget extends EventEmitter {
  _closeFrameReceived = false;
  _closeFrameSent = false;
  readonly addEventListener = addEventListener;
  readonly removeEventListener = removeEventListener;
}
defineEventAttributes(OurTarget.prototype);

const implementations: [string, () => Target][] = [
  // Without an address it is what a server makes: no connection yet, and none to end.
  ["ws", () => Reflect.construct(ws.WebSocket, [null, undefined, {}]) as Target],
  ["ours", () => new OurTarget() as unknown as Target],
];

const emitted: Record<string, [...unknown[]][]> = {
  open: [[]],
  message: [
    [Buffer.from("text é"), false],
    [Buffer.from([1, 2]), true],
    [new ArrayBuffer(1), true],
  ],
  error: [[new Error("broken")]],
  close: [
    [1000, Buffer.from("bye")],
    [1006, Buffer.alloc(0)],
  ],
};
const types = ["open", "message", "error", "close", "ping", "toString"];

/** Every enumerable property, inherited ones too: `for in` finds the accessors. */
function propertiesOf(event: AnyEvent): AnyEvent {
  const found: AnyEvent = { class: (event.constructor as { name: string }).name };
  for (const name in event) found[name] = event[name];
  return found;
}

type Step =
  | { do: "add"; type: string; handler: number; once: boolean | undefined }
  | { do: "remove"; type: string; handler: number }
  | { do: "attribute"; type: string; handler: number | null }
  | { do: "emit"; type: string; which: number };

const someType = fc.constantFrom(...types);
const someHandler = fc.nat({ max: 3 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant("add" as const),
    type: someType,
    handler: someHandler,
    once: fc.option(fc.boolean(), { nil: undefined }),
  }),
  fc.record({ do: fc.constant("remove" as const), type: someType, handler: someHandler }),
  fc.record({ do: fc.constant("attribute" as const), type: someType, handler: fc.option(someHandler) }),
  fc.record({ do: fc.constant("emit" as const), type: someType, which: fc.nat({ max: 2 }) }),
);

/** What the handlers see, in order, and what the attributes hold after each step. */
function run(target: Target, steps: Step[], isClean: boolean): unknown[] {
  const log: unknown[] = [];
  const see = (handler: number) =>
    function (this: unknown, event: AnyEvent) {
      const { target: source, ...rest } = propertiesOf(event);
      log.push({ handler, ofTarget: source === target, onTarget: this === target, ...rest });
    };
  const object = { handleEvent: see(2) };
  const handlers: unknown[] = [see(0), see(1), object, Object.assign(see(3), { handleEvent: see(4) })];
  target._closeFrameReceived = isClean;
  target._closeFrameSent = true;
  for (const each of steps) {
    if (each.do === "add") target.addEventListener(each.type, handlers[each.handler], { once: each.once });
    else if (each.do === "remove") target.removeEventListener(each.type, handlers[each.handler]);
    else if (each.do === "attribute")
      Reflect.set(target, `on${each.type}`, each.handler === null ? null : handlers[each.handler]);
    else {
      const values = Object.hasOwn(emitted, each.type) ? emitted[each.type] : [[]];
      const mayThrow = each.type === "error" && target.listenerCount("error") === 0;
      if (!mayThrow) target.emit(each.type, ...values[each.which % values.length]);
    }
    const held = Object.keys(emitted).map((type) => handlers.indexOf(Reflect.get(target, `on${type}`)));
    log.push({ held, counts: types.map((type) => target.listenerCount(type)) });
  }
  return log;
}

describe("the events of ws", () => {
  test("are added, removed, fired and held by attributes as in the reference", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), fc.boolean(), (steps, isClean) => {
        const [theirs, ours] = implementations.map(([, make]) => run(make(), steps, isClean));
        assert.deepEqual(ours, theirs);
      }),
      { numRuns: 500 },
    );
  });

  for (const [name, make] of implementations) {
    test(`${name}: say what happened`, () => {
      const target = make();
      const events: AnyEvent[] = [];
      for (const type of Object.keys(emitted)) {
        target.addEventListener(type, (event: AnyEvent) => events.push(propertiesOf(event)));
        for (const values of emitted[type]) target.emit(type, ...values);
      }
      assert.deepEqual(events, [
        { class: "Event", type: "open", target },
        { class: "MessageEvent", type: "message", target, data: "text é" },
        { class: "MessageEvent", type: "message", target, data: Buffer.from([1, 2]) },
        { class: "MessageEvent", type: "message", target, data: new ArrayBuffer(1) },
        { class: "ErrorEvent", type: "error", target, error: emitted.error[0][0], message: "broken" },
        { class: "CloseEvent", type: "close", target, code: 1000, reason: "bye", wasClean: false },
        { class: "CloseEvent", type: "close", target, code: 1006, reason: "", wasClean: false },
      ]);
    });

    test(`${name}: a close is clean when both Close frames have passed`, () => {
      const clean = [false, true].flatMap((received) =>
        [false, true].map((sent) => {
          const target = Object.assign(make(), { _closeFrameReceived: received, _closeFrameSent: sent });
          let wasClean: unknown;
          target.addEventListener("close", (event: AnyEvent) => {
            wasClean = event.wasClean;
          });
          target.emit("close", 1000, Buffer.alloc(0));
          return wasClean;
        }),
      );
      assert.deepEqual(clean, [false, false, false, true]);
    });

    test(`${name}: a listener is one of the emitter's, and a listener of the emitter's is none`, () => {
      const target = make();
      const plain = () => {};
      target.on("message", plain);
      target.removeEventListener("message", plain);
      target.addEventListener("message", plain);
      target.addEventListener("message", plain);
      assert.equal(target.listenerCount("message"), 2);
      assert.equal(Reflect.get(target, "onmessage"), null);
      target.removeEventListener("message", plain);
      assert.deepEqual(target.listeners("message"), [plain]);
    });

    test(`${name}: the attributes are enumerable accessors that hold functions only`, () => {
      const target = make();
      for (const type of Object.keys(emitted)) {
        const descriptor = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(target), `on${type}`);
        assert.deepEqual([descriptor?.enumerable, descriptor?.configurable], [true, true]);
        for (const value of [{ handleEvent() {} }, null, undefined, 1, "x"]) {
          const handler = () => {};
          Reflect.set(target, `on${type}`, handler);
          assert.equal(Reflect.get(target, `on${type}`), handler);
          Reflect.set(target, `on${type}`, value);
          assert.equal(Reflect.get(target, `on${type}`), null);
          assert.equal(target.listenerCount(type), 0);
        }
      }
    });
  }

  test("have the values of their class where nothing was said", () => {
    assert.deepEqual(propertiesOf(new Event("a") as unknown as AnyEvent), {
      class: "Event",
      type: "a",
      target: null,
    });
    assert.deepEqual(
      [new CloseEvent("a"), new ErrorEvent("b"), new MessageEvent("c")].map((event) => {
        const { class: _, target: __, ...rest } = propertiesOf(event as unknown as AnyEvent);
        return rest;
      }),
      [
        { type: "a", code: 0, reason: "", wasClean: false },
        { type: "b", error: null, message: "" },
        { type: "c", data: null },
      ],
    );
  });
});
