// Whoever has the fewest under way for its weight. Among equals it goes round, or the first would have everything while there is
// little to do.

import type { Balanced, Balancer } from "./balancer.js";
import { SmoothRoundRobin } from "./smooth-round-robin.js";

export class LeastConnections implements Balancer {
  readonly #round = new SmoothRoundRobin();

  choose<Member extends Balanced>(candidates: readonly Member[]): Member {
    let least = Infinity;
    let equals: Member[] = [];
    for (const candidate of candidates) {
      const load = candidate.active / candidate.weight;
      if (load > least) continue;
      if (load < least) equals = [];
      least = load;
      equals.push(candidate);
    }
    return this.#round.choose(equals);
  }
}
