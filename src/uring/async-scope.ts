// Whose AsyncLocalStorage a ring's own code runs with. It takes its turns for everybody, on behalf of whoever submitted last;
// without a scope, what is made meanwhile for one connection would see what belongs to another.

import { AsyncResource } from "node:async_hooks";

/** Nobody's. Handlers never run in it, but in scopes of their connections: what they put there would stay for all others. */
export const nobody = new AsyncResource("SluiceRing");
