// The error classes of the whole package and the codes of this room.
// Two questions choose a class: whose fault is it, and what can the caller do?
// Messages are lower case, carry the numbers, and never reach the peer.

/** The root of every error this package throws, rejects with, or reports. */
export class WebSocketError extends Error {
  /** Stable and meant for programs; the message is meant for people and may change. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  override get name(): string {
    return this.constructor.name;
  }
}

/** What an application can do wrong: thrown synchronously by the call that did it. */
export const stateErrorCodes = {
  INVALID_ARGUMENT: {
    meaning:
      "An argument has a type or a value that the call cannot use, or an option a name that it does not know.",
  },
  INVALID_CLOSE_CODE: {
    meaning: "The close code may not be sent: 1000 to 1003, 1007 to 1014 and 3000 to 4999 may.",
  },
  CLOSE_REASON_TOO_LONG: { meaning: "A close reason takes at most 123 bytes of UTF-8." },
  CONTROL_PAYLOAD_TOO_LONG: { meaning: "A ping or pong carries at most 125 bytes." },
  NOT_OPEN: { meaning: "The call needs an open connection." },
  MESSAGE_IN_PROGRESS: { meaning: "A fragmented message is still being sent." },
  NO_MESSAGE_IN_PROGRESS: { meaning: "There is no fragmented message to continue." },
  ALREADY_ITERATING: { meaning: "The messages of a connection can be read by one consumer only." },
  ALREADY_USED: { meaning: "The object was made for one use and has been used." },
} as const;
export type StateErrorCode = keyof typeof stateErrorCodes;

/** The caller's mistake. Thrown synchronously; nothing was sent and nothing has changed. */
export class StateError extends WebSocketError {
  declare readonly code: StateErrorCode;

  constructor(code: StateErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
  }
}

/** What a peer can do wrong, with the close code that answers it and the rule it broke. */
export const protocolErrorCodes = {
  RESERVED_BITS: {
    closeCode: 1002,
    section: "RFC 6455 §5.2",
    meaning: "A frame sets a reserved bit that no agreed extension uses.",
  },
  UNKNOWN_OPCODE: {
    closeCode: 1002,
    section: "RFC 6455 §5.2",
    meaning: "A frame has an opcode that means nothing.",
  },
  MASK_MISSING: {
    closeCode: 1002,
    section: "RFC 6455 §5.1",
    meaning: "A client sent a frame that is not masked.",
  },
  MASK_FORBIDDEN: { closeCode: 1002, section: "RFC 6455 §5.1", meaning: "A server sent a masked frame." },
  LENGTH_NOT_MINIMAL: {
    closeCode: 1002,
    section: "RFC 6455 §5.2",
    meaning: "A payload length takes more bytes than it needs.",
  },
  LENGTH_TOO_LARGE: {
    closeCode: 1009,
    section: "RFC 6455 §5.2",
    meaning: "A payload length is beyond what any message can have.",
  },
  CONTROL_FRAGMENTED: {
    closeCode: 1002,
    section: "RFC 6455 §5.5",
    meaning: "A ping, pong or Close is split over frames.",
  },
  CONTROL_TOO_LONG: {
    closeCode: 1002,
    section: "RFC 6455 §5.5",
    meaning: "A ping, pong or Close carries more than 125 bytes.",
  },
  UNEXPECTED_CONTINUATION: {
    closeCode: 1002,
    section: "RFC 6455 §5.4",
    meaning: "A fragment continues a message that has not begun.",
  },
  EXPECTED_CONTINUATION: {
    closeCode: 1002,
    section: "RFC 6455 §5.4",
    meaning: "A new message begins inside a fragmented one.",
  },
  CLOSE_PAYLOAD_TRUNCATED: {
    closeCode: 1002,
    section: "RFC 6455 §5.5.1",
    meaning: "A Close announces one byte, half a code.",
  },
  CLOSE_CODE_INVALID: {
    closeCode: 1002,
    section: "RFC 6455 §7.4",
    meaning: "A Close carries a code that may not be sent.",
  },
  CLOSE_REASON_NOT_UTF8: {
    closeCode: 1007,
    section: "RFC 6455 §5.5.1",
    meaning: "A close reason is not UTF-8.",
  },
  TEXT_NOT_UTF8: { closeCode: 1007, section: "RFC 6455 §8.1", meaning: "A text message is not UTF-8." },
  DEFLATE_DATA_INVALID: {
    closeCode: 1007,
    section: "RFC 7692 §7.2.2",
    meaning: "A compressed message cannot be inflated.",
  },
} as const;
export type ProtocolErrorCode = keyof typeof protocolErrorCodes;

/** The peer broke the protocol. Reported as an event; the connection closes with `closeCode`. */
export class ProtocolError extends WebSocketError {
  declare readonly code: ProtocolErrorCode;
  readonly closeCode: number;
  readonly section: string;
  /** The first two bytes of the frame, as one number, where they are what broke the rule. */
  readonly frameStart: number | undefined;

  constructor(
    code: ProtocolErrorCode,
    message: string,
    options?: ErrorOptions & { frameStart?: number | undefined },
  ) {
    super(code, message, options);
    this.closeCode = protocolErrorCodes[code].closeCode;
    this.section = protocolErrorCodes[code].section;
    this.frameStart = options?.frameStart;
  }
}

/** Limits of ours that a peer can exceed, and the close code that says so. (Where plain HTTP is spoken there is nothing to
 * close with it: a server answers with a status, and a client's request rejects.) */
export const limitErrorCodes = {
  MESSAGE_TOO_LARGE: {
    closeCode: 1009,
    option: "maxMessageBytes",
    meaning: "A message, inflated if it came compressed, is larger than we accept.",
  },
  TOO_MANY_FRAGMENTS: {
    closeCode: 1008,
    option: "maxFragments",
    meaning: "A message comes in more frames than we accept.",
  },
  BUFFER_FULL: {
    closeCode: 1013,
    option: "maxBufferedBytes",
    meaning:
      "The peer reads more slowly than we send, and too much waits for it; or too many pings wait for their pong.",
  },
  BODY_TOO_LARGE: {
    closeCode: 1009,
    option: "maxBodyBytes",
    meaning: "The body of a plain HTTP request or response is larger than we read. A server answers 413.",
  },
} as const;
export type LimitErrorCode = keyof typeof limitErrorCodes;

/** The peer went beyond a limit of ours. Reported as an event; the connection closes with `closeCode`. */
export class LimitError extends WebSocketError {
  declare readonly code: LimitErrorCode;
  readonly closeCode: number;
  readonly limit: number;
  readonly actual: number;

  constructor(code: LimitErrorCode, message: string, limit: number, actual: number) {
    super(code, message);
    this.closeCode = limitErrorCodes[code].closeCode;
    this.limit = limit;
    this.actual = actual;
  }
}
