// The times at which messages were due whose answers are awaited, oldest first.

const INITIAL_CAPACITY = 4;

/** A ring of numbers which grows. The caller bounds how many there are. */
export class TimeQueue {
  #times = new Float64Array(INITIAL_CAPACITY);
  #first = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** The oldest; undefined when there is none. */
  get oldest(): number | undefined {
    return this.#length === 0 ? undefined : this.#times[this.#first];
  }

  push(time: number): void {
    if (this.#length === this.#times.length) this.#grow();
    this.#times[(this.#first + this.#length) & (this.#times.length - 1)] = time;
    this.#length++;
  }

  /** Removes the oldest and answers it. */
  shift(): number | undefined {
    const time = this.oldest;
    if (time === undefined) return undefined;
    this.#first = (this.#first + 1) & (this.#times.length - 1);
    this.#length--;
    return time;
  }

  clear(): void {
    this.#first = 0;
    this.#length = 0;
  }

  #grow(): void {
    const times = new Float64Array(this.#times.length * 2);
    times.set(this.#times.subarray(this.#first));
    times.set(this.#times.subarray(0, this.#first), this.#times.length - this.#first);
    this.#times = times;
    this.#first = 0;
  }
}
