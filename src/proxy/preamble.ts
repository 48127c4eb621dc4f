// What a connection to an upstream begins with: the PROXY header that says whose it is, on routes that send one.

import type { ClientIdentity, Peer } from "./headers/client-identity.js";
import { encodeProxyHeader } from "./listening/proxy-header-encoding.js";
import type { Route } from "./route.js";

/** A client that is known by the word of a proxy has no port that anybody knows. */
export function preambleFor(
  { settings }: Route,
  identity: ClientIdentity,
  peer: Peer,
): Uint8Array | undefined {
  const version = settings.sendProxyProtocol;
  if (version === undefined) return undefined;
  const { remote, local } = peer.endpoints?.() ?? { remote: undefined, local: undefined };
  const { clientAddress, peerAddress } = identity;
  const isPeer = clientAddress === peerAddress;
  const known = clientAddress === undefined ? undefined : { address: clientAddress, port: 0 };
  return encodeProxyHeader(version, isPeer ? (remote ?? known) : known, local);
}
