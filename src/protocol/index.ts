export {
  checkBytes,
  checkNumber,
  checkType,
  describeValue,
  escapeUnseen,
  invalidArgument,
  isRecord,
} from "./argument.js";
export * from "./byte-engine.js";
export { CloseCode, isCloseCode } from "./close-code.js";
export { type CloseStatus, parseCloseStatus } from "./close-status.js";
export { encodeMessage, encodeText } from "./encoded-message.js";
export * from "./errors.js";
export { type DecodedFrame, decodeFrame, encodeFrame, type Frame } from "./frame.js";
export {
  createFrameHeader,
  decodeFrameHeader,
  encodeFrameHeader,
  type FrameHeader,
  frameHeaderLength,
  MAX_HEADER_BYTES,
} from "./frame-header.js";
export { CollectedOutput, type FrameOutput } from "./frame-output.js";
export { defaultLimits, type Limits, TURN_CREDIT } from "./limits.js";
export { maskInPlace, readMaskKey, rotateMaskKey, writeMaskKey } from "./mask.js";
export { MessageBuffer, type PayloadStore } from "./message-buffer.js";
export type { CodecOutput, MessageCodec } from "./message-codec.js";
export { isControl, isKnownOpcode, Opcode } from "./opcode.js";
export {
  checkOptions,
  describeUnknownName,
  type NamesOf,
  nearestName,
  type OptionTable,
} from "./option-names.js";
export { Receiver, type ReceiverOptions, type ReceiverSink } from "./receiver.js";
export { closePayload, writeFrame, writeTextFrame } from "./sender.js";
export { decodeUtf8, encodeUtf8, isUtf8, Utf8Validator, utf8Length } from "./utf8.js";
export {
  type ProtocolOptions,
  type ProtocolSink,
  type Role,
  WebSocketProtocol,
} from "./websocket-protocol.js";
