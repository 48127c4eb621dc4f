import { CloseCode, type CloseStatus } from "../protocol/index.js";

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
