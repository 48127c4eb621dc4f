// What the first two bytes of a frame may say, given where the connection stands. They are judged as soon as
// they are there, before the length or any payload, so that nothing is stored for a frame that cannot be valid.

import { ProtocolError, type ProtocolErrorCode } from "./errors.js";
import { isControl, isKnownOpcode, Opcode } from "./opcode.js";

/** Where the connection stands when a frame begins. */
export interface FrameExpectation {
  /** The peer is a client. */
  readonly isMaskExpected: boolean;
  /** A fragmented message has begun and not ended. */
  readonly isInMessage: boolean;
  /** permessage-deflate was negotiated, which gives RSV1 a meaning. */
  readonly hasDeflate: boolean;
}

/** The rule that the two bytes break, or undefined. */
export function judgeFrameStart(
  first: number,
  second: number,
  expected: FrameExpectation,
): ProtocolErrorCode | undefined {
  const opcode = first & 0x0f;
  const reserved = first & 0x70;
  // RFC 6455 §5.2: "MUST be 0 unless an extension is negotiated that defines meanings for non-zero values."
  // RFC 7692 §6.1: RSV1 stands on the first frame of a compressed data message, and nowhere else.
  if (reserved !== 0) {
    const isCompressedStart = reserved === 0x40 && (opcode === Opcode.TEXT || opcode === Opcode.BINARY);
    if (!isCompressedStart || !expected.hasDeflate) return "RESERVED_BITS";
  }
  // RFC 6455 §5.2: "If an unknown opcode is received, the receiving endpoint MUST _Fail the WebSocket Connection_."
  if (!isKnownOpcode(opcode)) return "UNKNOWN_OPCODE";
  if (isControl(opcode)) {
    // RFC 6455 §5.5: "All control frames MUST have a payload length of 125 bytes or less and MUST NOT be fragmented."
    if (first < 0x80) return "CONTROL_FRAGMENTED";
    if ((second & 0x7f) > 125) return "CONTROL_TOO_LONG";
    // RFC 6455 §5.5.1: "If there is a body, the first two bytes of the body MUST be a 2-byte unsigned integer"
    if (opcode === Opcode.CLOSE && (second & 0x7f) === 1) return "CLOSE_PAYLOAD_TRUNCATED";
  } else if ((opcode === Opcode.CONTINUATION) !== expected.isInMessage) {
    // RFC 6455 §5.4: fragments of one message follow each other; only control frames may stand between them.
    return expected.isInMessage ? "EXPECTED_CONTINUATION" : "UNEXPECTED_CONTINUATION";
  }
  // RFC 6455 §5.1: "The server MUST close the connection upon receiving a frame that is not masked."
  // RFC 6455 §5.1: "A client MUST close a connection if it detects a masked frame."
  if (second >= 0x80 !== expected.isMaskExpected)
    return expected.isMaskExpected ? "MASK_MISSING" : "MASK_FORBIDDEN";
  return undefined;
}

/** The error for a broken rule, in words that carry the two bytes. */
export function frameStartError(code: ProtocolErrorCode, first: number, second: number): ProtocolError {
  const opcode = `opcode 0x${(first & 0x0f).toString(16)}`;
  const texts: Partial<Record<ProtocolErrorCode, string>> = {
    RESERVED_BITS: `reserved bits 0x${(first & 0x70).toString(16)} are set on a frame with ${opcode}, and no extension gives them a meaning there`,
    UNKNOWN_OPCODE: `${opcode} is reserved`,
    MASK_MISSING: "a client must mask its frames, and this one is not masked",
    MASK_FORBIDDEN: "a server must not mask its frames, and this one is masked",
    CONTROL_FRAGMENTED: `a control frame with ${opcode} is marked as a fragment`,
    CONTROL_TOO_LONG: `a control frame with ${opcode} announces more than 125 bytes (length field ${second & 0x7f})`,
    CLOSE_PAYLOAD_TRUNCATED: "a Close frame announces one byte where a code takes two",
    UNEXPECTED_CONTINUATION: "a continuation frame came while no message was in progress",
    EXPECTED_CONTINUATION: `a frame with ${opcode} came in the middle of a fragmented message`,
  };
  return new ProtocolError(code, texts[code] ?? code, { frameStart: (first << 8) | second });
}
