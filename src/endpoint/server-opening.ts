// A server's answer to an upgrade request that it lets in, without I/O (RFC 6455 §4.2.2).

import { acceptDeflate, type Compression } from "../deflate/index.js";
import {
  createUpgradeResponse,
  type HeaderInput,
  type Sha1,
  selectSubprotocol,
  type UpgradeOffer,
} from "../handshake/index.js";
import { describeValue, invalidArgument } from "../protocol/index.js";
import { type Agreement, agreementOf } from "./agreement.js";

/** The answer that lets a request in. */
export interface Acceptance {
  /** One of the offered subprotocols, or "" for none. Default: the first of the `protocols` option that was offered. */
  protocol?: string | undefined;
  /** Further headers of the 101 response. */
  headers?: HeaderInput | undefined;
}

/** What a server is ready for. */
export interface ServerTerms {
  /** Subprotocols that are spoken here, in order of preference. */
  readonly protocols: readonly string[];
  /** What may be agreed to of permessage-deflate. */
  readonly compression: Compression | undefined;
  readonly sha1: Sha1 | undefined;
}

export interface ServerAgreement extends Agreement {
  /** The bytes of the 101 response. */
  readonly response: Uint8Array;
}

/**
 * Agrees to the offer. Throws `StateError` `INVALID_ARGUMENT` for a subprotocol that was not offered and for headers that
 * cannot be sent.
 */
export function acceptUpgrade(
  offer: UpgradeOffer,
  acceptance: Acceptance,
  terms: ServerTerms,
): ServerAgreement {
  const { compression, sha1 } = terms;
  const protocol = acceptance.protocol ?? selectSubprotocol(offer.protocols, terms.protocols);
  // RFC 6455 §4.2.2: the server's choice is one of the client's, or none.
  if (protocol !== "" && !offer.protocols.includes(protocol)) {
    const text = `the chosen subprotocol is ${describeValue(protocol)}, which was not offered`;
    throw invalidArgument(text);
  }
  const accepted = compression && acceptDeflate(offer.extensions, compression.options);
  const agreement = agreementOf("server", protocol, accepted, compression);
  const { key } = offer;
  const { extensions } = agreement;
  const { headers } = acceptance;
  return {
    ...agreement,
    response: createUpgradeResponse({ key, protocol, extensions, headers, sha1 }),
  };
}
