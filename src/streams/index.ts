export { createDuplex, type DuplexStreamOptions } from "./message-duplex.js";
