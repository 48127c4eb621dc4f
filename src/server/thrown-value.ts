// Applications throw all kinds of values, some of which cannot even be made into text.

/** What was thrown, as an error. */
export function toError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  return new Error(`a handler threw a value that is no Error (${typeof thrown})`, { cause: thrown });
}
