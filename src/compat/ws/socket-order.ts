// What a program does with the socket itself comes behind what it has sent, though that is gathered until the turn ends: also
// when the socket is that of the request, which nobody asks a WebSocket for.

import { Socket } from "node:net";
import type { Duplex } from "node:stream";

/** What has been sent, and is to leave before anything else. */
export interface Gathered {
  flush(): void;
}

const gathered = Symbol("gathered");
type Ordered = Duplex & { [gathered]?: Gathered };

/** What writes to a socket, or ends it. */
const names = ["write", "end", "destroy", "destroySoon"] as const;

/** One for all sockets: each finds what it is to flush at the socket. */
const steps = Object.fromEntries(names.map((name) => [name, flushingStep(name)]));

/** Puts what was gathered before everything that is done with the socket from now on. A step that somebody has put there before
 * stays as it is. */
export function keepOrder(socket: Ordered, what: Gathered): void {
  socket[gathered] = what;
  for (const name of names)
    if (name in socket && !Object.hasOwn(socket, name)) Object.assign(socket, { [name]: steps[name] });
}

/** Whoever has put a write of their own in front of the socket's may keep the bytes for any time. */
export function isUnchanged({ write, _write }: Duplex): boolean {
  return (write === steps.write || write === Socket.prototype.write) && _write === Socket.prototype._write;
}

function flushingStep(name: (typeof names)[number]) {
  return function step(this: Ordered, ...given: unknown[]): unknown {
    this[gathered]?.flush();
    return Object.getPrototypeOf(this)[name].apply(this, given);
  };
}
