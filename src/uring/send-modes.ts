// How bytes are given to the kernel.

import * as abi from "./abi.js";

/** What the kernel takes at once, or says that it does not. */
export const SEND_NOW = abi.MSG_NOSIGNAL | abi.MSG_DONTWAIT;
/** Completes when everything was taken, of which there is at most so much: what comes slowly can be seen to come. */
export const SEND_ALL = abi.MSG_NOSIGNAL | abi.MSG_WAITALL;
export const SEND_ALL_BYTES = 65_536;

/** From here on a call of its own costs less than what the shared block would suffer: with the answer at hand its memory
 * is used again while it is in the caches. */
export const DIRECT_BYTES = 8192;
