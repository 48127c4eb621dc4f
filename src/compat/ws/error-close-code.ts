// The close code that an error's cause asks for, on the error itself, where programs that know `ws` well look for it.

const statusCode = Symbol("status-code");

export function withCloseCode<E extends Error>(error: E, closeCode: number): E {
  return Object.assign(error, { [statusCode]: closeCode });
}

/** What the connection closes with because of the error; undefined when nothing was said. */
export function closeCodeOf(error: Error & { [statusCode]?: number }): number | undefined {
  return error[statusCode];
}
