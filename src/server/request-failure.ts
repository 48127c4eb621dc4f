// Why a plain request is refused of which nothing more is known than the status that answers it.

import { HandshakeError, type HandshakeErrorCode, reasonOf } from "../handshake/index.js";

const codes: Readonly<Record<number, HandshakeErrorCode>> = {
  400: "HEAD_MALFORMED",
  408: "HANDSHAKE_TIMED_OUT",
  431: "HEAD_TOO_LARGE",
  505: "HTTP_VERSION_UNSUPPORTED",
};

/** `REQUEST_UNSUPPORTED` where the status has no code of its own. */
export function failureOf(status: number, message: string = reasonOf(status)): HandshakeError {
  return new HandshakeError(codes[status] ?? "REQUEST_UNSUPPORTED", message, { status });
}
