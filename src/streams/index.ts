export type { DuplexStreamOptions } from "./duplex-options.js";
export { createDuplex } from "./message-duplex.js";
