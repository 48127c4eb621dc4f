// The open connections of a run.

import type { Lane } from "./lane.js";

export class LanePool implements Iterable<Lane> {
  readonly #lanes: Lane[] = [];
  #next = 0;
  #open = 0;

  /** How many are open. */
  get open(): number {
    return this.#open;
  }

  add(lane: Lane): void {
    this.#lanes.push(lane);
    this.#open++;
  }

  /** One of them is over. It leaves when its turn comes. */
  countLost(): void {
    this.#open--;
  }

  /** The next in turn that is open; undefined when none is. */
  next(): Lane | undefined {
    while (this.#lanes.length > 0) {
      if (this.#next >= this.#lanes.length) this.#next = 0;
      const lane = this.#lanes[this.#next];
      if (lane.isOpen) {
        this.#next++;
        return lane;
      }
      const last = this.#lanes.pop() as Lane;
      if (last !== lane) this.#lanes[this.#next] = last;
    }
    return undefined;
  }

  [Symbol.iterator](): Iterator<Lane> {
    return this.#lanes[Symbol.iterator]();
  }
}
