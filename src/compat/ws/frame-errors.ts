// What the protocol's failures are called here: the texts and the codes that programs match.

import { isControl, isKnownOpcode, type LimitError, Opcode, ProtocolError } from "../../protocol/index.js";
import { withCloseCode } from "./error-close-code.js";

interface Failure {
  readonly text: string;
  readonly code: string;
  readonly closeCode: number;
  readonly type?: ErrorConstructor;
}

/** A frame that no endpoint may send; the text says which rule it breaks. */
function invalidFrame(rule: string, code: string, closeCode = 1002): Failure {
  return { text: `Invalid WebSocket frame: ${rule}`, code, closeCode };
}

const rsv1 = invalidFrame("RSV1 must be clear", "WS_ERR_UNEXPECTED_RSV_1");
const utf8: Failure = {
  ...invalidFrame("invalid UTF-8 sequence", "WS_ERR_INVALID_UTF8", 1007),
  type: Error,
};
const failures: Readonly<Record<string, Failure>> = {
  MASK_MISSING: invalidFrame("MASK must be set", "WS_ERR_EXPECTED_MASK"),
  MASK_FORBIDDEN: invalidFrame("MASK must be clear", "WS_ERR_UNEXPECTED_MASK"),
  CLOSE_REASON_NOT_UTF8: utf8,
  TEXT_NOT_UTF8: utf8,
  LENGTH_TOO_LARGE: {
    text: "Unsupported WebSocket frame: payload length > 2^53 - 1",
    code: "WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH",
    closeCode: 1009,
  },
  MESSAGE_TOO_LARGE: {
    text: "Max payload size exceeded",
    code: "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH",
    closeCode: 1009,
  },
  TOO_MANY_FRAGMENTS: {
    text: "Too many message fragments",
    code: "WS_ERR_TOO_MANY_BUFFERED_PARTS",
    closeCode: 1008,
  },
  TOO_MANY_CHUNKS: {
    text: "Too many buffered chunks",
    code: "WS_ERR_TOO_MANY_BUFFERED_PARTS",
    closeCode: 1008,
  },
};

/** What is wrong with a frame that begins with these two bytes. */
function startFailure(first: number, second: number, hasDeflate: boolean): Failure | undefined {
  const opcode = first & 0x0f;
  const length = second & 0x7f;
  const isCompressed = (first & 0x40) !== 0;
  if ((first & 0x30) !== 0) return invalidFrame("RSV2 and RSV3 must be clear", "WS_ERR_UNEXPECTED_RSV_2_3");
  if (isCompressed && (!hasDeflate || opcode === Opcode.CONTINUATION)) return rsv1;
  if (!isKnownOpcode(opcode)) return invalidOpcode(opcode);
  if (!isControl(opcode)) return undefined;
  if (first < 0x80) return invalidFrame("FIN must be set", "WS_ERR_EXPECTED_FIN");
  if (isCompressed) return rsv1;
  const isHalfCode = opcode === Opcode.CLOSE && length === 1;
  return length > 125 || isHalfCode ? invalidControlLength(length) : undefined;
}

function invalidOpcode(opcode: number): Failure {
  return invalidFrame(`invalid opcode ${opcode}`, "WS_ERR_INVALID_OPCODE");
}

function invalidControlLength(length: number): Failure {
  return invalidFrame(`invalid payload length ${length}`, "WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH");
}

function failureOf(error: ProtocolError | LimitError, hasDeflate: boolean): Failure {
  const start = error instanceof ProtocolError ? error.frameStart : undefined;
  if (start === undefined) return failures[error.code];
  const [first, second] = [start >>> 8, start & 0xff];
  return startFailure(first, second, hasDeflate) ?? failures[error.code] ?? invalidOpcode(first & 0x0f);
}

/** The error for what the receiver reports. */
export function frameError(error: ProtocolError | LimitError, hasDeflate: boolean): Error {
  return toError(failureOf(error, hasDeflate));
}

/** The error for more unfinished chunks than `maxBufferedChunks`. */
export function tooManyChunks(): Error {
  return toError(failures.TOO_MANY_CHUNKS);
}

/** The error for a message that is larger than `maxPayload`. */
export function maxPayloadError(): Error {
  return toError(failures.MESSAGE_TOO_LARGE);
}

/** The error for a close code that may not be sent. */
export function invalidCloseCode(code: number): Error {
  return toError(invalidFrame(`invalid status code ${code}`, "WS_ERR_INVALID_CLOSE_CODE"));
}

/** The error for text that is none. */
export function invalidUtf8(): Error {
  return toError(utf8);
}

function toError({ text, code, closeCode, type = RangeError }: Failure): Error {
  return withCloseCode(Object.assign(new type(text), { code }), closeCode);
}
