// A stream that a client is told to use instead of dialling, and whoever is at its other end.

import type { Socket } from "node:net";
import { type Duplex, duplexPair } from "node:stream";
import { RawPeer } from "../../support/raw-client.js";

export interface DialledStream {
  readonly stream: Duplex;
  readonly peer: RawPeer;
  readonly createConnection: () => Duplex;
}

export function dialledStream(): DialledStream {
  const [stream, other] = duplexPair({ allowHalfOpen: true });
  return { stream, peer: new RawPeer(other as Socket), createConnection: () => stream };
}
