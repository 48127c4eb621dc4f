// What a connection may hold and how long it may wait, with the defaults and the check of what users pass.

import {
  checkNumber,
  checkOptions,
  defaultLimits,
  describeValue,
  invalidArgument,
  isRecord,
  type NamesOf,
  type OptionTable,
} from "../protocol/index.js";

export interface HeartbeatOptions {
  /** Milliseconds without a byte from the peer after which it is pinged. Default 30 000. */
  intervalMs?: number | undefined;
  /** Milliseconds that the peer has to send anything after that. Default 20 000. Breach: the error HEARTBEAT_MISSED, and
   * the connection ends with 1006. */
  timeoutMs?: number | undefined;
}

/** Bounds in bytes, messages and fragments may be `Infinity`, which lifts them. Milliseconds are at most 2 147 483 647, 25
 * days, which is what timers can wait. */
export interface ConnectionOptions {
  /** Payload bytes of one received message, after inflating. Default 1 048 576. Breach: close code 1009. */
  maxMessageBytes?: number | undefined;
  /** Frames of one received message, empty ones included. Default 16 384. Breach: close code 1008. */
  maxFragments?: number | undefined;
  /** Bytes that wait to be sent before `bufferPolicy` decides. Messages are whole: the one that passes the mark is still
   * taken. Default 1 048 576. */
  maxBufferedBytes?: number | undefined;
  /** What happens to a message when `maxBufferedBytes` is passed: "close" ends the connection with 1013, "drop" answers
   * "dropped" and counts. Default "close". */
  bufferPolicy?: "close" | "drop" | undefined;
  /** Above this many waiting bytes `send` answers "buffered". Default 65 536. */
  highWaterMarkBytes?: number | undefined;
  /** At or below this many, `drained` resolves. Default a quarter of `highWaterMarkBytes`. */
  lowWaterMarkBytes?: number | undefined;
  /** Messages that wait for an iterator before the transport is paused. Default 16. */
  maxQueuedMessages?: number | undefined;
  /** Bytes of memory in those messages. Default 1 048 576. */
  maxQueuedBytes?: number | undefined;
  /** Keeps dead peers from being kept. Default on; false turns it off. While a connection is not read (`pause()`, a full
   * inbox, a handler whose promise is pending) no answer can be seen: then the peer is pinged once per `intervalMs` for TCP
   * to find out, which ends a connection that was reset with the next ping, and one whose peer vanished when the system
   * gives up sending to it, after a quarter of an hour on Linux. What was received before is delivered first. Bytes that
   * wait for the peer tell sooner: it is given up when it takes none of them for `intervalMs` and then `timeoutMs`. */
  heartbeat?: HeartbeatOptions | false | undefined;
  /** Milliseconds for the closing handshake and for the peer to end TCP. Default 10 000. Breach: TCP is destroyed, 1006. */
  closeTimeoutMs?: number | undefined;
}

/** All options with their values. */
export interface ConnectionSettings {
  readonly maxMessageBytes: number;
  readonly maxFragments: number;
  readonly maxBufferedBytes: number;
  readonly bufferPolicy: "close" | "drop";
  readonly highWaterMarkBytes: number;
  readonly lowWaterMarkBytes: number;
  readonly maxQueuedMessages: number;
  readonly maxQueuedBytes: number;
  readonly heartbeat: { readonly intervalMs: number; readonly timeoutMs: number } | undefined;
  readonly closeTimeoutMs: number;
}

/** The names that client and server know alike. */
export const connectionOptionNames = {
  maxMessageBytes: true,
  maxFragments: true,
  maxBufferedBytes: true,
  bufferPolicy: true,
  highWaterMarkBytes: true,
  lowWaterMarkBytes: true,
  maxQueuedMessages: true,
  maxQueuedBytes: true,
  heartbeat: true,
  closeTimeoutMs: true,
} satisfies NamesOf<ConnectionOptions>;

const alwaysOn = "leave it out, it is never switched off";

