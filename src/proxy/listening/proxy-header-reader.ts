// Reads the header that a connection begins with, byte by byte and up to its bound. Whatever comes instead is an error value.

import type { Endpoint } from "../../transport/index.js";
import { ProxyError } from "../errors.js";
import { crc32c } from "./crc32c.js";
import { bytesToIp, ipToBytes } from "./ip-bytes.js";
import {
  addressBytes,
  Command,
  Family,
  FIXED_BYTES,
  PATH_BYTES,
  type ProxyHeader,
  SIGNATURE,
} from "./proxy-header.js";

/** The longest line of version 1 that there can be, its end included. */
const MAX_LINE_BYTES = 107;
/** What follows the fixed part in version 2: addresses and what is said beside them, such as a client's certificate. What proxies
 * send is a tenth of it; the protocol has room for 65 535. */
const MAX_CONTENT_BYTES = 4096;

const LINE_BEGINNING = new TextEncoder().encode("PROXY ");
const [CR, LF] = [0x0d, 0x0a];

/** TLV types. */
const CRC32C = 0x03;
const STREAM = 0x1;
const DGRAM = 0x2;

export class ProxyHeaderReader {
  /** Undefined until all of it has come. */
  result: ProxyHeader | ProxyError | undefined;
  #bytes = new Uint8Array(MAX_LINE_BYTES);
  #byteLength = 0;

  get hasBegun(): boolean {
    return this.#byteLength > 0;
  }

  /** Answers where what follows the header begins: `end` while there is no result. */
  receive(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    while (at < end && this.result === undefined) {
      this.#bytes[this.#byteLength++] = bytes[at++];
      this.result = this.#bytes[0] === SIGNATURE[0] ? this.#judgeBinary() : this.#judgeText();
    }
    return at;
  }

