// What `WebSocket` and `WebSocketStream` take beside the URL: subprotocols as the standard has them, and the options of
// `connect` for what only a program on Node.js can say. Defaults are a browser's where those of `connect` are not.

import { type ConnectOptions, connectTableWithout, resolveConnectOptions } from "../client/index.js";
import { isToken } from "../handshake/index.js";
import { checkOptions, describeValue, type OptionTable } from "../protocol/index.js";
import { type AddressSpace, toAddressSpace } from "./address-space.js";
import { globalOrigin } from "./base-url.js";
import { isObject, iteratedItems, toDomString, toStrings, toUsvString } from "./conversion.js";

/** Those of `connect`, with a browser's defaults for `maxMessageBytes`, `maxFragments`, `maxBufferedBytes` and
 * `handshakeTimeoutMs`. */
export interface WebSocketOptions
  extends Omit<
    ConnectOptions,
    | ("protocols" | "reconnect" | "highWaterMarkBytes" | "lowWaterMarkBytes" | "bufferPolicy")
    | ("maxQueuedMessages" | "maxQueuedBytes")
  > {
  /** Subprotocols to offer, in order of preference. The server has to choose one of them. */
  protocols?: string | Iterable<string> | undefined;
  /** Where the server has to be: on this machine, in a private network, or elsewhere. Default: anywhere. */
  targetAddressSpace?: AddressSpace | undefined;
  /**
   * Whether to wait until no other WebSocket or WebSocketStream is being established to the same host and port, as RFC 6455 §4.1
   * has it and browsers do. With false the attempt begins at once, as that of `connect`. Default true.
   */
  connectInTurn?: boolean | undefined;
}

/** Options of `connect` that have no meaning here: these objects open one connection, and have their own ways to wait. */
type Meaningless = Exclude<keyof ConnectOptions, keyof WebSocketOptions>;

type Given = Readonly<Record<string, unknown>>;

/** What is asked for, checked. */
export interface SocketRequest {
  readonly protocols: readonly string[];
  readonly targetAddressSpace: AddressSpace | undefined;
  readonly connectInTurn: boolean;
  readonly signal: AbortSignal | undefined;
  readonly connect: ConnectOptions;
}

/**
 * Browsers bound a message by their memory. A text of so many bytes still fits into a string of V8, which has at most 2²⁹ − 24
 * units; undici's bound is half of it.
 */
const MAX_MESSAGE_BYTES = 268_435_456;

const browserDefaults = {
  maxMessageBytes: MAX_MESSAGE_BYTES,
  // The largest message in frames of 1 KiB.
  maxFragments: 262_144,
  // A page may send without looking at bufferedAmount. Beyond this the standard calls the WebSocket full.
  maxBufferedBytes: 1_073_741_824,
  // Chromium waits for four minutes; a minute is longer than the servers that are slow on purpose take.
  handshakeTimeoutMs: 60_000,
} as const;

/** What there is in place of options of `connect` that say how messages wait. */
interface WaitingAdvice {
  /** While they are sent, and when too many do. */
  readonly pace: string;
  readonly full: string;
  /** Until they are read. */
  readonly queue: string;
}

function tableOf(owner: string, { pace, full, queue }: WaitingAdvice): OptionTable {
  const advice = {
    reconnect: `a ${owner} is one connection; use connect(url, { reconnect })`,
    highWaterMarkBytes: pace,
    lowWaterMarkBytes: pace,
    bufferPolicy: full,
    maxQueuedMessages: queue,
    maxQueuedBytes: queue,
    context: "keep it in a variable of yours",
  } satisfies Record<Meaningless | "context", string>;
  const table = connectTableWithout(owner, advice);
  return { ...table, names: { ...table.names, targetAddressSpace: true, connectInTurn: true } };
}

const socketTable = tableOf("WebSocket", {
  pace: "leave it out, bufferedAmount says what waits",
  full: "leave it out, a WebSocket that is full is closed",
  queue: "leave it out, messages are events",
});

const writtenInTurn = "leave it out, a write is done when the network has taken it";
const streamTable = tableOf("WebSocketStream", {
  pace: writtenInTurn,
  full: writtenInTurn,
  queue: "leave it out, what comes waits until it is read",
});

