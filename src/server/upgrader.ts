// What happens to an upgrade after the verdict: 101 and a connection, or a refusal and the end. The same for sockets
// that this server accepted, for those of an attached HTTP server, and for `accept`.

import { ignoreRejection, toError, type WebSocketConnection } from "../connection/index.js";
import { createRefusal, HandshakeError, type HandshakeErrorCode, refusalOf } from "../handshake/index.js";
import type { Transport } from "../transport/index.js";
import { type Admitted, admit, isRefused, type Refused, type Verdict } from "./admission.js";
import type { ConnectionRegistry } from "./connection-registry.js";
import { answerAndLeave } from "./farewell.js";
import type { ServerHandlers } from "./handlers.js";
import type { AcceptSettings } from "./server-options.js";
import type { Arrival, UpgradeTaker } from "./upgrade-taker.js";

export type Outcome<Context> = WebSocketConnection<Context> | Error;

/** Refusals that who runs the server may have to mend; the others are the client's affair, or the hook's own decision. */
const reportedCodes: ReadonlySet<string> = new Set<HandshakeErrorCode>([
  "HANDLER_FAILED",
  "ORIGIN_FORBIDDEN",
]);

/** What counts, and opens what is let in. */
export type UpgradeRegistry<Context> = Pick<
  ConnectionRegistry<Context>,
  "isClosing" | "refused" | "answering" | "open"
>;

export class Upgrader<Context> implements UpgradeTaker<Admitted<Context>, WebSocketConnection<Context>> {
  readonly registry: UpgradeRegistry<Context>;
  readonly settings: AcceptSettings;
  readonly #handlers: ServerHandlers<Context>;
  readonly #isListening: boolean;

  /** With `isListening` false the handlers only decide; the connection goes to whoever asked for it. */
  constructor(
    registry: UpgradeRegistry<Context>,
    settings: AcceptSettings,
    handlers: ServerHandlers<Context>,
    isListening = true,
  ) {
    this.registry = registry;
    this.settings = settings;
    this.#handlers = handlers;
    this.#isListening = isListening;
  }

  admit(arrival: Arrival): Verdict<Context> | Promise<Verdict<Context>> {
    return this.registry.isClosing ? unavailable() : admit(arrival, this.#handlers, this.settings);
  }

  /** Answers the request. `early` are bytes that came behind its head. */
  conclude(verdict: Verdict<Context>, transport: Transport, early: Uint8Array | undefined): Outcome<Context> {
    if (isRefused(verdict)) return this.refuse(verdict, transport);
    if (this.registry.isClosing) return this.refuse(unavailable(), transport);
    transport.write(verdict.response);
    return this.#open(verdict, transport, early);
  }

  /** Sends the refusal and ends the connection when the client does, or when it takes too long. */
  refuse({ refusal, error }: Refused, transport: Transport): Error {
    this.registry.refused++;
    if (error instanceof HandshakeError && reportedCodes.has(error.code)) this.report(error);
    let bytes: Uint8Array;
    try {
      bytes = createRefusal(refusal);
    } catch (cause) {
      const text = `the refusal cannot be sent: ${toError(cause).message}`;
      const failure = new HandshakeError("HANDLER_FAILED", text, { cause });
      this.report(failure);
      bytes = createRefusal(refusalOf(failure));
    }
    answerAndLeave(transport, bytes, this.settings.connection.closeTimeoutMs, this.registry.answering);
    return error;
  }

  /** For the log: something failed before there was a connection. */
  report(error: Error): void {
    try {
      ignoreRejection(this.#handlers.error?.(undefined, error));
    } catch {
      // There is nobody left to tell.
    }
  }

  #open(
    admitted: Admitted<Context>,
    transport: Transport,
    early: Uint8Array | undefined,
  ): WebSocketConnection<Context> {
    const handlers = this.#isListening ? this.#handlers : undefined;
    return this.registry.open(admitted, transport, early, this.settings, handlers);
  }
}

/** Nothing opens once a server or service has begun to close, and no hook is asked about it. */
function unavailable(): Refused {
  const error = new HandshakeError("SERVER_UNAVAILABLE", "the server is closing");
  return { refusal: refusalOf(error), error };
}
