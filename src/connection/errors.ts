// What an operation on a connection that is over answers with, in one table of codes.

import { WebSocketError } from "../protocol/index.js";
import type { CloseInfo } from "./close-info.js";

export const closedErrorCodes = {
  CONNECTION_CLOSED: "the connection ended before the operation could complete",
} as const;
export type ClosedErrorCode = keyof typeof closedErrorCodes;

/** The connection is over. Says what was received and what was sent, and in which order. */
export class ClosedError extends WebSocketError {
  declare readonly code: ClosedErrorCode;
  /** The close code: 1006 when no Close frame came. */
  readonly closeCode: number;
  readonly closeInfo: CloseInfo;

  constructor(closeInfo: CloseInfo, options?: ErrorOptions) {
    super("CONNECTION_CLOSED", describeClose(closeInfo), options);
    this.closeCode = closeInfo.code;
    this.closeInfo = closeInfo;
  }
}

function describeClose({ code, reason, sent, received }: CloseInfo): string {
  if (received === undefined) {
    return `the connection ended without a Close frame from the peer (${code}), ${sent ? `after ${sent.code} was sent` : "and none was sent"}`;
  }
  return `the connection was closed with ${code}${reason === "" ? "" : ` ${JSON.stringify(reason)}`}`;
}