/**
 * The second argument of `WebSocket`: a subprotocol, a list of them, or options. What is neither a string nor a list becomes a
 * string, as in a browser; only an object that would then be "[object Object]", and thus no subprotocol, can be options. Where
 * Web IDL takes a dictionary, null is one without members.
 */
export function toSocketRequest(given: unknown): SocketRequest {
  if (given === null) return toRequest([], {});
  const names = isObject(given) ? iteratedItems(given, toDomString) : undefined;
  if (names !== undefined) return toRequest(names, {});
  return isOptions(given)
    ? optionsRequest(given, socketTable, toProtocols)
    : toRequest([toDomString(given)], {});
}

/** The second argument of `WebSocketStream`, whose `protocols` are a list. */
export function toStreamRequest(given: object): SocketRequest {
  return optionsRequest(given, streamTable, (protocols) => toStrings(protocols, "protocols"));
}

function isOptions(given: unknown): given is object {
  if (!isObject(given) || typeof given === "function") return false;
  const { toString: toText } = given as { toString?: unknown };
  return toText === undefined || toText === Object.prototype.toString;
}

function toProtocols(given: unknown): string[] {
  return isObject(given) ? toStrings(given, "protocols", toDomString) : [toDomString(given)];
}

/** Reads each member once, for reading may call the caller's code: subprotocols and signal in Web IDL's order, then ours. */
function optionsRequest(
  given: object,
  table: OptionTable,
  convert: (protocols: unknown) => string[],
): SocketRequest {
  const { protocols, signal, targetAddressSpace, connectInTurn } = given as Given;
  const rest = othersThan({ protocols, signal, targetAddressSpace, connectInTurn }, given as Given);
  checkOptions(rest, table);
  const names = protocols === undefined ? [] : convert(protocols);
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw new TypeError(`signal is ${describeValue(signal)}; it takes an AbortSignal`);
  const space =
    targetAddressSpace === undefined ? undefined : toAddressSpace(toUsvString(targetAddressSpace));
  const request = toRequest(names, rest, {
    signal,
    targetAddressSpace: space,
    connectInTurn: connectInTurn !== false,
  });
  // Nobody would hear of a mistake when the attempt has begun.
  resolveConnectOptions({ ...request.connect, protocols: [] });
  return request;
}

/** A rest pattern would do, if V8 did not read what it leaves out. */
function othersThan(known: object, given: Given): Given {
  const names: string[] = [];
  for (const name in given) if (!Object.hasOwn(known, name)) names.push(name);
  return Object.fromEntries(names.map((name) => [name, given[name]]));
}

interface Ours {
  readonly targetAddressSpace?: AddressSpace | undefined;
  readonly connectInTurn?: boolean;
  readonly signal?: AbortSignal | undefined;
}

function toRequest(protocols: readonly string[], options: ConnectOptions, ours: Ours = {}): SocketRequest {
  const { targetAddressSpace, connectInTurn = true, signal } = ours;
  const connect: ConnectOptions = {
    ...browserDefaults,
    ...withoutUndefined(options),
    // What waits is watched until nothing does.
    highWaterMarkBytes: 65_536,
    lowWaterMarkBytes: 0,
    protocols: [...protocols],
  };
  connect.origin ??= globalOrigin();
  return { protocols, targetAddressSpace, connectInTurn, signal, connect };
}

function withoutUndefined(options: object): object {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/**
 * Throws a "SyntaxError" `DOMException` for what cannot stand in Sec-WebSocket-Protocol: names that are no tokens, and one that
 * comes twice, in whatever case.
 */
export function checkProtocols(names: readonly string[]): void {
  const seen = new Set<string>();
  for (const name of names) {
    const key = name.toLowerCase();
    if (!isToken(name))
      throw new DOMException(`subprotocol ${describeValue(name)} is not a token`, "SyntaxError");
    if (seen.has(key))
      throw new DOMException(`subprotocol ${describeValue(name)} is given twice`, "SyntaxError");
    seen.add(key);
  }
}
