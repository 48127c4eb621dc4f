// The client's end: a request whose bytes are known from the start, a response to verify, then frames. What follows the
// head of an answer that is not 101, its body, is read and forgotten.

import { EXTENSION_NAME, offerDeflate, verifyDeflate } from "../deflate/index.js";
import {
  createKey,
  createUpgradeRequest,
  type Extension,
  encodeRequestHead,
  formatExtensions,
  HandshakeError,
  type HeaderInput,
  isInterimResponse,
  type ResponseHead,
  ResponseHeadReader,
  type SentOffer,
  validateUpgradeResponse,
} from "../handshake/index.js";
import { StateError } from "../protocol/index.js";
import { type Agreement, Endpoint } from "./endpoint.js";
import type { OpenEvent } from "./endpoint-event.js";
import { type EndpointOptions, type EndpointSettings, resolveEndpointOptions } from "./endpoint-options.js";

export interface ClientEndpointOptions extends EndpointOptions {
  /** The value of the Host header: `host [ ":" port ]`. `describeTarget(url).hostHeader` has it. */
  host: string;
  /** Path and query. `describeTarget(url).target` has it. Default "/". */
  target?: string | undefined;
  /** 16 random bytes, fresh for each connection (RFC 6455 §4.1). */
  key: Uint8Array;
  /** A source of masking keys: 32 fresh bits per call from a strong source (RFC 6455 §5.3, §10.3). */
  nextMaskKey: () => number;
  /** Subprotocols to offer, in order of preference. */
  protocols?: readonly string[] | undefined;
  /** Further headers of the request. */
  headers?: HeaderInput | undefined;
  /** The Origin header, for what acts for a browser. */
  origin?: string | undefined;
}

/** Interim responses (1xx) that are read over before the real one. */
const MAX_INTERIM = 16;

/** A WebSocket client without I/O. Throws `StateError` `INVALID_ARGUMENT` for options that no request can be made of. */
export class ClientEndpoint extends Endpoint<OpenEvent> {
  /** The bytes of the upgrade request: write them first. */
  readonly request: Uint8Array;
  readonly #sent: SentOffer;
  #reader: ResponseHeadReader;
  #interim = 0;

  constructor(options: ClientEndpointOptions) {
    const { host, target = "/", protocols = [], origin, headers, nextMaskKey } = options;
    const settings = resolveEndpointOptions(options);
    if (typeof nextMaskKey !== "function") {
      throw new StateError(
        "INVALID_ARGUMENT",
        "a client needs nextMaskKey, a source of unpredictable masking keys",
      );
    }
    super("client", settings, nextMaskKey);
    const { deflate, limits } = settings;
    const key = createKey(options.key);
    const extensions = deflate ? formatExtensions([offerDeflate(deflate)]) : "";
    const request = createUpgradeRequest({ host, target, key, protocols, extensions, origin, headers });
    this.request = encodeRequestHead(request.method, request.target, request.headers);
    this.#sent = { key, protocols: [...protocols], extensionNames: deflate ? [EXTENSION_NAME] : [] };
    this.#reader = new ResponseHeadReader(limits);
  }

  protected override receiveHead(bytes: Uint8Array): number {
    let at = 0;
    while (at < bytes.length) {
      at = this.#reader.receive(bytes, at, bytes.length);
      const { result } = this.#reader;
      if (result === undefined) return at;
      if (result instanceof HandshakeError) {
        this.fail(result);
        return at;
      }
      if (!isInterimResponse(result)) {
        this.#conclude(result);
        return at;
      }
      if (++this.#interim > MAX_INTERIM) {
        const text = `more than ${MAX_INTERIM} interim responses came before the answer`;
        this.fail(new HandshakeError("UNEXPECTED_STATUS", text, { head: result }));
        return at;
      }
      this.#reader = new ResponseHeadReader(this.settings.limits);
    }
    return at;
  }

  #conclude(head: ResponseHead): void {
    const agreement = agree(head, this.#sent, this.settings);
    if (agreement instanceof HandshakeError) {
      this.fail(agreement);
      return;
    }
    this.open(agreement);
    const { protocol, extensions } = agreement;
    this.report({ type: "open", protocol, extensions, head });
  }
}

function agree(head: ResponseHead, sent: SentOffer, settings: EndpointSettings): Agreement | HandshakeError {
  const answer = validateUpgradeResponse(head, sent, settings.sha1);
  if (answer instanceof HandshakeError) return answer;
  const deflate = agreeOnDeflate(answer.extensions, settings);
  if (typeof deflate === "string")
    return new HandshakeError("EXTENSION_PARAMETERS_INVALID", deflate, { head });
  return { protocol: answer.protocol, extensions: formatExtensions(answer.extensions), deflate };
}

function agreeOnDeflate(
  extensions: readonly Extension[],
  { deflate }: EndpointSettings,
): Agreement["deflate"] | string {
  const [element] = extensions;
  if (element === undefined || deflate === undefined) return undefined;
  // RFC 7692 §5.1: an extension is agreed to at most once.
  if (extensions.length > 1) return `the server answered one offer with ${extensions.length} extensions`;
  return verifyDeflate(element, deflate);
}
