// What users send and receive.

import { nodeEngine } from "../host/index.js";
import {
  checkType,
  describeUnknownName,
  describeValue,
  encodeText,
  invalidArgument,
  isRecord,
  type NamesOf,
  type OptionTable,
} from "../protocol/index.js";

/** One received message, of any kind; the shape `messages()` yields and `send` accepts. */
export type WebSocketMessage =
  | { readonly type: "text"; readonly data: string }
  | { readonly type: "binary"; readonly data: Uint8Array }
  | { readonly type: "ping" | "pong"; readonly data: Uint8Array }
  | { readonly type: "close"; readonly code: number; readonly reason: string };

/** Bytes of any kind. */
export type BufferSource = ArrayBufferView | ArrayBuffer | SharedArrayBuffer;

/** What one message's payload can be given as. */
export type MessageData = string | BufferSource;

/** What became of a message: "sent", or "buffered" above the high-water mark, or "dropped". */
export type SendResult = "sent" | "buffered" | "dropped";

export interface SendOptions {
  /** Sends bytes as text (which must be UTF-8) or text as binary. Default: strings are text, bytes are binary. */
  binary?: boolean | undefined;
  /** Compresses regardless of the threshold, or does not. Without effect where permessage-deflate was not agreed.
   * Default: messages above the threshold are compressed, streams are not. */
  compress?: boolean | undefined;
}

const typedArray = Object.getPrototypeOf(Uint8Array.prototype);
const lengthOf: () => number = Object.getOwnPropertyDescriptor(typedArray, "length")?.get as () => number;

/** The bytes under any view, without a copy. Undefined when it is none. */
export function bytesOf(data: unknown): Uint8Array | undefined {
  // A subclass could name another length than it has, and room of that length would be sent.
  if (data instanceof Uint8Array && data.length === lengthOf.call(data)) return data;
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (data instanceof ArrayBuffer || data instanceof SharedArrayBuffer) return new Uint8Array(data);
  return undefined;
}

/** The payload as text or bytes. Throws `StateError` `INVALID_ARGUMENT` for anything else. */
export function payloadOf(data: unknown): string | Uint8Array {
  if (typeof data === "string") return data;
  const bytes = bytesOf(data);
  if (bytes !== undefined) return bytes;
  throw invalidArgument(
    `a message is a string or bytes, not ${describeKind(data)}; use JSON.stringify for objects`,
  );
}

function describeKind(data: unknown): string {
  const isObject = typeof data === "object" && data !== null && !Array.isArray(data);
  if (typeof data === "bigint") return "a bigint";
  return isObject || typeof data === "number" || typeof data === "boolean"
    ? typeof data
    : describeValue(data);
}

const sendTable: OptionTable = {
  owner: "a message",
  names: { binary: true, compress: true } satisfies NamesOf<SendOptions>,
  hints: {
    fin: "use sendStream(source), which sends the parts of a source as fragments of one message",
    mask: "leave it out, a client masks every frame and a server none",
    isBinary: "use binary",
    opcode: "use binary: true or false",
  },
};

/** Throws `StateError` `INVALID_ARGUMENT` for what is no object, for names that are not known, and for values that are not
 * true or false. */
export function checkSendOptions(options: unknown): void {
  if (!isRecord(options)) throw noSendOptions(options);
  const { binary, compress } = options as SendOptions;
  checkType("binary", binary, "boolean", "true or false");
  checkType("compress", compress, "boolean", "true or false");
  // Asked for each message that has options: the usual names are told apart without a look into the table.
  for (const name in options) {
    if (name === "binary" || name === "compress") continue;
    const problem = describeUnknownName(options, sendTable);
    if (problem !== undefined) throw invalidArgument(problem);
    return;
  }
}

function noSendOptions(options: unknown): Error {
  const advice =
    typeof options === "function"
      ? 'instead of calling back, send answers "sent", "buffered" or "dropped", and drained() resolves'
      : "they are an object with binary and compress";
  return invalidArgument(`the options of a message are ${describeValue(options)}; ${advice}`);
}

const messageTables: Readonly<Record<string, OptionTable>> = {
  text: { owner: "a text message", names: { type: true, data: true } },
  binary: { owner: "a binary message", names: { type: true, data: true } },
  ping: { owner: "a ping", names: { type: true, data: true } },
  pong: { owner: "a pong", names: { type: true, data: true } },
  close: { owner: "a close message", names: { type: true, code: true, reason: true } },
};

/**
 * Throws `StateError` `INVALID_ARGUMENT` for an object of no known type, and for one with further members: that is more
 * likely an application's own object, which happens to have a type.
 */
export function checkMessage(message: object): void {
  const { type } = message as { readonly type?: unknown };
  if (typeof type !== "string" || !Object.hasOwn(messageTables, type))
    throw invalidArgument(`a message has no type ${describeValue(type)}; use JSON.stringify for objects`);
  const { owner, names } = messageTables[type];
  for (const name in message) {
    if (Object.hasOwn(names, name)) continue;
    const text = `${owner} has ${Object.keys(names).join(", ")}, and no ${describeValue(name)}`;
    throw invalidArgument(`${text}; use JSON.stringify for objects of your own`);
  }
}

/** Bytes that the payload takes on the wire, before compression. */
export function byteLengthOf(payload: string | Uint8Array): number {
  return typeof payload === "string" ? nodeEngine.byteLength(payload) : payload.length;
}

/** The payload of a ping or pong, whose text is UTF-8. */
export function controlPayloadOf(data: MessageData): Uint8Array {
  const payload = payloadOf(data);
  return typeof payload === "string" ? encodeText(nodeEngine, payload) : payload;
}
