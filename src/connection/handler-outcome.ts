// What comes back from handlers: applications answer and throw all kinds of values, promises of other makes among them,
// and some that cannot even be made into text.

/** Whether the value is to be waited for: a promise of any make. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function"
  );
}

/** For an answer that nobody waits for: its rejection is no event of the process. */
export function ignoreRejection(answer: unknown): void {
  // A foreign thenable may throw, or call back twice; a promise does neither.
  if (isThenable(answer)) Promise.resolve(answer).catch(() => {});
}

/** What was thrown, as an error. */
export function toError(thrown: unknown): Error {
  if (isError(thrown)) return thrown;
  return new Error(`a handler threw a value that is no Error (${typeof thrown})`, { cause: thrown });
}

/** False for one whose message cannot be read: a proxy that was revoked throws whatever is asked of it. */
function isError(thrown: unknown): thrown is Error {
  try {
    return thrown instanceof Error && typeof thrown.message === "string";
  } catch {
    return false;
  }
}
