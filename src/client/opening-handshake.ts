// The opening handshake over a dialled transport: request, response, agreement.

import { type Agreement, ClientOpening } from "../endpoint/index.js";
import { HandshakeError, type UpgradeRequest, type WebSocketTarget } from "../handshake/index.js";
import { randomBlock, sha1 } from "../host/index.js";
import type { Transport } from "../transport/index.js";
import type { ConnectSettings } from "./connect-options.js";
import { dial } from "./dial.js";
import { exchangeHeads } from "./head-exchange.js";
import { explainTlsFailure } from "./tls-failure.js";

/** An agreement with a server, and the transport it holds on. */
export interface Opened {
  readonly transport: Transport;
  readonly early: Uint8Array | undefined;
  readonly request: UpgradeRequest;
  readonly agreement: Agreement;
}

/** May put a transport of its own around the dialled one, before anything passes over it. */
export interface Wrapping {
  readonly wrap?: ((dialled: Transport) => Transport) | undefined;
}

/** Dials and shakes hands. Rejects with `HandshakeError`, `TransportError` or the deadline's reason. */
export async function openHandshake(
  target: WebSocketTarget,
  settings: ConnectSettings & Wrapping,
  deadline: AbortSignal,
): Promise<Opened> {
  const { protocols, origin, headers, compression, wrap = (dialled) => dialled } = settings;
  const opening = new ClientOpening({
    host: target.hostHeader,
    target: target.target,
    key: randomBlock(16),
    protocols,
    origin,
    headers,
    compression,
    sha1,
  });
  const transport = wrap(await dial(target, settings.dial, deadline));
  const answer = exchangeHeads(transport, opening.bytes, deadline, `the server ${target.hostHeader}`);
  const { head, early } = await answer.catch((error: unknown) => {
    // With TLS 1.3 a server refuses a client's certificate after its own handshake.
    throw explainTlsFailure(error, target.hostHeader);
  });
  const agreement = opening.judge(head);
  if (agreement instanceof HandshakeError) {
    transport.destroy();
    throw agreement;
  }
  return { transport, early, request: opening.request, agreement };
}
