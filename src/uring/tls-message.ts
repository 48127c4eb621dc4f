// Messages as recvmsg and sendmsg take them (struct msghdr with a control message), for a descriptor whose TLS the kernel
// does: beside the bytes stands the type of the record. Addresses have eight bytes, on all systems where Node runs on Linux
// with a ring.

import * as abi from "./abi.js";

/** struct msghdr: where name, vector and control lie, and their lengths. */
const MSGHDR_BYTES = 56;
const IOVEC_AT = MSGHDR_BYTES;
const CONTROL_AT = IOVEC_AT + 16;
/** struct cmsghdr, one byte of data, and what fills it up to eight. */
const CONTROL_BYTES = 24;
const CMSGHDR_BYTES = 16;
const DATA_AT = CONTROL_AT + CONTROL_BYTES;
/** struct io_uring_recvmsg_out, before the control message. */
const RECEIVED_HEADER_BYTES = 16;
const PAYLOAD_AT = RECEIVED_HEADER_BYTES + CONTROL_BYTES;

/** What a multishot receive is told to leave room for. */
export function receiveTemplate(): Uint8Array {
  const bytes = new Uint8Array(MSGHDR_BYTES);
  new DataView(bytes.buffer).setUint32(40, CONTROL_BYTES, true);
  return bytes;
}

/** What a multishot receive has left in a buffer. */
export interface ReceivedMessage {
  /** The type of the records that the bytes came in; undefined at the end of the stream. */
  recordType: number | undefined;
  start: number;
  end: number;
}

/** Reads what lies at an offset. */
export function readMessage(bytes: Uint8Array, offset: number): ReceivedMessage {
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, PAYLOAD_AT);
  const start = offset + PAYLOAD_AT;
  const isTyped =
    view.getUint32(4, true) > CMSGHDR_BYTES &&
    view.getInt32(RECEIVED_HEADER_BYTES + 8, true) === abi.SOL_TLS &&
    view.getInt32(RECEIVED_HEADER_BYTES + 12, true) === abi.TLS_GET_RECORD_TYPE;
  return {
    recordType: isTyped ? view.getUint8(RECEIVED_HEADER_BYTES + CMSGHDR_BYTES) : undefined,
    start,
    end: start + view.getUint32(8, true),
  };
}

/** A message that sends a record of a type. It has to stay where it is until it is sent: the memory of an array whose buffer was
 * asked for lies outside of V8's heap, and is never moved. */
export class RecordMessage {
  /** What is sent. */
  readonly content: Uint8Array;
  readonly address: number;

  constructor(type: number, content: Uint8Array, addressOf: (bytes: Uint8Array) => number) {
    const bytes = new Uint8Array(DATA_AT + content.length);
    const view = new DataView(bytes.buffer);
    this.address = addressOf(bytes);
    bytes.set(content, DATA_AT);
    this.content = bytes.subarray(DATA_AT);
    const pointer = (at: number, to: number): void => view.setBigUint64(at, BigInt(this.address + to), true);
    pointer(16, IOVEC_AT);
    view.setUint32(24, 1, true);
    pointer(32, CONTROL_AT);
    view.setUint32(40, CMSGHDR_BYTES + 1, true);
    pointer(IOVEC_AT, DATA_AT);
    view.setUint32(IOVEC_AT + 8, content.length, true);
    view.setUint32(CONTROL_AT, CMSGHDR_BYTES + 1, true);
    view.setInt32(CONTROL_AT + 8, abi.SOL_TLS, true);
    view.setInt32(CONTROL_AT + 12, abi.TLS_SET_RECORD_TYPE, true);
    bytes[CONTROL_AT + CMSGHDR_BYTES] = type;
  }
}
