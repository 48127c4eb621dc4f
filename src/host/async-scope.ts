// Whose AsyncLocalStorage handlers run with, where the event loop does not know: work that is put off to the end of a turn
// is done for many connections in a row.

import { AsyncResource } from "node:async_hooks";

/**
 * Nobody's. What is done for everybody runs in it, on behalf of whoever asked last. Handlers never do, but in scopes of their
 * connections: what they put there would stay for all others.
 */
export const nobody = new AsyncResource("SluiceNobody");

/** The context of whoever calls this, to come back to. What is put into the storage there stays there. */
export function currentScope(): AsyncResource {
  return new AsyncResource("SluiceConnection");
}
