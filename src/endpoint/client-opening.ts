// A client's opening handshake without I/O: the request, and what a response to it is worth (RFC 6455 §4.1).

import {
  type AcceptedDeflate,
  type Compression,
  EXTENSION_NAME,
  offerDeflate,
  verifyDeflate,
} from "../deflate/index.js";
import {
  createKey,
  createUpgradeRequest,
  type Extension,
  encodeRequestHead,
  formatExtensions,
  HandshakeError,
  type HeaderInput,
  type ResponseHead,
  type Sha1,
  type UpgradeRequest,
  validateUpgradeResponse,
} from "../handshake/index.js";
import { type Agreement, agreementOf } from "./agreement.js";

export interface ClientOpeningOptions {
  /** The value of the Host header. */
  readonly host: string;
  /** Path and query. */
  readonly target: string;
  /** 16 random bytes, fresh for each attempt. */
  readonly key: Uint8Array;
  /** Subprotocols to offer, in order of preference. */
  readonly protocols: readonly string[];
  readonly origin: string | undefined;
  /** Further headers. */
  readonly headers: HeaderInput | undefined;
  /** What is offered of permessage-deflate. */
  readonly compression: Compression | undefined;
  readonly sha1: Sha1 | undefined;
}

export class ClientOpening {
  readonly request: UpgradeRequest;
  /** The request as it is sent. */
  readonly bytes: Uint8Array;
  readonly #key: string;
  readonly #protocols: readonly string[];
  readonly #compression: Compression | undefined;
  readonly #sha1: Sha1 | undefined;

  /** Throws `StateError` `INVALID_ARGUMENT` for what no request can be made of. */
  constructor({ host, target, key, protocols, origin, headers, compression, sha1 }: ClientOpeningOptions) {
    this.#key = createKey(key);
    this.#protocols = [...protocols];
    this.#compression = compression;
    this.#sha1 = sha1;
    const extensions = compression ? formatExtensions([offerDeflate(compression.options)]) : "";
    const request = createUpgradeRequest({
      host,
      target,
      key: this.#key,
      protocols,
      extensions,
      origin,
      headers,
    });
    this.request = request;
    this.bytes = encodeRequestHead(request.method, request.target, request.headers);
  }

  /** What the final response agrees to, or why it does not. */
  judge(head: ResponseHead): Agreement | HandshakeError {
    const extensionNames = this.#compression ? [EXTENSION_NAME] : [];
    const sent = { key: this.#key, protocols: this.#protocols, extensionNames };
    const answer = validateUpgradeResponse(head, sent, this.#sha1);
    if (answer instanceof HandshakeError) return answer;
    const accepted = this.#acceptedDeflate(answer.extensions);
    if (typeof accepted === "string")
      return new HandshakeError("EXTENSION_PARAMETERS_INVALID", accepted, { head });
    return agreementOf("client", answer.protocol, accepted, this.#compression);
  }

  /** A text says what is wrong with the answer. */
  #acceptedDeflate(extensions: readonly Extension[]): AcceptedDeflate | string | undefined {
    const [element] = extensions;
    if (element === undefined || this.#compression === undefined) return undefined;
    // RFC 7692 §7.1.3: a server accepts "by picking any supported one from the listed offers"; §5: "If a server gives an
    // invalid response … the client MUST _Fail the WebSocket Connection_."
    if (extensions.length > 1) return `the server answered one offer with ${extensions.length} extensions`;
    const parameters = verifyDeflate(element, this.#compression.options);
    return typeof parameters === "string" ? parameters : { element, parameters };
  }
}
