// Where each object and each list of a result was read, and which of their members are wrong.

import type { Place } from "./mistakes.js";

interface Member {
  readonly place: Place;
  /** Undefined when nothing in it is right. */
  readonly value: unknown;
}

interface Origin {
  readonly place: Place;
  /** By name, or by index in the file: of a list, the result has only what could be read. */
  readonly members: Map<string, Member>;
  readonly broken: Set<string>;
}

export class Origins {
  readonly #origins = new WeakMap<object, Origin>();

  add(value: object, place: Place): void {
    this.#origins.set(value, { place, members: new Map(), broken: new Set() });
  }

  addMember(value: object, name: string, member: Member): void {
    this.#origins.get(value)?.members.set(name, member);
  }

  /** Something is wrong with this member, or with what is in it. */
  addBroken(value: object, name: string): void {
    this.#origins.get(value)?.broken.add(name);
  }

  has(value: object, name: string): boolean {
    return this.#origins.get(value)?.members.has(name) === true;
  }

  membersOf(value: object): readonly unknown[] {
    return [...(this.#origins.get(value)?.members.values() ?? [])].map((member) => member.value);
  }

  brokenIn(value: object): readonly string[] {
    return [...(this.#origins.get(value)?.broken ?? [])];
  }

  /** Where the value, or one in it, was read: "to[1].weight" leads from a route to a number. What the path does not lead to has
   * the place of the last that it does. */
  placeOf(value: object, path: string): Place | undefined {
    let origin = this.#origins.get(value);
    let place = origin?.place;
    for (const step of path.match(/\w+/g) ?? []) {
      const member = origin?.members.get(step);
      if (member === undefined) break;
      place = member.place;
      origin = isObject(member.value) ? this.#origins.get(member.value) : undefined;
    }
    return place;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
