// What an opening handshake ends with, the same for both roles.

import { type AcceptedDeflate, type Compression, PerMessageDeflate } from "../deflate/index.js";
import { formatExtensions } from "../handshake/index.js";
import type { MessageCodec, Role } from "../protocol/index.js";

export interface Agreement {
  /** The subprotocol; "" for none. */
  readonly protocol: string;
  /** The value of Sec-WebSocket-Extensions in the response; "" for none. */
  readonly extensions: string;
  /** permessage-deflate as agreed. It holds no compressor before it is used, so it may be left unused. */
  readonly codec: MessageCodec | undefined;
}

/** An agreement on a subprotocol, and on compression where both ends have it. */
export function agreementOf(
  role: Role,
  protocol: string,
  accepted: AcceptedDeflate | undefined,
  compression: Compression | undefined,
): Agreement {
  if (accepted === undefined || compression === undefined)
    return { protocol, extensions: "", codec: undefined };
  const { options, engine } = compression;
  return {
    protocol,
    extensions: formatExtensions([accepted.element]),
    codec: new PerMessageDeflate(role, accepted.parameters, options, engine),
  };
}
