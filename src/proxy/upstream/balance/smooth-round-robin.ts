// One after the other, each as often as its weight says, and spread out: weights 5, 1, 1 give a a b a c a a and not a a a a a b c.
// Each choice adds to everybody's credit as much as it weighs, and takes from the chosen one what all have got together. Who is
// not among the candidates earns nothing meanwhile, so that nobody is flooded on coming back.

import type { Balanced, Balancer } from "./balancer.js";

export class SmoothRoundRobin implements Balancer {
  readonly #credits = new WeakMap<Balanced, number>();

  choose<Member extends Balanced>(candidates: readonly Member[]): Member {
    let [chosen] = candidates;
    if (candidates.length === 1) return chosen;
    let [best, total] = [-Infinity, 0];
    for (const candidate of candidates) {
      const credit = (this.#credits.get(candidate) ?? 0) + candidate.weight;
      this.#credits.set(candidate, credit);
      total += candidate.weight;
      if (credit <= best) continue;
      best = credit;
      chosen = candidate;
    }
    this.#credits.set(chosen, best - total);
    return chosen;
  }
}
