// Who hears what: topics as a port. The server room implements it.

import type { Connection } from "./connection.js";
import type { MessageData, SendOptions } from "./message.js";

export interface Broker {
  subscribe(connection: Connection<never>, topic: string): void;
  unsubscribe(connection: Connection<never>, topic: string): void;
  isSubscribed(connection: Connection<never>, topic: string): boolean;
  /** Sends to every subscriber except one, and answers how many were reached. */
  publish(
    topic: string,
    data: MessageData,
    options: SendOptions,
    except: Connection<never> | undefined,
  ): number;
  /** The connection is over. */
  forget(connection: Connection<never>): void;
}
