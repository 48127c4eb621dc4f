// Lines of a stream, as they are asked for: what is not asked for stays where it comes from.

import { isUtf8 } from "node:buffer";

/** A line that does not end within so many bytes is more likely a device than a text. */
const MAX_LINE_BYTES = 2 ** 28;
const LINE_FEED = 0x0a;
const REPLACEMENT = "\ufffd";

/**
 * Yields lines without their end, and the last one without a line feed too. What is no UTF-8 becomes U+FFFD, and `onReplaced`
 * is told the number of the first line in which that was so. Throws when a line has no end in sight.
 */
export async function* readLines(
  stream: AsyncIterable<Uint8Array | string>,
  onReplaced: (lineNumber: number) => void = () => {},
): AsyncGenerator<string> {
  let parts: Uint8Array[] = [];
  let length = 0;
  let number = 0;
  let isToldOf = false;
  const take = (end: Uint8Array): string => {
    const bytes = Buffer.concat([...parts, end]);
    parts = [];
    length = 0;
    number++;
    const line = bytes.toString();
    if (!isToldOf && line.includes(REPLACEMENT) && !isUtf8(bytes)) {
      isToldOf = true;
      onReplaced(number);
    }
    return line.endsWith("\r") ? line.slice(0, -1) : line;
  };
  for await (const chunk of stream) {
    const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
    let start = 0;
    for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, start)) {
      yield take(bytes.subarray(start, end));
      start = end + 1;
    }
    parts.push(bytes.subarray(start));
    length += bytes.length - start;
    if (length > MAX_LINE_BYTES)
      throw new Error(`a line of the input is longer than ${MAX_LINE_BYTES} bytes; send it with --binary`);
  }
  const rest = take(new Uint8Array());
  if (rest !== "") yield rest;
}