/** Names that people bring from `ws`, Bun and others, on either side. */
export const connectionOptionHints: Readonly<Record<string, string>> = {
  maxPayload: "use maxMessageBytes",
  maxPayloadLength: "use maxMessageBytes",
  maxMessageSize: "use maxMessageBytes",
  maxSize: "use maxMessageBytes",
  perMessageDeflate: "use compression",
  permessageDeflate: "use compression",
  compress: "use compression",
  threshold: "use compression: { thresholdBytes }",
  thresholdBytes: "use compression: { thresholdBytes }",
  handshakeTimeout: "use handshakeTimeoutMs",
  timeout: "use handshakeTimeoutMs, closeTimeoutMs or heartbeat: { intervalMs, timeoutMs }",
  timeoutMs: "use handshakeTimeoutMs, closeTimeoutMs or heartbeat: { intervalMs, timeoutMs }",
  idleTimeout: "use heartbeat: { intervalMs, timeoutMs }",
  keepAlive: "use heartbeat: { intervalMs, timeoutMs }",
  pingInterval: "use heartbeat: { intervalMs }",
  pingTimeout: "use heartbeat: { timeoutMs }",
  intervalMs: "use heartbeat: { intervalMs }",
  sendPings: "use heartbeat: false to send none",
  closeTimeout: "use closeTimeoutMs",
  backpressureLimit: "use maxBufferedBytes",
  closeOnBackpressureLimit: 'use bufferPolicy: "close" or "drop"',
  highWaterMark: "use highWaterMarkBytes",
  lowWaterMark: "use lowWaterMarkBytes",
  protocol: "use protocols",
  subprotocol: "use protocols",
  subprotocols: "use protocols",
  skipUTF8Validation: alwaysOn,
  autoPong: alwaysOn,
  allowSynchronousEvents: "leave it out, a message is delivered when it has come",
};

const heartbeatTable: OptionTable = {
  owner: "heartbeat",
  names: { intervalMs: true, timeoutMs: true } satisfies NamesOf<HeartbeatOptions>,
};

/** Fills in the defaults. Throws `StateError` `INVALID_ARGUMENT` for a value out of range, which it calls by its name with `within`
 * before it, such as "inspect.". */
export function resolveConnectionOptions(options: ConnectionOptions = {}, within = ""): ConnectionSettings {
  const numberOf = (name: NumberName, fallback: number, min = 0): number =>
    checkNumber(`${within}${name}`, options[name], fallback, min);
  const highWaterMarkBytes = numberOf("highWaterMarkBytes", 65_536);
  const lowWaterMarkBytes = numberOf("lowWaterMarkBytes", highWaterMarkBytes / 4);
  const { bufferPolicy = "close", heartbeat = {} } = options;
  if (bufferPolicy !== "close" && bufferPolicy !== "drop") {
    throw invalidArgument(
      `${within}bufferPolicy is ${describeValue(bufferPolicy)}; it takes "close" or "drop"`,
    );
  }
  if (lowWaterMarkBytes > highWaterMarkBytes) {
    throw invalidArgument(
      `${within}lowWaterMarkBytes (${lowWaterMarkBytes}) is above highWaterMarkBytes (${highWaterMarkBytes})`,
    );
  }
  return {
    maxMessageBytes: numberOf("maxMessageBytes", defaultLimits.maxMessageBytes),
    maxFragments: numberOf("maxFragments", defaultLimits.maxFragments, 1),
    maxBufferedBytes: numberOf("maxBufferedBytes", 1_048_576),
    bufferPolicy,
    highWaterMarkBytes,
    lowWaterMarkBytes,
    maxQueuedMessages: numberOf("maxQueuedMessages", 16, 1),
    maxQueuedBytes: numberOf("maxQueuedBytes", 1_048_576, 1),
    heartbeat: resolveHeartbeat(heartbeat, `${within}heartbeat`),
    closeTimeoutMs: timeoutOption(`${within}closeTimeoutMs`, options.closeTimeoutMs, 10_000),
  };
}

type NumberName = {
  [Name in keyof ConnectionOptions]-?: ConnectionOptions[Name] extends number | undefined ? Name : never;
}[keyof ConnectionOptions];

/** Node's timers hold 31 bits; beyond, they would fire at once. */
export const MAX_TIMEOUT_MS = 2_147_483_647;

/** A number of milliseconds for a timer, or its default. Throws `StateError` for what no timer can wait. */
export function timeoutOption(name: string, value: number | undefined, fallback: number): number {
  const timeoutMs = checkNumber(name, value, fallback);
  if (timeoutMs > MAX_TIMEOUT_MS)
    throw invalidArgument(`${name} is ${timeoutMs}; at most ${MAX_TIMEOUT_MS} ms can be waited for`);
  return timeoutMs;
}

function resolveHeartbeat(
  heartbeat: HeartbeatOptions | false,
  name: string,
): ConnectionSettings["heartbeat"] {
  if (heartbeat === false) return undefined;
  if (!isRecord(heartbeat)) {
    throw invalidArgument(
      `${name} is ${describeValue(heartbeat)}; it takes { intervalMs, timeoutMs } or false`,
    );
  }
  checkOptions(heartbeat, { ...heartbeatTable, owner: name });
  return {
    intervalMs: timeoutOption(`${name}.intervalMs`, heartbeat.intervalMs, 30_000),
    timeoutMs: timeoutOption(`${name}.timeoutMs`, heartbeat.timeoutMs, 20_000),
  };
}
