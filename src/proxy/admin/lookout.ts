// Who looks at a proxy takes turns: behind each answer that has to be found among all connections comes a rest, by what it has cost,
// so that all of them together take a small share of the time, however many they are. Those that wait with the same question
// get one answer.

import type { Clock, Timer } from "../../host/index.js";

/** Of the time of one processor. */
const SHARE = 0.05;

export interface Onlooker {
  /** The answer to its last question. */
  take(answer: string): void;
}

interface Question {
  readonly onlooker: Onlooker;
  readonly text: string;
  answer(): string;
}

export class Lookout {
  readonly #clock: Clock;
  #waiting: Question[] = [];
  #restedAt = Number.NEGATIVE_INFINITY;
  #timer: Timer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many have asked and not been answered. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** The onlooker is answered at once, or when its turn comes; a question that it waits with is replaced, and keeps its turn. The
   * same text stands for the same answer. */
  ask(onlooker: Onlooker, text: string, answer: () => string): void {
    const at = this.#waiting.findIndex((question) => question.onlooker === onlooker);
    const question = { onlooker, text, answer };
    if (at < 0) this.#waiting.push(question);
    else this.#waiting[at] = question;
    if (this.#timer === undefined) this.#answerNext();
  }

  /** The onlooker does not wait any more. */
  leave(onlooker: Onlooker): void {
    this.#waiting = this.#waiting.filter((question) => question.onlooker !== onlooker);
    if (this.#waiting.length > 0) return;
    this.#timer?.close();
    this.#timer = undefined;
  }

  #answerNext(): void {
    this.#timer = undefined;
    if (this.#waiting.length === 0) return;
    const startedAt = this.#clock.preciseNow();
    if (startedAt >= this.#restedAt) {
      this.#answer(this.#waiting[0]);
      const now = this.#clock.preciseNow();
      this.#restedAt = now + (now - startedAt) / SHARE;
    }
    if (this.#waiting.length > 0) this.#answerLater();
  }

  #answerLater(): void {
    const waitMs = Math.max(0, this.#restedAt - this.#clock.preciseNow());
    this.#timer ??= this.#clock.schedule(waitMs, (lookout: Lookout) => lookout.#answerNext(), this);
  }

  #answer({ text, answer }: Question): void {
    const same = this.#waiting.filter((question) => question.text === text);
    this.#waiting = this.#waiting.filter((question) => question.text !== text);
    const found = answer();
    for (const { onlooker } of same) onlooker.take(found);
  }
}
