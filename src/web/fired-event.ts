// The events that a WebSocket fires, and of which class they are.

import { CloseEvent } from "./close-event.js";
import { MessageEvent } from "./message-event.js";

let messageEventType: typeof MessageEvent = MessageEvent;

/** From now on messages are fired as events of this class, which has to be the HTML Standard's. */
export function fireMessagesAs(type: typeof MessageEvent): void {
  messageEventType = type;
}

export type SocketData = string | Blob | ArrayBuffer;

export function messageEvent(data: SocketData, origin: string): MessageEvent<SocketData> {
  return new messageEventType("message", { data, origin });
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

export function closeEvent(wasClean: boolean, code: number, reason: string): CloseEvent {
  return new CloseEvent("close", { wasClean, code, reason });
}
