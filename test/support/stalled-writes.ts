// Writing until there is no room any more.

/** Lets promises, ticks and timers that are due run. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/**
 * Writes until a write has waited for `quietTurns` turns of the event loop. Answers how many were done, and the one that
 * waits.
 */
export async function writeUntilStalled(
  write: () => Promise<void>,
  quietTurns = 50,
): Promise<{ done: number; waiting: Promise<void> }> {
  for (let done = 0; done < 100_000; done++) {
    let isDone = false;
    const waiting = write().then(() => {
      isDone = true;
    });
    for (let turn = 0; turn < quietTurns && !isDone; turn++) await nextTurn();
    if (!isDone) return { done, waiting };
  }
  throw new Error("100000 writes were done, and there still was room");
}
