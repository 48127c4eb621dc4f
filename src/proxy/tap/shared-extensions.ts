// What connections agree to comes in few forms. One copy of each is kept for all, so that no open connection holds on to the
// head of the response that named it.

const MAX_KNOWN = 64;
const known = new Map<string, string>();

export function sharedExtensions(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const found = known.get(header);
  if (found !== undefined) return found;
  // A string that was cut out of another keeps that other in memory.
  const copy = Buffer.from(header).toString();
  if (known.size < MAX_KNOWN) known.set(copy, copy);
  return copy;
}
