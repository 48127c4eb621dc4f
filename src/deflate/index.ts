export { type Compression, resolveCompression } from "./compression.js";
export {
  type AcceptedDeflate,
  acceptDeflate,
  type ExtensionElement,
  offerDeflate,
  verifyDeflate,
} from "./negotiation.js";
export {
  type DeflateOptions,
  type DeflateParameters,
  describeInvalidOptions,
  EXTENSION_NAME,
} from "./parameters.js";
export { PerMessageDeflate } from "./permessage-deflate.js";
export type {
  DeflaterSettings,
  InflateOutput,
  RawDeflateEngine,
  RawDeflater,
  RawInflater,
} from "./raw-deflate.js";
export { SlidingWindow } from "./sliding-window.js";
