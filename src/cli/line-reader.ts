// Lines of a stream, as they are asked for: what is not asked for stays where it comes from.

import { StringDecoder } from "node:string_decoder";

/** A line that does not end within this many characters is more likely a device than a text. */
const MAX_LINE_CHARACTERS = 2 ** 28;

/** Yields lines without their end, and the last one without a line feed too. Throws when a line has no end in sight. */
export async function* readLines(stream: AsyncIterable<Uint8Array | string>): AsyncGenerator<string> {
  const decoder = new StringDecoder("utf8");
  let parts: string[] = [];
  let length = 0;
  const take = (end: string): string => {
    const line = parts.join("") + end;
    parts = [];
    length = 0;
    return line.endsWith("\r") ? line.slice(0, -1) : line;
  };
  for await (const chunk of stream) {
    const text = typeof chunk === "string" ? chunk : decoder.write(Buffer.from(chunk));
    let start = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", start)) {
      yield take(text.slice(start, end));
      start = end + 1;
    }
    parts.push(text.slice(start));
    length += text.length - start;
    if (length > MAX_LINE_CHARACTERS)
      throw new Error(
        `a line of the input is longer than ${MAX_LINE_CHARACTERS} characters; send it with --binary`,
      );
  }
  const rest = take(decoder.end());
  if (rest !== "") yield rest;
}
