// Event handler IDL attributes (HTML Standard, "event handlers"): `onmessage` is a listener whose place in the order is that
// of the first assignment, for as long as there is a handler.

type Handler = (this: EventTarget, event: Event) => unknown;

interface Activation {
  handler: object;
  readonly listener: (event: Event) => void;
}

export class EventHandlers {
  readonly #target: EventTarget;
  readonly #activations = new Map<string, Activation>();

  constructor(target: EventTarget) {
    this.#target = target;
  }

  /** The handler of events of this type, or null. */
  get(type: string): object | null {
    return this.#activations.get(type)?.handler ?? null;
  }

  /** What is no object means null, and an object that cannot be called is kept, but never called: [LegacyTreatNonObjectAsNull]. */
  set(type: string, value: unknown): void {
    const known = this.#activations.get(type);
    const isHandler = typeof value === "function" || (typeof value === "object" && value !== null);
    if (isHandler && known !== undefined) known.handler = value;
    else if (isHandler) this.#activate(type, value);
    else if (known !== undefined) {
      this.#target.removeEventListener(type, known.listener);
      this.#activations.delete(type);
    }
  }

  #activate(type: string, handler: object): void {
    const activation: Activation = {
      handler,
      listener: (event) => {
        const current = activation.handler;
        if (typeof current !== "function") return;
        const answer: unknown = (current as Handler).call(event.currentTarget as EventTarget, event);
        // HTML Standard, "the event handler processing algorithm": "If return value is false, then set event's canceled flag."
        if (answer === false) event.preventDefault();
      },
    };
    this.#activations.set(type, activation);
    this.#target.addEventListener(type, activation.listener);
  }
}
