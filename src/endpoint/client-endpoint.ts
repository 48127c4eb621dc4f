// The client's end: a request whose bytes are known from the start, a response to verify, then frames. What follows the
// head of an answer that is not 101, its body, is read and forgotten.

import {
  FinalResponseReader,
  HandshakeError,
  type HeaderInput,
  type ResponseHead,
  subprotocolsOf,
} from "../handshake/index.js";
import {
  checkOptions,
  checkType,
  describeValue,
  invalidArgument,
  type NamesOf,
  type OptionTable,
} from "../protocol/index.js";
import { ClientOpening } from "./client-opening.js";
import { Endpoint } from "./endpoint.js";
import type { OpenEvent } from "./endpoint-event.js";
import {
  type EndpointOptions,
  endpointOptionHints,
  endpointOptionNames,
  resolveEndpointOptions,
} from "./endpoint-options.js";

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
  protocols?: string | readonly string[] | undefined;
  /** Further headers of the request. */
  headers?: HeaderInput | undefined;
  /** The Origin header, for what acts for a browser. */
  origin?: string | undefined;
}

const optionTable: OptionTable = {
  owner: "ClientEndpoint",
  names: {
    ...endpointOptionNames,
    host: true,
    target: true,
    key: true,
    nextMaskKey: true,
    protocols: true,
    headers: true,
    origin: true,
  } satisfies NamesOf<ClientEndpointOptions>,
  hints: {
    ...endpointOptionHints,
    url: "use host and target, which describeTarget(url) has",
    path: "use target",
    protocol: "use protocols",
    generateMask: "use nextMaskKey",
  },
};

/** A WebSocket client without I/O. Throws `StateError` `INVALID_ARGUMENT` for options that no request can be made of. */
export class ClientEndpoint extends Endpoint<OpenEvent> {
  /** The bytes of the upgrade request: write them first. */
  readonly request: Uint8Array;
  readonly #opening: ClientOpening;
  readonly #reader: FinalResponseReader;

  constructor(options: ClientEndpointOptions) {
    checkClientOptions(options);
    const { host, target = "/", key, origin, headers, nextMaskKey } = options;
    const protocols = subprotocolsOf(options.protocols);
    const settings = resolveEndpointOptions(options);
    super("client", settings, nextMaskKey);
    const { compression, sha1, limits } = settings;
    this.#opening = new ClientOpening({ host, target, key, protocols, origin, headers, compression, sha1 });
    this.#reader = new FinalResponseReader(limits);
    this.request = this.#opening.bytes;
  }

  protected override receiveHead(bytes: Uint8Array): number {
    const at = this.#reader.receive(bytes, 0, bytes.length);
    const { result } = this.#reader;
    if (result instanceof HandshakeError) this.fail(result);
    else if (result !== undefined) this.#conclude(result);
    return at;
  }

  #conclude(head: ResponseHead): void {
    const agreement = this.#opening.judge(head);
    if (agreement instanceof HandshakeError) {
      this.fail(agreement);
      return;
    }
    this.open(agreement);
    const { protocol, extensions } = agreement;
    this.report({ type: "open", protocol, extensions, head });
  }
}

/** What has no default must be there, and be what a request can be made of. */
function checkClientOptions(options: ClientEndpointOptions | undefined): void {
  if (options === undefined)
    throw invalidArgument("ClientEndpoint needs options: host, key and nextMaskKey at least");
  checkOptions(options, optionTable);
  const { host, target, key, nextMaskKey, origin } = options;
  if (typeof host !== "string")
    throw invalidArgument(`host is ${describeValue(host)}; a client needs the value of the Host header`);
  if (!(key instanceof Uint8Array))
    throw invalidArgument(`key is ${describeValue(key)}; a client needs 16 random bytes as a Uint8Array`);
  if (typeof nextMaskKey !== "function") {
    const text = `nextMaskKey is ${describeValue(nextMaskKey)}; a client needs a source of unpredictable masking keys`;
    throw invalidArgument(text);
  }
  if (target !== undefined && !(typeof target === "string" && target.startsWith("/")))
    throw invalidArgument(`target is ${describeValue(target)}; it takes a path that begins with "/"`);
  checkType("origin", origin, "string", 'a string such as "https://example.com"');
}
