// The flags of `sluice bench` become a plan, or one line that says what is wrong with them.

import { describeValue } from "../../protocol/index.js";
import { completeUrl, shownUrl } from "../address.js";
import { handshakeFlags, wayFlags } from "../client-flags.js";
import { readClientOptions } from "../client-options.js";
import { type Flags, type FlagValues, UsageError } from "../command.js";
import { FlagReader } from "../flag-value.js";
import { byteLengthOf, textOfSize } from "./message-payload.js";
import { type NumberRange, numberOf } from "./number-flag.js";
import type { BenchPlan, Loop } from "./plan.js";

const load = {
  connections: {
    type: "string",
    value: "N",
    about: "how many; 50 by default; one that is lost is not replaced",
  },
  threads: {
    type: "string",
    value: "N",
    about: "send from so many threads, which share out connections, rate and messages; 1 by default",
  },
  ramp: {
    type: "string",
    value: "SECONDS",
    about: "open them evenly over this time; messages begin when all have been opened",
  },
  "in-flight": {
    type: "string",
    value: "N",
    about:
      "closed loop: on each connection N messages wait for their answer, 1 by default; one that is answered makes room for the next",
  },
  rate: {
    type: "string",
    value: "N",
    about:
      "open loop: N messages per second of all connections together, by the clock; latency counts from the moment at which a message was due, so that a stall is charged to all that had to wait for it, and not hidden by coordinated omission",
  },
  "no-echo": { type: "boolean", about: "expect no answers: send as fast as it goes, or at --rate" },
  receive: { type: "boolean", about: "send nothing: count what the server sends" },
  duration: { type: "string", value: "SECONDS", about: "measure for this time; 10 by default" },
  messages: {
    type: "string",
    value: "N",
    about: "measure until N messages have been answered, or with --no-echo sent, or with --receive received",
  },
  warmup: { type: "string", value: "SECONDS", about: "load before it is measured; none by default" },
  timeout: {
    type: "string",
    value: "SECONDS",
    about:
      "for a connection to open and for an answer to come, 10 by default; a connection whose answer does not come is given up",
  },
} satisfies Flags;

const message = {
  size: { type: "string", value: "BYTES", about: "letters and digits; 64 by default" },
  message: { type: "string", value: "TEXT", about: "this text" },
  "message-file": { type: "string", value: "FILE", isFile: true, about: "what the file holds" },
  binary: { type: "boolean", about: "as a binary message" },
  "no-verify": {
    type: "boolean",
    about: "answers may have any length; else one of another length than the message is an error",
  },
} satisfies Flags;

const handshake = {
  ...handshakeFlags,
  compression: { type: "boolean", about: "offer permessage-deflate" },
} satisfies Flags;

const result = {
  json: { type: "boolean", about: "one JSON object instead of the table" },
  html: {
    type: "string",
    value: "FILE",
    isFile: true,
    about: "write a report with plots as well, in one file that needs no network",
  },
  progress: { type: "boolean", about: "a line each second on stderr also when that is no terminal" },
  "fail-on-error": { type: "boolean", about: "any error makes the exit code 1" },
} satisfies Flags;

/** Under the headings of the help. */
export const benchFlagGroups = {
  "The load": load,
  "The message": message,
  "Opening handshake": handshake,
  "Way to the server": wayFlags,
  "The result": result,
};

export const benchFlags: Flags = { ...load, ...message, ...handshake, ...wayFlags, ...result };

const ranges = {
  connections: { min: 1, max: 100_000, isWhole: true },
  threads: { min: 1, max: 64, isWhole: true },
  // Timers wait 24 days at most.
  ramp: { min: 0, max: 2_000_000 },
  duration: { min: 0.001, max: 2_000_000 },
  warmup: { min: 0, max: 2_000_000 },
  rate: { min: 0.01, max: 10_000_000 },
  "in-flight": { min: 1, max: 1_000_000, isWhole: true },
  // What one message may take: 256 MiB.
  size: { min: 0, max: 268_435_456, isWhole: true },
  messages: { min: 1, max: Number.MAX_SAFE_INTEGER, isWhole: true },
  // A histogram of latencies reaches up to an hour.
  timeout: { min: 0.001, max: 3600 },
} satisfies Record<string, NumberRange>;

/** Flags of which one makes the other senseless, and why. */
const conflicts: readonly (readonly [one: string, other: string, why: string])[] = [
  ["rate", "in-flight", "messages are sent by the clock, or when others were answered"],
  ["duration", "messages", "either the time or the number of messages ends a run"],
  ["size", "message", "a message has its own size"],
  ["size", "message-file", "a message has its own size"],
  ["message", "message-file", "there is one message"],
  ["no-echo", "in-flight", "without answers nothing tells when to send the next; --rate does"],
  ["no-echo", "no-verify", "without answers there is nothing to verify"],
  ...["rate", "in-flight", "size", "message", "message-file", "binary", "no-verify"].map(
    (flag) => ["receive", flag, "nothing is sent, only received"] as const,
  ),
];

