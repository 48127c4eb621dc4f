// What an operation on a connection that is over answers with, in one table of codes.

import { CloseCode, describeValue, WebSocketError } from "../protocol/index.js";
import type { CloseInfo } from "./close-info.js";

export const closedErrorCodes = {
  CONNECTION_CLOSED: { meaning: "The connection ended before the operation could complete." },
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

function describeClose({ code, reason, sent, received, closedFirstBy }: CloseInfo): string {
  if (received === undefined) {
    // It may still be closing, so that an answer is to come.
    return sent === undefined
      ? `the connection ended without a Close frame from the peer (${code}), and none was sent`
      : `this end closed the connection with ${sent.code}, and the peer has not answered with a Close frame (${code})`;
  }
  const status = `${code}${reason === "" ? "" : ` ${describeValue(reason)}`}`;
  if (closedFirstBy === "us") return `this end closed the connection, and the peer answered with ${status}`;
  if (closedFirstBy === undefined) return `the connection was closed with ${status}`;
  const why = code === CloseCode.MESSAGE_TOO_BIG ? ": the message exceeded the peer's limit" : "";
  return `the peer closed the connection with ${status}${why}`;
}
