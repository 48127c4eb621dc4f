// WebSocketError of the WebSockets Standard's draft for WebSocketStream: a DOMException with what a Close frame said, or is to
// say when a stream is aborted or cancelled with it. `sluice` has a base class of its own by that name, so this one is exported
// by `sluice/web`.

import { checkClose } from "./close-arguments.js";
import { toDictionary, toDomString, toEnforcedShort, toUsvString } from "./conversion.js";
import { shapeInterface } from "./interface-shape.js";

export interface WebSocketCloseInfo {
  /** 1000 or 3000 to 4999 to close with. As told, also 1005 when the peer's Close had no code, and others of the RFC. */
  closeCode?: number | undefined;
  /** At most 123 bytes in UTF-8. Default "". */
  reason?: string | undefined;
}

/** The members of a `WebSocketCloseInfo`, converted. Throws `TypeError`. */
export function toCloseInfo(given: unknown): { closeCode: number | undefined; reason: string } {
  const { closeCode, reason } = toDictionary(given, "WebSocketCloseInfo");
  return {
    closeCode: closeCode === undefined ? undefined : toEnforcedShort(closeCode, "closeCode"),
    reason: reason === undefined ? "" : toUsvString(reason),
  };
}

/** Set from within the class: what the peer said is no argument of a script's, and is not checked like one. */
let setStatus: (error: WebSocketError, closeCode: number, reason: string) => void;

/**
 * Why a WebSocketStream failed, or what to close one with. Throws the `DOMException`s of `WebSocket.close` for a code or a
 * reason that a script may not use.
 */
export class WebSocketError extends DOMException {
  #closeCode: number | null;
  #reason: string;

  static {
    setStatus = (error, closeCode, reason) => {
      error.#closeCode = closeCode;
      error.#reason = reason;
    };
  }

  constructor(message = "", init: WebSocketCloseInfo = {}) {
    const text = toDomString(message);
    const { closeCode, reason } = toCloseInfo(init);
    super(text, "WebSocketError");
    // Some versions of Node.js answer an instance of the base class.
    if (Object.getPrototypeOf(this) !== new.target.prototype)
      Object.setPrototypeOf(this, new.target.prototype);
    checkClose(closeCode, reason);
    this.#closeCode = closeCode ?? (reason === "" ? null : 1000);
    this.#reason = reason;
  }

  /** The close code; null when there is none. */
  get closeCode(): number | null {
    return this.#closeCode;
  }
  get reason(): string {
    return this.#reason;
  }
}

shapeInterface(WebSocketError, ["closeCode", "reason"]);

/** What a stream fails with: the peer's code and reason, and the error behind it. */
export function createStreamError(
  message: string,
  closeCode: number,
  reason: string,
  cause: Error | undefined,
): WebSocketError {
  const error = new WebSocketError(message);
  setStatus(error, closeCode, reason);
  if (cause !== undefined) Object.defineProperty(error, "cause", { value: cause, configurable: true });
  return error;
}
