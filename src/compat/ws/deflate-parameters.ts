// Negotiation of permessage-deflate by the rules of `ws`, which are not those of our own deflate room: a bare
// `client_max_window_bits` is never answered, window bits may be written in any way that makes a number, what is not
// asked for is not insisted upon, and every fault is an exception, also in an offer that another could replace.

import type { PerMessageDeflateOptions } from "./permessage-deflate-options.js";

/** As negotiated; what is missing is the RFC's default. */
export type NegotiatedParameters = {
  server_no_context_takeover?: boolean;
  client_no_context_takeover?: boolean;
  server_max_window_bits?: number;
  client_max_window_bits?: number | true;
};

export type ReceivedParameters = Record<string, (string | true)[]>;

export function offerParameters(options: PerMessageDeflateOptions): NegotiatedParameters {
  const parameters: NegotiatedParameters = {};
  if (options.serverNoContextTakeover) parameters.server_no_context_takeover = true;
  if (options.clientNoContextTakeover) parameters.client_no_context_takeover = true;
  if (options.serverMaxWindowBits) parameters.server_max_window_bits = options.serverMaxWindowBits as number;
  const clientBits = options.clientMaxWindowBits;
  if (clientBits) parameters.client_max_window_bits = clientBits;
  else if (clientBits === undefined || clientBits === null) parameters.client_max_window_bits = true;
  return parameters;
}

/** Makes single values of the lists, in place. Throws for a value or a name that the extension does not have. */
export function readParameters(
  configurations: ReceivedParameters[],
  isServer: boolean,
): NegotiatedParameters[] {
  for (const parameters of configurations) {
    for (const name of Object.keys(parameters)) {
      const values = parameters[name];
      if (values.length > 1) throw new Error(`Parameter "${name}" must have only a single value`);
      (parameters as Record<string, unknown>)[name] = readValue(name, values[0], isServer);
    }
  }
  return configurations as unknown as NegotiatedParameters[];
}

function readValue(name: string, value: string | true, isServer: boolean): number | true {
  switch (name) {
    case "server_no_context_takeover":
    case "client_no_context_takeover":
      if (value === true) return true;
      break;
    case "client_max_window_bits":
      // RFC 7692 §7.1.2.2: only a client can leave the number to the other end.
      if (value === true) {
        if (isServer) return true;
        break;
      }
      if (isWindowBits(Number(value))) return Number(value);
      break;
    case "server_max_window_bits":
      if (isWindowBits(Number(value))) return Number(value);
      break;
    default:
      throw new Error(`Unknown parameter "${name}"`);
  }
  throw new TypeError(`Invalid value for parameter "${name}": ${value}`);
}

function isWindowBits(value: number): boolean {
  return Number.isInteger(value) && value >= 8 && value <= 15;
}

/** The first offer that the options allow, completed by them in place. */
export function acceptOffer(
  offers: NegotiatedParameters[],
  options: PerMessageDeflateOptions,
): NegotiatedParameters {
  const accepted = offers.find((offer) => isAcceptable(offer, options));
  if (accepted === undefined) throw new Error("None of the extension offers can be accepted");
  const { serverMaxWindowBits, clientMaxWindowBits } = options;
  if (options.serverNoContextTakeover) accepted.server_no_context_takeover = true;
  if (options.clientNoContextTakeover) accepted.client_no_context_takeover = true;
  if (typeof serverMaxWindowBits === "number") accepted.server_max_window_bits = serverMaxWindowBits;
  if (typeof clientMaxWindowBits === "number") accepted.client_max_window_bits = clientMaxWindowBits;
  else if (accepted.client_max_window_bits === true || clientMaxWindowBits === false)
    delete accepted.client_max_window_bits;
  return accepted;
}

function isAcceptable(offer: NegotiatedParameters, options: PerMessageDeflateOptions): boolean {
  const { serverMaxWindowBits, clientMaxWindowBits } = options;
  if (options.serverNoContextTakeover === false && offer.server_no_context_takeover) return false;
  const serverBits = offer.server_max_window_bits;
  if (serverBits !== undefined) {
    if (serverMaxWindowBits === false) return false;
    if (typeof serverMaxWindowBits === "number" && serverMaxWindowBits > serverBits) return false;
  }
  if (typeof clientMaxWindowBits !== "number") return true;
  const clientBits = offer.client_max_window_bits;
  return clientBits === true || (clientBits !== undefined && clientBits >= clientMaxWindowBits);
}

/** The server's answer, completed by the options in place. */
export function acceptAnswer(
  answers: NegotiatedParameters[],
  options: PerMessageDeflateOptions,
): NegotiatedParameters {
  const [parameters] = answers;
  const { clientMaxWindowBits } = options;
  if (options.clientNoContextTakeover === false && parameters.client_no_context_takeover)
    throw new Error('Unexpected parameter "client_no_context_takeover"');
  const bits = parameters.client_max_window_bits;
  if (bits === undefined) {
    if (typeof clientMaxWindowBits === "number") parameters.client_max_window_bits = clientMaxWindowBits;
  } else if (
    clientMaxWindowBits === false ||
    (typeof clientMaxWindowBits === "number" && Number(bits) > clientMaxWindowBits)
  ) {
    throw new Error('Unexpected or invalid parameter "client_max_window_bits"');
  }
  return parameters;
}
