export { connect, connectThrough } from "./connect.js";
export {
  type ConnectOptions,
  type DialOptions,
  type DialSettings,
  resolveConnectOptions,
  resolveDialOptions,
} from "./connect-options.js";
export { dial } from "./dial.js";
export { exchangeHeads, type HeadAnswer } from "./head-exchange.js";
export { HttpClient, type HttpRequestInit, WebSocketBuilder } from "./http-client.js";
export type { HttpClientOptions } from "./http-options.js";
export type { HttpClientResponse } from "./http-request.js";
export { isLocalhostName } from "./localhost-names.js";
export { OpeningDeadline } from "./opening-deadline.js";
export { type Opened, openHandshake } from "./opening-handshake.js";
export { connectTableWithout } from "./option-names.js";
export { isWorthRetrying, type ReconnectOptions } from "./reconnect-policy.js";
export { type Address, parseWebSocketUrl } from "./target.js";
