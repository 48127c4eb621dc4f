// The browser's events as `ws` has them: no EventTarget, but listeners on an EventEmitter that are called with an event
// made for each of them. Only `open`, `message`, `error` and `close` can be listened to.

import type { EventEmitter } from "node:events";
import type { EventListenerOptions } from "./browser-events.js";

const target = Symbol("target");
const type = Symbol("type");
const fields = Symbol("fields");
/** What a listener on the emitter was made for. */
const handlerOf = Symbol("handler");
/** Whether it was made by an attribute, `onmessage`, and not by `addEventListener`. */
const isAttribute = Symbol("attribute");

export class Event {
  [target]: unknown = null;
  [type]: string;

  constructor(eventType: string) {
    this[type] = eventType;
  }

  /** The connection; null for an event that was not fired. */
  get target(): unknown {
    return this[target];
  }

  get type(): string {
    return this[type];
  }
}

export interface CloseEventFields {
  code?: number | undefined;
  reason?: string | undefined;
  wasClean?: boolean | undefined;
}

export class CloseEvent extends Event {
  [fields]: CloseEventFields;

  constructor(eventType: string, options: CloseEventFields = {}) {
    super(eventType);
    const { code = 0, reason = "", wasClean = false } = options;
    this[fields] = { code, reason, wasClean };
  }

  get code(): number | undefined {
    return this[fields].code;
  }

  get reason(): string | undefined {
    return this[fields].reason;
  }

  get wasClean(): boolean | undefined {
    return this[fields].wasClean;
  }
}

export interface ErrorEventFields {
  error?: unknown;
  message?: string | undefined;
}

export class ErrorEvent extends Event {
  [fields]: ErrorEventFields;

  constructor(eventType: string, options: ErrorEventFields = {}) {
    super(eventType);
    const { error = null, message = "" } = options;
    this[fields] = { error, message };
  }

  get error(): unknown {
    return this[fields].error;
  }

  get message(): string | undefined {
    return this[fields].message;
  }
}

export class MessageEvent extends Event {
  [fields]: { data: unknown };

  constructor(eventType: string, options: { data?: unknown } = {}) {
    super(eventType);
    const { data = null } = options;
    this[fields] = { data };
  }

  get data(): unknown {
    return this[fields].data;
  }
}

// Accessors of a class are not enumerable; those of the browser's events, and of `ws`'s, are.
for (const [{ prototype }, names] of [
  [Event, ["target", "type"]],
  [CloseEvent, ["code", "reason", "wasClean"]],
  [ErrorEvent, ["error", "message"]],
  [MessageEvent, ["data"]],
] as const) {
  for (const name of names) Object.defineProperty(prototype, name, { enumerable: true });
}

/** What the listeners are put on. */
export interface EventSource extends EventEmitter {
  readonly _closeFrameReceived: boolean;
  readonly _closeFrameSent: boolean;
}

export type EventHandler = ((event: never) => void) | { handleEvent(event: never): void };

interface ListenerOptions extends EventListenerOptions {
  [isAttribute]?: boolean;
}

interface Listener {
  (...values: unknown[]): void;
  [handlerOf]?: EventHandler;
  [isAttribute]?: boolean;
}

/** From what the emitter emits, the event. Text becomes a string only here, where somebody listens. */
const eventMakers: Record<string, (source: EventSource, ...values: never[]) => Event> = {
  open: () => new Event("open"),
  message: (_source, data: { toString(): string }, isBinary: boolean) =>
    new MessageEvent("message", { data: isBinary ? data : data.toString() }),
  error: (_source, error: Error) => new ErrorEvent("error", { error, message: error.message }),
  close: (source, code: number, reason: Buffer) =>
    new CloseEvent("close", {
      code,
      reason: reason.toString(),
      wasClean: source._closeFrameReceived && source._closeFrameSent,
    }),
};

/** Other types, and a handler that listens already, are passed over; one that an attribute holds may come here as well. */
export function addEventListener(
  this: EventSource,
  eventType: string,
  handler: EventHandler,
  options: ListenerOptions = {},
): void {
  const ofAttribute = Boolean(options[isAttribute]);
  if (!ofAttribute && findListener(this, eventType, handler) !== undefined) return;
  const makeEvent = Object.hasOwn(eventMakers, eventType) ? eventMakers[eventType] : undefined;
  if (makeEvent === undefined) return;
  // What an emitter emits is whatever its events say; the makers know it.
  const listener: Listener = function (this: EventSource, ...values: unknown[]) {
    const event = makeEvent(this, ...(values as never[]));
    event[target] = this;
    callHandler(handler, this, event);
  };
  listener[handlerOf] = handler;
  listener[isAttribute] = ofAttribute;
  if (options.once) this.once(eventType, listener);
  else this.on(eventType, listener);
}

/** What an attribute holds is not removed. */
export function removeEventListener(this: EventSource, eventType: string, handler: EventHandler): void {
  const listener = findListener(this, eventType, handler);
  if (listener !== undefined) this.removeListener(eventType, listener);
}

/** `onopen`, `onerror`, `onclose` and `onmessage`, which hold functions only: anything else empties them. */
export function defineEventAttributes(prototype: EventSource): void {
  for (const eventType of ["open", "error", "close", "message"]) {
    Object.defineProperty(prototype, `on${eventType}`, {
      configurable: true,
      enumerable: true,
      get(this: EventSource) {
        return attributeListener(this, eventType)?.[handlerOf] ?? null;
      },
      set(this: EventSource & { addEventListener: typeof addEventListener }, handler: unknown) {
        const former = attributeListener(this, eventType);
        if (former !== undefined) this.removeListener(eventType, former);
        if (typeof handler === "function")
          this.addEventListener(eventType, handler as EventHandler, { [isAttribute]: true });
      },
    });
  }
}

function findListener(source: EventSource, eventType: string, handler: EventHandler): Listener | undefined {
  const listeners = source.listeners(eventType) as Listener[];
  return listeners.find((listener) => listener[handlerOf] === handler && !listener[isAttribute]);
}

function attributeListener(source: EventSource, eventType: string): Listener | undefined {
  const listeners = source.listeners(eventType) as Listener[];
  return listeners.find((listener) => listener[isAttribute]);
}

function callHandler(handler: EventHandler, source: EventSource, event: Event): void {
  if (typeof handler === "object" && handler.handleEvent) handler.handleEvent(event as never);
  else (handler as (event: Event) => void).call(source, event);
}
