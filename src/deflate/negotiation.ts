// The negotiation of permessage-deflate (RFC 7692 §5, §7.1): what a client offers, which offer a server accepts and
// with which answer, and whether a client may live with that answer. Input from the peer never throws.

import {
  DEFAULT_SERVER_WINDOW_BITS,
  type DeflateOptions,
  type DeflateParameters,
  EXTENSION_NAME,
  MAX_WINDOW_BITS,
  MIN_WINDOW_BITS,
} from "./parameters.js";

/** One element of a Sec-WebSocket-Extensions header, as parsed. */
export interface ExtensionElement {
  readonly name: string;
  readonly parameters: readonly { readonly name: string; readonly value: string | true }[];
}

/** The parameters of one element; undefined members were absent. */
interface ParsedParameters {
  clientNoContextTakeover: boolean;
  serverNoContextTakeover: boolean;
  /** True: present without a value, which only an offer may do. */
  clientMaxWindowBits: number | true | undefined;
  serverMaxWindowBits: number | undefined;
}

/** What a server accepted: the agreement, and the element that says so in its response. */
export interface AcceptedDeflate {
  readonly parameters: DeflateParameters;
  readonly element: ExtensionElement;
}

/** The element a client offers. */
export function offerDeflate(options: DeflateOptions): ExtensionElement {
  const parameters: { name: string; value: string | true }[] = [];
  if (options.serverNoContextTakeover) parameters.push({ name: "server_no_context_takeover", value: true });
  if (options.clientNoContextTakeover) parameters.push({ name: "client_no_context_takeover", value: true });
  if (options.serverMaxWindowBits !== undefined) {
    parameters.push({ name: "server_max_window_bits", value: String(options.serverMaxWindowBits) });
  }
  // RFC 7692 §7.1.2.2: without this parameter in the offer the server's answer "MUST NOT include" it, and so could not
  // limit the client's window.
  const clientBits = options.clientMaxWindowBits;
  parameters.push({
    name: "client_max_window_bits",
    value: clientBits === undefined ? true : String(clientBits),
  });
  return { name: EXTENSION_NAME, parameters };
}

/** The server's choice: the first offer that is valid and that the options can meet. Undefined: no compression. */
export function acceptDeflate(
  offers: readonly ExtensionElement[],
  options: DeflateOptions,
): AcceptedDeflate | undefined {
  for (const offer of offers) {
    if (offer.name !== EXTENSION_NAME) continue;
    // RFC 7692 §7: "A server MUST decline an extension negotiation offer for this extension if any of the following
    // conditions are met": unknown, invalid or repeated parameters, or what it does not support. The next may do.
    const parsed = parseParameters(offer, true);
    const accepted = parsed && acceptOffer(parsed, options);
    if (accepted !== undefined) return accepted;
  }
  return undefined;
}

function acceptOffer(offer: ParsedParameters, options: DeflateOptions): AcceptedDeflate | undefined {
  const serverNoContextTakeover = offer.serverNoContextTakeover || options.serverNoContextTakeover === true;
  const clientNoContextTakeover = offer.clientNoContextTakeover || options.clientNoContextTakeover === true;
  const ownBits = options.serverMaxWindowBits ?? DEFAULT_SERVER_WINDOW_BITS;
  const serverMaxWindowBits = Math.min(offer.serverMaxWindowBits ?? MAX_WINDOW_BITS, ownBits);
  const wantedBits = options.clientMaxWindowBits ?? MAX_WINDOW_BITS;
  // A client that did not offer the parameter keeps its window of 15 bits; it costs memory here, not correctness.
  const canLimitClient = offer.clientMaxWindowBits !== undefined;
  const offeredBits =
    typeof offer.clientMaxWindowBits === "number" ? offer.clientMaxWindowBits : MAX_WINDOW_BITS;
  const clientMaxWindowBits = canLimitClient ? Math.min(offeredBits, wantedBits) : MAX_WINDOW_BITS;
  const parameters: { name: string; value: string | true }[] = [];
  if (serverNoContextTakeover) parameters.push({ name: "server_no_context_takeover", value: true });
  if (clientNoContextTakeover) parameters.push({ name: "client_no_context_takeover", value: true });
  // RFC 7692 §7.1.2.1: a server may announce its window without being asked; an offer that limits it is accepted "with
  // the same or smaller value as the offer".
  if (offer.serverMaxWindowBits !== undefined || serverMaxWindowBits < MAX_WINDOW_BITS) {
    parameters.push({ name: "server_max_window_bits", value: String(serverMaxWindowBits) });
  }
  if (canLimitClient && clientMaxWindowBits < MAX_WINDOW_BITS) {
    parameters.push({ name: "client_max_window_bits", value: String(clientMaxWindowBits) });
  }
  return {
    parameters: {
      clientMaxWindowBits,
      serverMaxWindowBits,
      clientNoContextTakeover,
      serverNoContextTakeover,
    },
    element: { name: EXTENSION_NAME, parameters },
  };
}

