// The port for opening connections.

import type { LookupFunction } from "node:net";
import type { Transport } from "./transport.js";

/** A host to be looked up and a port of it, or the path of a unix socket. */
export type DialAddress =
  | { readonly host: string; readonly port: number; readonly lookup?: LookupFunction | undefined }
  | { readonly path: string };

export interface Dialer {
  /**
   * A connected transport, not attached yet: nothing is read before somebody attaches. Rejects with `TransportError`, or
   * with the deadline's reason; nothing stays open then.
   */
  dial(address: DialAddress, deadline: AbortSignal): Promise<Transport>;
}