  #judgeText(): ProxyHeader | ProxyError | undefined {
    const last = this.#byteLength - 1;
    const byte = this.#bytes[last];
    if (last < LINE_BEGINNING.length)
      return byte === LINE_BEGINNING[last] ? undefined : invalid("it does not begin with one");
    const isBehindCR = this.#bytes[last - 1] === CR;
    if (isBehindCR !== (byte === LF)) return invalid("its line does not end with CR LF");
    if (isBehindCR) return readLine(String.fromCharCode(...this.#bytes.subarray(0, last - 1)));
    return this.#byteLength < MAX_LINE_BYTES
      ? undefined
      : invalid(`its line does not end within ${MAX_LINE_BYTES} bytes`);
  }

  #judgeBinary(): ProxyHeader | ProxyError | undefined {
    const last = this.#byteLength - 1;
    if (last < SIGNATURE.length)
      return this.#bytes[last] === SIGNATURE[last] ? undefined : invalid("it does not begin with one");
    if (this.#byteLength < FIXED_BYTES) return undefined;
    const byteLength = FIXED_BYTES + ((this.#bytes[14] << 8) | this.#bytes[15]);
    if (this.#byteLength === FIXED_BYTES) {
      const error = judgeFixed(this.#bytes, byteLength - FIXED_BYTES);
      if (error !== undefined) return error;
      const room = new Uint8Array(byteLength);
      room.set(this.#bytes.subarray(0, FIXED_BYTES));
      this.#bytes = room;
    }
    return this.#byteLength === byteLength ? readBinary(this.#bytes) : undefined;
  }
}

function invalid(what: string): ProxyError {
  return new ProxyError("PROXY_HEADER_INVALID", `the connection has no usable PROXY header: ${what}`);
}

function readLine(line: string): ProxyHeader | ProxyError {
  const [, protocol, ...parts] = line.split(" ");
  // "the receiver must ignore anything presented before the CRLF is found"
  if (protocol === "UNKNOWN") return { version: 1, source: undefined, destination: undefined };
  if (protocol !== "TCP4" && protocol !== "TCP6") return invalid("its protocol is neither TCP4 nor TCP6");
  const [from, to, fromPort, toPort] = parts;
  if (parts.length !== 4) return invalid(`its line has ${parts.length} parts behind the protocol, not 4`);
  const source = lineEnd(protocol, from, fromPort);
  const destination = lineEnd(protocol, to, toPort);
  if (source === undefined || destination === undefined)
    return invalid(`its line has what is no address of ${protocol}, or no port`);
  return { version: 1, source, destination };
}

/** "Heading zeroes are not permitted in front of numbers in order to avoid any possible confusion with octal numbers." */
const octet = "(?:0|[1-9]\\d{0,2})";
const quad = new RegExp(`^${octet}(?:\\.${octet}){3}$`);
const decimal = /^(?:0|[1-9]\d{0,4})$/;

function lineEnd(protocol: "TCP4" | "TCP6", address: string, port: string): Endpoint | undefined {
  const isOfFamily = protocol === "TCP4" ? quad.test(address) : address.includes(":");
  const bytes = isOfFamily ? ipToBytes(address) : undefined;
  const isPort = decimal.test(port) && Number(port) <= 65_535;
  return bytes && isPort ? { address: bytesToIp(bytes), port: Number(port) } : undefined;
}

function judgeFixed(bytes: Uint8Array, contentBytes: number): ProxyError | undefined {
  const [command, kind] = [bytes[12], bytes[13]];
  const [family, protocol] = [kind >>> 4, kind & 0xf];
  if (command >>> 4 !== 2) return invalid(`its version is ${command >>> 4}, not 2`);
  if (command !== Command.LOCAL && command !== Command.PROXY)
    return invalid(`its command ${command & 0xf} is not known`);
  if (contentBytes > MAX_CONTENT_BYTES)
    return invalid(`it announces ${contentBytes} bytes; ${MAX_CONTENT_BYTES} are the limit`);
  // "The receiver must use the real connection endpoints and discard the protocol block including the family which is ignored."
  if (command === Command.LOCAL) return undefined;
  if (family > Family.UNIX || protocol > DGRAM)
    return invalid(`its family ${family} or protocol ${protocol} is not known`);
  if (contentBytes < addressBytes[family])
    return invalid(`it has ${contentBytes} bytes for addresses that take ${addressBytes[family]}`);
  return undefined;
}

/** Of a whole header, whose fixed part is in order. */
function readBinary(bytes: Uint8Array): ProxyHeader | ProxyError {
  const [family, protocol] = [bytes[13] >>> 4, bytes[13] & 0xf];
  const isOfOthers = bytes[12] === Command.PROXY && family !== Family.UNSPEC;
  const error = checkExtensions(bytes, isOfOthers ? FIXED_BYTES + addressBytes[family] : FIXED_BYTES);
  // Where nothing says how long the addresses are, what follows them cannot be told apart from them.
  if (error !== undefined && isOfOthers) return error;
  if (!isOfOthers || protocol !== STREAM) return { version: 2, source: undefined, destination: undefined };
  return { version: 2, ...endsOf(bytes, family) };
}

function endsOf(bytes: Uint8Array, family: number): Pick<ProxyHeader, "source" | "destination"> {
  const at = FIXED_BYTES;
  if (family === Family.UNIX) {
    const path = (from: number): Endpoint => ({ path: pathOf(bytes.subarray(from, from + PATH_BYTES)) });
    return { source: path(at), destination: path(at + PATH_BYTES) };
  }
  const size = family === Family.INET ? 4 : 16;
  const end = (index: number): Endpoint => {
    const address = bytesToIp(bytes.subarray(at + index * size, at + (index + 1) * size));
    const port = at + 2 * size + 2 * index;
    return { address, port: (bytes[port] << 8) | bytes[port + 1] };
  };
  return { source: end(0), destination: end(1) };
}

/** A zero byte ends a path; an abstract name begins with one. */
function pathOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0, 1);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, bytes[0] === 0 && end === 1 ? 0 : end));
}

/** Walks over what stands behind the addresses, each with a type and a length; a checksum among it has to be right. */
function checkExtensions(bytes: Uint8Array, start: number): ProxyError | undefined {
  let at = start;
  while (at < bytes.length) {
    const valueAt = at + 3;
    const next = valueAt + ((bytes[at + 1] << 8) | bytes[at + 2]);
    if (valueAt > bytes.length || next > bytes.length)
      return invalid("what stands behind its addresses is cut off");
    if (bytes[at] === CRC32C && !hasChecksum(bytes, valueAt, next)) return invalid("its checksum is wrong");
    at = next;
  }
  return undefined;
}

/** The checksum is that of the header with zeroes in its place. */
function hasChecksum(bytes: Uint8Array, at: number, end: number): boolean {
  if (end - at !== 4) return false;
  const copy = Uint8Array.from(bytes);
  copy.fill(0, at, end);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return view.getUint32(at) === crc32c(copy);
}
