// What a closing server waits for: connections, and streams of plain HTTP.

export class DrainingSet<Member> extends Set<Member> {
  #onEmpty: (() => void)[] = [];

  override delete(member: Member): boolean {
    const wasMember = super.delete(member);
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
