// The same upstream for the same key. Every candidate draws a lot from the key and its own place, and the best lot wins (weighted
// rendezvous hashing). What one draws does not depend on the others: when one goes, only its keys move, to where their second
// best lots are; when one comes, only the keys move that it wins; the rest stays. The same holds for one that is out of service
// or full for a while. Unlike a ring of virtual nodes it needs no memory, shares exactly by weight, and costs a few
// multiplications for each candidate.
//
// The hash has no secret: several proxies in front of the same upstreams agree on where a key belongs. Whoever chooses their own
// header or cookie can therefore choose their upstream.

import type { Balanced, Balancer } from "./balancer.js";
import type { KeyFacts, KeyReader } from "./hash-key.js";
import { SmoothRoundRobin } from "./smooth-round-robin.js";

export class ConsistentHash implements Balancer {
  readonly #keyOf: KeyReader;
  readonly #round = new SmoothRoundRobin();

  constructor(keyOf: KeyReader) {
    this.#keyOf = keyOf;
  }

  choose<Member extends Balanced>(candidates: readonly Member[], facts: KeyFacts): Member {
    const key = this.#keyOf(facts);
    if (key === undefined) return this.#round.choose(candidates);
    const hash = hashText(key);
    let [winner] = candidates;
    let best = -Infinity;
    for (const candidate of candidates) {
      const lot = drawLot(hash, candidate);
      if (lot <= best) continue;
      best = lot;
      winner = candidate;
    }
    return winner;
  }
}

/** A uniform u would make all equal; -weight / ln(u) wins with the probability weight / sum of weights. */
function drawLot(keyHash: number, { hash, weight }: Balanced): number {
  const uniform = (mix(keyHash ^ hash) + 0.5) / 0x1_0000_0000;
  return -weight / Math.log(uniform);
}

/** 32 bits of a text: FNV-1a over its code units, then mixed, as similar texts have similar ones. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return mix(hash);
}

/** Each bit of the result depends on each of what goes in: the last steps of MurmurHash3. */
function mix(hash: number): number {
  let mixed = hash ^ (hash >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
