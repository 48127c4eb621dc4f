// Why a connection was not made, as far as that is the same for every command that makes some.

import { HandshakeError } from "../handshake/index.js";
import { StateError } from "../protocol/index.js";
import { shownUrl } from "./address.js";
import { describeError, type FlagNames } from "./describe.js";

const callersCodes = new Set(["URL_INVALID", "PROXY_INVALID"]);

/** What nobody but the caller can mend, and would fail each time. */
export function isCallersFault(error: unknown): boolean {
  return error instanceof StateError || (error instanceof HandshakeError && callersCodes.has(error.code));
}

/** In one line, without the URL's password. */
export function describeOpeningFailure(error: unknown, url: string, flags?: FlagNames): string {
  return describeError(error, flags).replaceAll(url, shownUrl(url));
}
