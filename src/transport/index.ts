export { TransportError, type TransportErrorCode, toTransportError, transportErrorCodes } from "./errors.js";
export { createMemoryPair, type MemoryPairOptions } from "./memory-pair.js";
export { acceptTransports } from "./socket-listener.js";
export { type ReadMode, SocketTransport } from "./socket-transport.js";
export type { Lease, Transport, TransportSink } from "./transport.js";
