// What a run does, once every flag has been understood.

import type { ConnectOptions } from "../../client/index.js";

/**
 * When messages are sent. "closed": the next one when one was answered. "open": by the clock, whatever the server does.
 * "flood": as fast as the connection takes them, with no answers. "receive": never; the server sends.
 */
export type Loop = "closed" | "open" | "flood" | "receive";

export interface BenchPlan {
  readonly url: string;
  /** Those of the whole run; where it is one's share, the other numbers are shares. */
  readonly threads: number;
  readonly connections: number;
  /** Over how long the connections are opened, evenly. */
  readonly rampMs: number;
  readonly loop: Loop;
  /** Messages per second of all connections together; only of an open loop. */
  readonly rate: number | undefined;
  /** Unanswered messages per connection; only of a closed loop. */
  readonly inFlight: number | undefined;
  /** Each message is answered by one. */
  readonly isEcho: boolean;
  /** An answer has to be as long as the message. */
  readonly isVerified: boolean;
  readonly payload: string | Uint8Array;
  /** Undefined when the number of messages says when to end. */
  readonly durationMs: number | undefined;
  readonly messages: number | undefined;
  readonly warmupMs: number;
  /** For a connection to open, and for an answer to come. */
  readonly timeoutMs: number;
  readonly connect: ConnectOptions;
}
