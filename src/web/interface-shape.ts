// What Web IDL makes of an interface, and a class of JavaScript does not: its members can be enumerated, its constants are
// on the class and on the prototype and cannot be changed, and it has a tag.

/** What the events of the platform take, which Node's types do not name. */
export interface EventInit {
  bubbles?: boolean | undefined;
  cancelable?: boolean | undefined;
  composed?: boolean | undefined;
}

/** The members that an event's dictionary inherits. Web IDL converts them before its own, and each of them once. */
export function toEventInit({ bubbles, cancelable, composed }: Readonly<Record<string, unknown>>): EventInit {
  return { bubbles: Boolean(bubbles), cancelable: Boolean(cancelable), composed: Boolean(composed) };
}

interface Interface {
  readonly name: string;
  readonly prototype: object;
}

/** Gives a class the shape of an interface. `members` are the names of its attributes and methods. */
export function shapeInterface(
  type: Interface,
  members: readonly string[],
  constants: Readonly<Record<string, number>> = {},
): void {
  const { name, prototype } = type;
  for (const member of members) Object.defineProperty(prototype, member, { enumerable: true });
  for (const target of [type, prototype])
    for (const [constant, value] of Object.entries(constants))
      Object.defineProperty(target, constant, {
        value,
        enumerable: true,
        writable: false,
        configurable: false,
      });
  Object.defineProperty(prototype, Symbol.toStringTag, { value: name, configurable: true });
}

/** Throws `TypeError` when fewer arguments were passed than `what` takes. */
export function needArguments(given: number, needed: number, what: string): void {
  if (given >= needed) return;
  throw new TypeError(`${what} takes ${needed} argument${needed === 1 ? "" : "s"}, and got ${given}`);
}
