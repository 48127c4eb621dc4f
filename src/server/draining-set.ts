// What a closing server waits for: connections, streams of plain HTTP, answers that are being read.

import { type Inspect, inspectMethod } from "../connection/index.js";

/** What a request came over whose answer is owed. */
export interface Answerable {
  destroy(): unknown;
}

export class DrainingSet<Member> {
  readonly #members = new Set<Member>();
  #onEmpty: (() => void)[] = [];
  /** The members for others to look at. */
  readonly view: ReadonlySet<Member> = new SetView(this.#members);

  get size(): number {
    return this.#members.size;
  }

  [Symbol.iterator](): SetIterator<Member> {
    return this.#members[Symbol.iterator]();
  }

  add(member: Member): this {
    this.#members.add(member);
    return this;
  }

  delete(member: Member): boolean {
    const wasMember = this.#members.delete(member);
    if (this.size === 0) for (const resolve of this.#onEmpty.splice(0)) resolve();
    return wasMember;
  }

  /** Resolves when the set is empty. After `timeoutMs`, unless that is `Infinity`, `end` is called with each that is left. */
  async drained(timeoutMs: number, end: (member: Member) => void): Promise<void> {
    if (this.size === 0) return;
    const endAll = (): void => {
      for (const member of this) end(member);
    };
    // A timer of Node's that is to wait for ever fires at once.
    const deadline = timeoutMs === Infinity ? undefined : setTimeout(endAll, timeoutMs);
    await new Promise<void>((resolve) => {
      this.#onEmpty.push(resolve);
    });
    clearTimeout(deadline);
  }
}

/** A set without what changes it: whoever emptied the original would end the wait for its members. */
class SetView<Member> implements ReadonlySet<Member> {
  readonly #members: ReadonlySet<Member>;

  constructor(members: ReadonlySet<Member>) {
    this.#members = members;
  }

  get size(): number {
    return this.#members.size;
  }

  has(member: Member): boolean {
    return this.#members.has(member);
  }

  forEach(visit: (member: Member, again: Member, set: ReadonlySet<Member>) => void, self?: unknown): void {
    for (const member of this.#members) visit.call(self, member, member, this);
  }

  entries(): SetIterator<[Member, Member]> {
    return this.#members.entries();
  }

  keys(): SetIterator<Member> {
    return this.#members.keys();
  }

  values(): SetIterator<Member> {
    return this.#members.values();
  }

  [Symbol.iterator](): SetIterator<Member> {
    return this.#members[Symbol.iterator]();
  }

  [inspectMethod](_depth: number, options: object, inspect: Inspect): string {
    return inspect(this.#members, options);
  }
}
