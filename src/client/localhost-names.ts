// RFC 6761 §6.3: "Name resolution APIs and libraries SHOULD recognize localhost names as special and SHOULD always return the IP
// loopback address for address queries". Systems do so for "localhost" itself, and many ask DNS for names below it, as Node does
// with them; browsers and curl ask nobody.

import type { LookupFunction } from "node:net";

const loopback = [
  { address: "127.0.0.1", family: 4 },
  { address: "::1", family: 6 },
];

/** Localhost itself, or what is below it; a dot at the end says that a name is whole. */
const localhostNames = /^(.*\.)?localhost\.?$/i;

/** Whether the name is one of this machine's, whoever is asked. */
export function isLocalhostName(hostname: string): boolean {
  return localhostNames.test(hostname);
}

/** How the name is looked up: as the caller says, here for one below localhost, and undefined where that is the system's to do. */
export function lookupFor(hostname: string, given: LookupFunction | undefined): LookupFunction | undefined {
  const isBelow = localhostNames.exec(hostname)?.[1] !== undefined;
  return given ?? (isBelow ? lookUpLoopback : undefined);
}

const lookUpLoopback: LookupFunction = (_hostname, { all }, done) => {
  const [{ address, family }] = loopback;
  // As the system's, it never calls back at once.
  process.nextTick(() => (all ? done(null, loopback) : done(null, address, family)));
};
