// The server's end: a request to read and check, the application's decision, then frames. Between the request and the
// decision the client has nothing to say; what comes all the same is kept within the bound of a head.

import {
  checkOrigins,
  createRefusal,
  HandshakeError,
  type OriginPolicy,
  originAllowed,
  quote,
  type Refusal,
  type RequestHead,
  RequestHeadReader,
  refusalOf,
  subprotocolsOf,
  type UpgradeOffer,
  validateUpgradeRequest,
} from "../handshake/index.js";
import { checkOptions, checkType, type NamesOf, type OptionTable, StateError } from "../protocol/index.js";
import { Endpoint } from "./endpoint.js";
import type { OfferEvent } from "./endpoint-event.js";
import {
  type EndpointOptions,
  endpointOptionHints,
  endpointOptionNames,
  resolveEndpointOptions,
} from "./endpoint-options.js";
import { type Acceptance, acceptUpgrade } from "./server-opening.js";

export interface ServerEndpointOptions extends EndpointOptions {
  /** Subprotocols that are spoken here, in order of preference. */
  protocols?: string | readonly string[] | undefined;
  /** Which browsers' pages may connect. A request without an Origin header is not from one. Default "same". */
  origins?: OriginPolicy | undefined;
  /** The request came encrypted, which is part of what "same" compares. Default false. */
  isSecure?: boolean | undefined;
}

const acceptTable: OptionTable = {
  owner: "accept",
  names: { protocol: true, headers: true } satisfies NamesOf<Acceptance>,
  hints: { subprotocol: "use protocol" },
};

const refuseTable: OptionTable = {
  owner: "refuse",
  names: { status: true, headers: true, body: true } satisfies NamesOf<Refusal>,
  hints: { statusCode: "use status", code: "use status" },
};

const optionTable: OptionTable = {
  owner: "ServerEndpoint",
  names: {
    ...endpointOptionNames,
    protocols: true,
    origins: true,
    isSecure: true,
  } satisfies NamesOf<ServerEndpointOptions>,
  hints: {
    ...endpointOptionHints,
    origin: "use origins",
    protocol: "use protocols",
    path: "look at the path of the offer",
  },
};

/**
 * A WebSocket server's end of one connection, without I/O. Throws `StateError` `INVALID_ARGUMENT` for options out of range
 * or of unknown names.
 */
export class ServerEndpoint extends Endpoint<OfferEvent> {
  readonly #protocols: readonly string[];
  readonly #origins: OriginPolicy;
  readonly #isSecure: boolean;
  readonly #reader: RequestHeadReader;
  #offer: UpgradeOffer | undefined;
  #isAnswered = false;

  constructor(options: ServerEndpointOptions = {}) {
    checkOptions(options, optionTable);
    const { protocols, origins = "same", isSecure = false } = options;
    checkOrigins(origins, 'it takes "same", "any" or a list');
    checkType("isSecure", isSecure, "boolean", "true or false");
    const settings = resolveEndpointOptions(options);
    super("server", settings, undefined);
    this.#protocols = subprotocolsOf(protocols);
    this.#origins = origins;
    this.#isSecure = isSecure;
    this.#reader = new RequestHeadReader(settings.limits);
  }

  /** The request that waits for an answer or has got one. */
  get offer(): UpgradeOffer | undefined {
    return this.#offer;
  }

  /**
   * The bytes of the 101 response; the connection is open. If bytes came behind the request, there is `hasMore`, and
   * `receive` without bytes answers what they meant. Empty when the connection has failed meanwhile.
   * Throws `StateError`: `NOT_OPEN` before the offer, `ALREADY_USED` after an answer, `INVALID_ARGUMENT` for a
   * subprotocol that was not offered and for headers that cannot be sent.
   */
  accept(acceptance: Acceptance = {}): Uint8Array {
    checkOptions(acceptance, acceptTable);
    const offer = this.#unanswered();
    if (this.isFinished) return this.takeOutput();
    const { compression, sha1 } = this.settings;
    const agreement = acceptUpgrade(offer, acceptance, { protocols: this.#protocols, compression, sha1 });
    this.write(agreement.response);
    this.#isAnswered = true;
    this.open(agreement);
    return this.takeOutput();
  }

  /**
   * The bytes of an HTTP response after which the transport has to be ended. Throws `StateError`: `NOT_OPEN` before the
   * offer, `ALREADY_USED` after an answer, `INVALID_ARGUMENT` for what is no final response.
   */
  refuse(refusal: Refusal): Uint8Array {
    checkOptions(refusal, refuseTable);
    this.#unanswered();
    if (this.isFinished) return this.takeOutput();
    this.write(createRefusal(refusal));
    this.#isAnswered = true;
    this.finish();
    return this.takeOutput();
  }

  protected override receiveHead(bytes: Uint8Array): number {
    if (this.#offer !== undefined) {
      this.#receiveEarly(bytes, 0);
      return bytes.length;
    }
    const at = this.#reader.receive(bytes, 0, bytes.length);
    const { result } = this.#reader;
    if (result instanceof HandshakeError) this.#refuseFor(result);
    else if (result !== undefined) {
      this.#judge(result);
      this.#receiveEarly(bytes, at);
    }
    return bytes.length;
  }

  #judge(head: RequestHead): void {
    const offer = validateUpgradeRequest(head);
    if (offer instanceof HandshakeError) this.#refuseFor(offer);
    else if (!originAllowed(this.#origins, offer.origin, offer.host, this.#isSecure)) {
      const text = `origin ${quote(offer.origin ?? "")} may not connect`;
      this.#refuseFor(new HandshakeError("ORIGIN_FORBIDDEN", text));
    } else {
      this.#offer = offer;
      this.report({ type: "offer", offer, head });
    }
  }

  #receiveEarly(bytes: Uint8Array, start: number): void {
    if (this.isFinished) return;
    const length = this.earlyBytes + bytes.length - start;
    const { maxHeadBytes } = this.settings.limits;
    if (length <= maxHeadBytes) {
      this.keepEarly(bytes, start);
      return;
    }
    // RFC 6455 §4.1: "Once the client's opening handshake has been sent, the client MUST wait for a response from the
    // server before sending any further data." Common clients do; the bound is for the others.
    const text = `${length} bytes behind an unanswered request exceed the limit of ${maxHeadBytes} (maxHeadBytes)`;
    this.#refuseFor(new HandshakeError("BODY_FORBIDDEN", text));
  }

  #refuseFor(error: HandshakeError): void {
    this.write(createRefusal(refusalOf(error)));
    this.fail(error);
  }

  #unanswered(): UpgradeOffer {
    if (this.#isAnswered) throw new StateError("ALREADY_USED", "the request has been answered");
    if (this.#offer === undefined) throw new StateError("NOT_OPEN", "there is no request to answer");
    return this.#offer;
  }
}
