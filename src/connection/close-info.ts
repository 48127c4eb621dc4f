import { CloseCode, type CloseStatus, type Role } from "../protocol/index.js";

/** How long Chromium waits for the server's end of TCP. */
const TCP_END_TIMEOUT_MS = 2000;
/** A header with a masking key, and the longest payload of a control frame. */
const MAX_CLOSE_FRAME_BYTES = 131;

/** How a connection ended. */
export interface CloseInfo {
  /** The code of the peer's Close; 1005 when it carried none, 1006 when none came (RFC 6455 §7.1.5). */
  readonly code: number;
  /** The reason of the peer's Close, or "". */
  readonly reason: string;
  /** Both Close frames have passed. */
  readonly wasClean: boolean;
  /** The Close that was sent, if one was. */
  readonly sent: CloseStatus | undefined;
  /** The Close that was received, if one was. */
  readonly received: CloseStatus | undefined;
  /** Which Close frame came first; undefined when there was none. */
  readonly closedFirstBy: "us" | "peer" | undefined;
}

/** What the Close frames that have passed make of the end. */
export function closeInfoOf(
  protocol: { readonly closeSent: CloseStatus | undefined; readonly closeReceived: CloseStatus | undefined },
  closedFirstBy: CloseInfo["closedFirstBy"],
): CloseInfo {
  const { closeSent: sent, closeReceived: received } = protocol;
  return {
    code: received?.code ?? CloseCode.ABNORMAL,
    reason: received?.reason ?? "",
    wasClean: sent !== undefined && received !== undefined,
    sent,
    received,
    closedFirstBy,
  };
}

interface LastWait {
  readonly role: Role;
  readonly outbox: { readonly bufferedBytes: number };
  readonly settings: { readonly closeTimeoutMs: number };
}

/**
 * How long to wait for the end of TCP when the peer's Close was answered, or told what the peer did wrong. RFC 6455 §7.1.1: when
 * the server's end does not come "in a reasonable amount of time", the client "MAY initiate the TCP Close". Where more than the
 * Close itself is still on its way, that gets all of `closeTimeoutMs`.
 */
export function tcpEndTimeoutOf({ role, outbox, settings }: LastWait): number {
  const isPatient = role === "server" || outbox.bufferedBytes > MAX_CLOSE_FRAME_BYTES;
  return isPatient ? settings.closeTimeoutMs : Math.min(settings.closeTimeoutMs, TCP_END_TIMEOUT_MS);
}
