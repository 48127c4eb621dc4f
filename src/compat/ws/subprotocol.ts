// The header Sec-WebSocket-Protocol of a request, as `ws` reads it.

import { HeaderScanner } from "./header-scanner.js";

/** The subprotocols in their order. Throws a `SyntaxError` for anything else, and for one that is named twice. */
export function parse(header: string): Set<string> {
  const protocols = new Set<string>();
  const scanner = new HeaderScanner(header);
  for (let sign = ","; sign !== ""; ) {
    const protocol = scanner.token();
    sign = scanner.sign(",");
    if (protocols.has(protocol)) throw new SyntaxError(`The "${protocol}" subprotocol is duplicated`);
    protocols.add(protocol);
  }
  return protocols;
}
