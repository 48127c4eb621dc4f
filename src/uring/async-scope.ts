// Whose AsyncLocalStorage code runs with. A ring takes its turns for everybody, on behalf of whoever submitted last; without
// a scope, what one connection's handler keeps there would be seen by the handlers of all others.

import { AsyncResource } from "node:async_hooks";

/** Nobody's: that of a connection that was accepted, as with Node's sockets. */
export const nobody = new AsyncResource("SluiceRing");

/** Whose code calls this: that of a connection that it opens. */
export function currentScope(): AsyncResource {
  return new AsyncResource("SluiceConnection");
}
