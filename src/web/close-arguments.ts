// What a script may close with (WebSockets Standard, "validate close code and reason").

/** RFC 6455 §5.5: a control frame has at most 125 bytes, of which the code takes two. */
const MAX_REASON_BYTES = 123;

/** Throws an "InvalidAccessError" or a "SyntaxError" `DOMException`. */
export function checkClose(code: number | undefined, reason: string): void {
  if (code !== undefined && code !== 1000 && !(code >= 3000 && code <= 4999))
    throw new DOMException(
      `the close code is ${code}; a script may use 1000 and 3000 to 4999`,
      "InvalidAccessError",
    );
  const byteLength = Buffer.byteLength(reason);
  if (byteLength > MAX_REASON_BYTES)
    throw new DOMException(
      `the close reason has ${byteLength} bytes; at most ${MAX_REASON_BYTES} fit into a Close frame`,
      "SyntaxError",
    );
}
