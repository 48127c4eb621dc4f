// What a Close frame says, and what is wrong with one that says it badly (RFC 6455 §5.5.1, §7.4).

import type { ByteEngine } from "./byte-engine.js";
import { CloseCode, isCloseCode } from "./close-code.js";
import { ProtocolError } from "./errors.js";

/** What a Close frame said. */
export interface CloseStatus {
  readonly code: number;
  readonly reason: string;
}

/** The status in the payload of a Close frame, which has no bytes or two and more; code 1005 when it carries none. */
export function parseCloseStatus(engine: ByteEngine, payload: Uint8Array): CloseStatus | ProtocolError {
  if (payload.length === 0) return { code: CloseCode.NO_STATUS, reason: "" };
  const code = (payload[0] << 8) | payload[1];
  if (!isCloseCode(code))
    return new ProtocolError("CLOSE_CODE_INVALID", `close code ${code} may not be sent`);
  if (!engine.isUtf8(payload, 2, payload.length)) {
    return new ProtocolError(
      "CLOSE_REASON_NOT_UTF8",
      `the close reason (${payload.length - 2} bytes) is not UTF-8`,
    );
  }
  return { code, reason: engine.decodeUtf8(payload, 2, payload.length) };
}
