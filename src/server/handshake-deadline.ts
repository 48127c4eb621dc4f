// How long a request may take to be complete and decided upon, whichever way it came.

import { HandshakeError, refusalOf } from "../handshake/index.js";
import type { Refused } from "./admission.js";

/** Calls `expire` with what is to be answered then, unless the timer is cleared before. */
export function startDeadline(timeoutMs: number, expire: (refused: Refused) => void): NodeJS.Timeout {
  return setTimeout(() => {
    const text = `the request was not complete, or not decided upon, within ${timeoutMs} ms (handshakeTimeoutMs)`;
    const error = new HandshakeError("HANDSHAKE_TIMED_OUT", text);
    expire({ refusal: refusalOf(error), error });
  }, timeoutMs);
}
