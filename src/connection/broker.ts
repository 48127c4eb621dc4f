// Who hears what: topics as a port. The server room implements it.

import type { MessageCodec } from "../protocol/index.js";
import type { MessageData, SendOptions, SendResult } from "./message.js";

/** One message, encoded for many connections. */
export interface SharedMessage {
  /** A finished frame for those who agreed on this compression. */
  frameFor(codec: MessageCodec | undefined): Uint8Array;
}

/** A connection, as far as topics need it. */
export interface Subscriber {
  deliver(message: SharedMessage): SendResult;
}

export interface Broker {
  subscribe(subscriber: Subscriber, topic: string): void;
  unsubscribe(subscriber: Subscriber, topic: string): void;
  isSubscribed(subscriber: Subscriber, topic: string): boolean;
  /** Sends to every subscriber except one, and answers how many were reached. */
  publish(topic: string, data: MessageData, options: SendOptions, except: Subscriber | undefined): number;
  /** The connection is over. */
  forget(subscriber: Subscriber): void;
}
