// What went wrong, by class: a code of ours, or the close code of a peer.

/** A peer chooses close codes and so could fill the memory with classes. */
const MAX_CLASSES = 64;
const OTHER = "OTHER";

export interface ErrorCount {
  readonly class: string;
  readonly count: number;
  /** The message of the first one. */
  readonly example: string;
}

export class ErrorTally {
  readonly #classes = new Map<string, { count: number; example: string }>();
  #total = 0;

  get total(): number {
    return this.#total;
  }

  add(errorClass: string, example: string, count = 1): void {
    this.#total += count;
    const name = this.#classes.has(errorClass) || this.#classes.size < MAX_CLASSES ? errorClass : OTHER;
    const known = this.#classes.get(name);
    if (known === undefined) this.#classes.set(name, { count, example });
    else known.count += count;
  }

  /** The most frequent first. */
  list(): ErrorCount[] {
    return [...this.#classes]
      .map(([name, { count, example }]) => ({ class: name, count, example }))
      .sort((a, b) => b.count - a.count);
  }
}

export function errorClassOf(error: unknown): string {
  const { code } = Object(error) as { readonly code?: unknown };
  return typeof code === "string" ? code : "UNKNOWN";
}
