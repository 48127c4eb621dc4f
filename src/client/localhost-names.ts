// RFC 6761 §6.3: "Name resolution APIs and libraries SHOULD recognize localhost names as special and SHOULD always return the IP
// loopback address for address queries". Systems do so for "localhost" itself, and many ask DNS for names below it, as Node does
// with them; browsers and curl ask nobody.

import type { LookupFunction } from "node:net";

const loopback = [
  { address: "127.0.0.1", family: 4 },
  { address: "::1", family: 6 },
];

/** How the name is looked up: as the caller says, here for one below localhost, and undefined where that is the system's to do. */
export function lookupFor(hostname: string, given: LookupFunction | undefined): LookupFunction | undefined {
  return given ?? (/\.localhost\.?$/i.test(hostname) ? lookUpLoopback : undefined);
}

const lookUpLoopback: LookupFunction = (_hostname, { all }, done) => {
  const [{ address, family }] = loopback;
  // As the system's, it never calls back at once.
  process.nextTick(() => (all ? done(null, loopback) : done(null, address, family)));
};
