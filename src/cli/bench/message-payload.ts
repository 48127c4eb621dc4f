// What is sent: made from a size, or given.

/** Printable characters without those that JSON or a shell would escape. */
const ALPHABET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";

/**
 * So many ASCII characters, the same in every run. They look random, so that compression gains about a quarter, which is
 * what 64 letters allow, and not everything, as with one letter repeated.
 */
export function textOfSize(bytes: number): string {
  const codes = Buffer.alloc(bytes);
  // A linear congruential generator, with the constants of Numerical Recipes; its upper bits are the random ones.
  let state = 1;
  for (let i = 0; i < bytes; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    codes[i] = ALPHABET.charCodeAt(state >>> 26);
  }
  return codes.toString("latin1");
}

export function byteLengthOf(payload: string | Uint8Array): number {
  return typeof payload === "string" ? Buffer.byteLength(payload) : payload.length;
}
