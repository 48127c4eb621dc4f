// Requests that wait for a place: who has come first is first, but who comes again, after an upstream could not be reached, has
// waited already and goes before those who come for the first time. Each waits until its deadline, or until nobody waits for it.

import type { Clock } from "../../host/index.js";
import type { Place } from "./place.js";

/** Gives a place, or none while there is none to give. Throws why there will be none. */
export type PlaceGiver<Wish> = (wish: Wish) => Place | undefined;

interface Waiter<Wish> {
  readonly wish: Wish;
  grant(place: Place): void;
  refuse(error: unknown): void;
}

/** How one waits. */
export interface WaitTerms {
  /** Goes before those who come for the first time. */
  readonly isReturning: boolean;
  readonly timeoutMs: number;
  /** What it is refused with when the time is over. */
  timedOut(): Error;
  /** Takes it out, with its reason. */
  readonly signal: AbortSignal;
}

export class PlaceQueue<Wish> {
  readonly #clock: Clock;
  readonly #returning = new Set<Waiter<Wish>>();
  readonly #first = new Set<Waiter<Wish>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#returning.size + this.#first.size;
  }

  /** Rejects when the time is over, with the signal's reason, and as it is refused. */
  wait(wish: Wish, { isReturning, timeoutMs, timedOut, signal }: WaitTerms): Promise<Place> {
    const line = isReturning ? this.#returning : this.#first;
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        line.delete(waiter);
        timer.close();
        signal.removeEventListener("abort", onAbort);
      };
      const waiter: Waiter<Wish> = {
        wish,
        grant: (place) => {
          leave();
          resolve(place);
        },
        refuse: (error) => {
          leave();
          reject(error);
        },
      };
      const onAbort = (): void => waiter.refuse(signal.reason);
      const timer = this.#clock.schedule(timeoutMs, () => waiter.refuse(timedOut()), undefined);
      line.add(waiter);
      signal.addEventListener("abort", onAbort);
    });
  }

  /** Serves those who can be served, in their order, while `hasRoom`. One that cannot have what is free stays, and the next is
   * asked. */
  serve(give: PlaceGiver<Wish>, hasRoom: () => boolean): void {
    for (const waiter of this.#waiters()) {
      if (!hasRoom()) return;
      this.#serveOne(waiter, give);
    }
  }

  refuseAll(error: Error): void {
    for (const waiter of this.#waiters()) waiter.refuse(error);
  }

  *#waiters(): Generator<Waiter<Wish>> {
    yield* this.#returning;
    yield* this.#first;
  }

  #serveOne(waiter: Waiter<Wish>, give: PlaceGiver<Wish>): void {
    let place: Place | undefined;
    try {
      place = give(waiter.wish);
    } catch (error) {
      waiter.refuse(error);
      return;
    }
    if (place !== undefined) waiter.grant(place);
  }
}