const MAX_IN_FLIGHT = 1_000_000;
const DEFAULT_SIZE = 64;

/** Throws `UsageError`. */
export function planOf(address: string, values: FlagValues): BenchPlan {
  const url = completeUrl(address);
  checkUrl(url);
  checkConflicts(values);
  const flags = new FlagReader(values);
  const number = (name: keyof typeof ranges): number | undefined => numberOf(flags, name, ranges[name]);
  const seconds = (name: keyof typeof ranges, fallback: number): number => (number(name) ?? fallback) * 1000;
  const loop = loopOf(values);
  const connections = number("connections") ?? 50;
  const inFlight = loop === "closed" ? (number("in-flight") ?? 1) : undefined;
  if (connections * (inFlight ?? 0) > MAX_IN_FLIGHT) {
    const text = `--in-flight ${inFlight} on ${connections} connections is more than ${MAX_IN_FLIGHT} messages`;
    throw new UsageError(`${text}; take fewer of either`);
  }
  const isEcho = values["no-echo"] !== true && values.receive !== true;
  const payload = loop === "receive" ? "" : payloadOf(flags, number("size"));
  const messages = number("messages");
  const timeoutMs = seconds("timeout", 10);
  return {
    url,
    threads: threadsOf(number("threads") ?? 1, connections),
    connections,
    rampMs: seconds("ramp", 0),
    loop,
    rate: number("rate"),
    inFlight,
    isEcho,
    isVerified: values["no-verify"] !== true,
    payload,
    durationMs: messages === undefined ? seconds("duration", 10) : undefined,
    messages,
    warmupMs: seconds("warmup", 0),
    timeoutMs,
    connect: {
      ...readClientOptions(flags),
      compression: flags.isSet("compression"),
      ...boundsOf(byteLengthOf(payload), loop, timeoutMs),
    },
  };
}

function threadsOf(threads: number, connections: number): number {
  if (threads <= connections) return threads;
  throw new UsageError(
    `--threads ${threads} is more than the connections, ${connections}: each thread needs one of its own`,
  );
}

function loopOf(values: FlagValues): Loop {
  if (values.receive === true) return "receive";
  if (values.rate !== undefined) return "open";
  return values["no-echo"] === true ? "flood" : "closed";
}

function checkUrl(url: string): void {
  if (/^(?:wss?|https?|ws\+unix):/i.test(url) && URL.canParse(url)) return;
  throw new UsageError(
    `${describeValue(shownUrl(url))} is no URL of a WebSocket, such as ws://localhost:8080`,
  );
}

function checkConflicts(values: FlagValues): void {
  if (values.receive === true && values.messages !== undefined && values.threads !== undefined)
    throw new UsageError(
      "--receive with --messages takes no --threads: which of them gets how many is unknown",
    );
  for (const [one, other, why] of conflicts) {
    if (values[one] === undefined || values[other] === undefined) continue;
    throw new UsageError(`--${one} and --${other} exclude each other: ${why}`);
  }
}

function payloadOf(flags: FlagReader, size: number | undefined): string | Uint8Array {
  const isBinary = flags.isSet("binary");
  const bytes = flags.fileBytes("message-file");
  if (bytes === undefined) {
    const text = flags.text("message") ?? textOfSize(size ?? DEFAULT_SIZE);
    return isBinary ? Buffer.from(text) : text;
  }
  if (isBinary) return bytes;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    const path = JSON.stringify(flags.text("message-file"));
    throw new UsageError(`--message-file ${path} is no UTF-8: add --binary`, { cause: error });
  }
}

/** A message of the server's may be 16 MiB, or twice what it was sent; what is not taken, waits here up to a bound. */
function boundsOf(bytes: number, loop: Loop, timeoutMs: number): BenchPlan["connect"] {
  const isBoundedByAnswers = loop === "closed";
  return {
    maxMessageBytes: Math.max(16_777_216, 2 * bytes),
    maxBufferedBytes: isBoundedByAnswers ? Number.POSITIVE_INFINITY : Math.max(1_048_576, 4 * bytes),
    bufferPolicy: "drop",
    // Load is what was asked for and nothing else.
    heartbeat: false,
    handshakeTimeoutMs: Math.max(1, Math.round(timeoutMs)),
    closeTimeoutMs: 1000,
  };
}
