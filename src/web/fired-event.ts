// The events that a WebSocket fires, and of which class they are.

import { CloseEvent } from "./close-event.js";
import { MessageEvent } from "./message-event.js";

export type SocketData = string | Blob | ArrayBuffer;

/** The classes that a socket's events are of. */
export interface EventTypes {
  readonly MessageEvent: typeof MessageEvent;
  readonly CloseEvent: typeof CloseEvent;
}

const ours: EventTypes = { MessageEvent, CloseEvent };

/**
 * A WebSocket that scripts know as the global one fires events of the global classes, so that `instanceof` holds. Of any other,
 * events are ours: naming Node's MessageEvent loads its HTTP client, as naming its WebSocket would.
 */
export function eventTypesOf(socketType: unknown): EventTypes {
  const installed: unknown = Object.getOwnPropertyDescriptor(globalThis, "WebSocket")?.value;
  if (installed !== socketType) return ours;
  const globals = globalThis as unknown as Partial<EventTypes>;
  return {
    MessageEvent: isEventType(globals.MessageEvent) ? globals.MessageEvent : MessageEvent,
    CloseEvent: isEventType(globals.CloseEvent) ? globals.CloseEvent : CloseEvent,
  };
}

/** Whether its events can be dispatched here: environments that play browser may have an Event of their own. */
function isEventType<Type>(type: Type | undefined): type is Type {
  return typeof type === "function" && type.prototype instanceof Event;
}

/** The event `error`: a plain Event, as the standard has it, which says in two members of its own what failed. */
export interface SocketErrorEvent extends Event {
  /** One of Sluice's errors, whose `code` says what happened, or a DOMException. */
  readonly error: Error;
  readonly message: string;
}

/** Pages must not learn about the network from an error; a program on a machine of its own may. */
export function errorEvent(error: Error): SocketErrorEvent {
  const event = new Event("error");
  Object.defineProperties(event, { error: { value: error }, message: { value: error.message } });
  return event as SocketErrorEvent;
}
