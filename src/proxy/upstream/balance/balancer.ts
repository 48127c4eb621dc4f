// The port of what chooses one of several upstreams, and the choice of that.

import type { Balance } from "../upstream-options.js";
import { ConsistentHash } from "./consistent-hash.js";
import { type KeyFacts, keyReaderFor } from "./hash-key.js";
import { LeastConnections } from "./least-connections.js";
import { SmoothRoundRobin } from "./smooth-round-robin.js";

/** An upstream, as far as the choice needs it. */
export interface Balanced {
  /** Its share beside the others, an integer of at least 1. */
  readonly weight: number;
  /** What it has under way. */
  readonly active: number;
  /** The hash of where it is, which stays while it is there. */
  readonly hash: number;
}

export interface Balancer {
  /** One of the candidates, of which there is at least one: all are in service and have room. They may be others each time. */
  choose<Member extends Balanced>(candidates: readonly Member[], facts: KeyFacts): Member;
}

export function createBalancer(balance: Balance): Balancer {
  if (balance === "round-robin") return new SmoothRoundRobin();
  if (balance === "least-connections") return new LeastConnections();
  return new ConsistentHash(keyReaderFor(balance.hash));
}
