export * from "./authority.js";
export * from "./base64.js";
export * from "./errors.js";
export * from "./extension-header.js";
export { hasToken, isBlankCode, isFieldValue, isToken, isTokenCode, quote, splitList } from "./field.js";
export { FinalResponseReader } from "./final-response-reader.js";
export { type ForwardedElement, formatForwarded, parseForwarded } from "./forwarded.js";
export * from "./head.js";
export * from "./head-encoder.js";
export { headerCountFailure, parseRequestHead, parseResponseHead } from "./head-parser.js";
export { type HeadReader, RequestHeadReader, ResponseHeadReader } from "./head-reader.js";
export { checkHeader, HeaderMap, headerListOf } from "./header-map.js";
export { type IpAddress, isInNetwork, parseIpAddress } from "./ip-network.js";
export * from "./key.js";
export * from "./origin.js";
export { type PartialHead, readPartialHead } from "./partial-head.js";
export { type Environment, proxyForUrl } from "./proxy-environment.js";
export * from "./redirect.js";
export * from "./refusal.js";
export {
  createUpgradeRequest,
  isHandshakeHeader,
  type UpgradeRequest,
  type UpgradeRequestOptions,
} from "./request.js";
export * from "./request-target.js";
export * from "./response.js";
export * from "./sha1.js";
export * from "./status.js";
export * from "./subprotocol.js";
export * from "./upgrade-offer.js";
export * from "./websocket-url.js";
