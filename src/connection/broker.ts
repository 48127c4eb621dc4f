// Who hears what: topics as a port. The server room implements it.

import type { MessageData, SendOptions } from "./message.js";
import type { WebSocketConnection } from "./websocket-connection.js";

export interface Broker {
  subscribe(connection: WebSocketConnection<never>, topic: string): void;
  unsubscribe(connection: WebSocketConnection<never>, topic: string): void;
  isSubscribed(connection: WebSocketConnection<never>, topic: string): boolean;
  /** Sends to every subscriber except one, and answers how many were reached. */
  publish(
    topic: string,
    data: MessageData,
    options: SendOptions,
    except: WebSocketConnection<never> | undefined,
  ): number;
  /** The connection is over. */
  forget(connection: WebSocketConnection<never>): void;
}
