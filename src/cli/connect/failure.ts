// Why a connection was not made, or was lost, in one line; and what that makes of the exit code.

import type { CloseInfo } from "../../connection/index.js";
import { ClosedError } from "../../connection/index.js";
import { HandshakeError } from "../../handshake/index.js";
import { CloseCode, LimitError, ProtocolError } from "../../protocol/index.js";
import { ExitCode } from "../command.js";
import { describeClose, describeError } from "../describe.js";
import { isCallersFault } from "../opening-failure.js";

export const ConnectExit = {
  ...ExitCode,
  /** The server answered, but not with a WebSocket. */
  REFUSED: 3,
  /** The server closed with a code that is an error's. */
  CLOSED_WITH_ERROR: 4,
} as const;

/** No answer of the server's. */
const noAnswers = new Set(["HANDSHAKE_TIMED_OUT", "CONNECTION_ENDED", "ABORTED"]);

/** For what `connect` rejects with. */
export function exitCodeOfFailure(error: unknown): number {
  if (isCallersFault(error)) return ConnectExit.USAGE;
  if (!(error instanceof HandshakeError)) return ConnectExit.FAILED;
  return noAnswers.has(error.code) ? ConnectExit.FAILED : ConnectExit.REFUSED;
}

/** What a flag can do about it, where the error does not say so. */
export function remedyOf(error: unknown): string {
  const isRedirect =
    error instanceof HandshakeError &&
    error.code === "UNEXPECTED_STATUS" &&
    /^30[12378]$/.test(`${error.status}`);
  return isRedirect ? "; --follow-redirects 5 goes where it leads" : "";
}

const kindlyCodes = new Set<number>([CloseCode.NORMAL, CloseCode.GOING_AWAY, CloseCode.NO_STATUS]);

/** For a connection that was open. `error` is what handlers were told before the end, if they were. */
export function exitCodeOfEnd(
  { closedFirstBy, wasClean, code }: CloseInfo,
  error: Error | undefined,
): number {
  if (error !== undefined) return ConnectExit.FAILED;
  if (closedFirstBy === "peer") return kindlyCodes.has(code) ? ConnectExit.OK : ConnectExit.CLOSED_WITH_ERROR;
  return wasClean ? ConnectExit.OK : ConnectExit.FAILED;
}

/** The connection is closing because of what the server sent. */
export function isPeersFault(error: Error | undefined): error is ProtocolError | LimitError {
  return error instanceof ProtocolError || error instanceof LimitError;
}

export function describeFault(error: ProtocolError | LimitError): string {
  return `closed with ${error.closeCode} because of what the server sent: ${describeError(error)}`;
}

/** How a connection ended, in one line. */
export function describeEnd({ closedFirstBy, received, sent }: CloseInfo, error: Error | undefined): string {
  if (isPeersFault(error)) return describeFault(error);
  if (error !== undefined && !(error instanceof ClosedError))
    return `connection lost: ${describeError(error)}`;
  if (closedFirstBy === "peer" && received !== undefined) {
    if (received.code === CloseCode.NO_STATUS) return "closed by the server, without a code";
    return `closed by the server with ${describeClose(received.code, received.reason)}`;
  }
  if (closedFirstBy === undefined) return "connection lost: the server ended it without a Close frame";
  if (received === undefined) return "closed, but the server did not answer the Close frame";
  return `closed with ${describeClose(sent?.code ?? CloseCode.NO_STATUS, sent?.reason ?? "")}`;
}