/** The agreement that the server's answer makes of our offer, or a sentence that says why it cannot stand. */
export function verifyDeflate(answer: ExtensionElement, options: DeflateOptions): DeflateParameters | string {
  const parsed = parseParameters(answer, false);
  if (parsed === undefined)
    return "the server answered permessage-deflate with parameters that RFC 7692 does not allow";
  // RFC 7692 §7.1.1.1: a server accepts an offer to forget its window "by including" the same parameter in its answer;
  // without it the answer is to another offer, which was not made.
  if (options.serverNoContextTakeover && !parsed.serverNoContextTakeover) {
    return "the server did not accept server_no_context_takeover";
  }
  const askedServerBits = options.serverMaxWindowBits ?? MAX_WINDOW_BITS;
  const serverMaxWindowBits = parsed.serverMaxWindowBits ?? MAX_WINDOW_BITS;
  if (serverMaxWindowBits > askedServerBits) {
    return `the server answered server_max_window_bits=${serverMaxWindowBits} where ${askedServerBits} was asked for`;
  }
  const offeredClientBits = options.clientMaxWindowBits ?? MAX_WINDOW_BITS;
  const clientMaxWindowBits =
    typeof parsed.clientMaxWindowBits === "number" ? parsed.clientMaxWindowBits : MAX_WINDOW_BITS;
  return {
    // RFC 7692 §7.2.1: the client may use any window up to the answer's; §7.1.2.2: it "is not going to use" a larger
    // one than it offered.
    clientMaxWindowBits: Math.min(clientMaxWindowBits, offeredClientBits),
    serverMaxWindowBits,
    // RFC 7692 §7.1.1.2: the server may ask the client to forget, and the client may do so unasked.
    clientNoContextTakeover: parsed.clientNoContextTakeover || options.clientNoContextTakeover === true,
    serverNoContextTakeover: parsed.serverNoContextTakeover,
  };
}

/** RFC 7692 §7: unknown names, repeated names and values out of range make the whole element invalid. */
function parseParameters(element: ExtensionElement, isOffer: boolean): ParsedParameters | undefined {
  const parsed: ParsedParameters = {
    clientNoContextTakeover: false,
    serverNoContextTakeover: false,
    clientMaxWindowBits: undefined,
    serverMaxWindowBits: undefined,
  };
  const seen = new Set<string>();
  for (const { name, value } of element.parameters) {
    if (seen.has(name)) return undefined;
    seen.add(name);
    if (!applyParameter(parsed, name, value, isOffer)) return undefined;
  }
  return parsed;
}

function applyParameter(
  parsed: ParsedParameters,
  name: string,
  value: string | true,
  isOffer: boolean,
): boolean {
  switch (name) {
    case "server_no_context_takeover":
      parsed.serverNoContextTakeover = true;
      return value === true;
    case "client_no_context_takeover":
      parsed.clientNoContextTakeover = true;
      return value === true;
    case "server_max_window_bits":
      parsed.serverMaxWindowBits = parseBits(value);
      return parsed.serverMaxWindowBits !== undefined;
    case "client_max_window_bits":
      // RFC 7692 §7.1.2.2: only an offer may name it without a value.
      parsed.clientMaxWindowBits = value === true && isOffer ? true : parseBits(value);
      return parsed.clientMaxWindowBits !== undefined;
    default:
      return false;
  }
}

/** RFC 7692 §7.1.2.1: "a decimal integer value without leading zeroes between 8 to 15, inclusive". */
function parseBits(value: string | true): number | undefined {
  if (value === true || !/^(?:[89]|1[0-5])$/.test(value)) return undefined;
  const bits = Number(value);
  return bits >= MIN_WINDOW_BITS && bits <= MAX_WINDOW_BITS ? bits : undefined;
}
